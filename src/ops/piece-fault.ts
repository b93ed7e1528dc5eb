// Mistakes that can be made in one piece alone, as recipes on its page. A recipe serves twice: put in on purpose it shows that the checks
// catch it; computed in binary64 it is what wrong numbers are compared with.
import type { Matrix } from '../numeric/matrix.ts';
import type { Fields, LayerPage, Saved, Tensors } from './layers/page.ts';

/** The backward pass in three steps, so that one can be exchanged for a mistaken one. `layer` is 0-based everywhere here.
 * Letters: B examples, I inputs of a layer, O its units; z, a, dz, da (B, O), x, dx (B, I). */
export interface BackwardRules {
  /** Where the gradient starts: `start` is dz of the last layer for a loss from scores, its da for one from outputs. `kept` is what the
   * loss kept on the way forward: log p for cross-entropy; for a loss from outputs the outputs p. */
  loss(layer: number, loss: string, start: Matrix, kept: Matrix, t: Matrix): void;
  /** dz from da. */
  activation(layer: number, id: string, dz: Matrix, da: Matrix, z: Matrix, a: Matrix): void;
  /** The gradients of its parameters and (but for the first layer) dx from dz. */
  layer(layer: number, step: LayerStep): void;
}

/** The way back through one layer: fills dx and dp from dz. */
export interface LayerStep {
  readonly page: LayerPage;
  readonly spec: Fields;
  readonly dx: Matrix | null;
  readonly dp: Tensors;
  readonly dz: Matrix;
  readonly saved: Saved;
  readonly p: Tensors;
}

/** What a recipe may ask of a layer: of its own, and of its neighbours. */
export interface LayerAround {
  readonly units: number;
  readonly activation: string;
  /** Its activation is a = z: there is nothing to forget. */
  readonly isIdentity: boolean;
}

/** A mistake that can be made in one piece. */
export interface PieceFault {
  /** What went wrong, for somebody who has made it. */
  readonly description: string;
  /** How to mend it. */
  readonly remedy: string;
  /** The wrong formula, where the mistake has one; reports show it beside the right one. */
  readonly formula?: string | undefined;
  /** What must hold beside that the piece is used at layer `at` (of a loss: the last); default: nothing. */
  readonly where?: (layers: readonly LayerAround[], at: number) => boolean;
  /** The steps that are exchanged; a fresh one for each engine, as it may remember what came before.
   * @param right the right steps */
  readonly recipe: (at: number, right: BackwardRules) => Partial<BackwardRules>;
}

/** `wrong` instead of the right way back through the activation of one layer. */
export function insteadOfActivation(
  wrong: (dz: Matrix, da: Matrix, z: Matrix, a: Matrix) => void,
): PieceFault['recipe'] {
  return (at, right) => ({
    activation(layer, id, dz, da, z, a) {
      if (layer === at) wrong(dz, da, z, a);
      else right.activation(layer, id, dz, da, z, a);
    },
  });
}

/** The right start of the gradient, then `spoil`. */
export function afterLoss(spoil: (start: Matrix, kept: Matrix, t: Matrix) => void): PieceFault['recipe'] {
  return (_at, right) => ({
    loss(layer, loss, start, kept, t) {
      right.loss(layer, loss, start, kept, t);
      spoil(start, kept, t);
    },
  });
}

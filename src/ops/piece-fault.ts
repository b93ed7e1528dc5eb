// Mistakes that can be made in one piece alone, as recipes on its page. A recipe serves twice:
// injected on purpose, it shows that the checks catch it; computed in binary64, it is compared with
// wrong numbers.
import type { FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Fields, Pass, Saved, Tensors } from './layers/tensors.ts';

/**
 * The backward pass in three steps, and the forward pass through a layer, so that one can be
 * replaced by a mistaken one. `layer` is 0-based everywhere here.
 * Letters: B examples, I inputs of a layer, O its units; z, a, dz, da (B, O), x, dx (B, I).
 */
export interface BackwardRules {
  /**
   * The gradient that starts the backward pass: `start` is dz of the last layer for a loss from
   * scores, its da for a loss from outputs. `kept` is what the loss kept in the forward pass: log p
   * for cross-entropy; for a loss from outputs, the outputs p.
   */
  loss(layer: number, loss: string, start: Matrix, kept: Matrix, t: Matrix): void;
  /** dz from da. */
  activation(layer: number, id: string, dz: Matrix, da: Matrix, z: Matrix, a: Matrix): void;
  /** The gradients of its parameters and (except for the first layer) dx, from dz. */
  layer(layer: number, step: LayerStep): void;
  /**
   * The scores z of a layer, from its input.
   * @returns what its way back needs besides x and z
   */
  forward(layer: number, step: LayerForward): unknown;
  /** Adds the gradients of the penalties on its parameters, where there are any. */
  penalty(layer: number, step: PenaltyStep): void;
}

/** The forward pass through one layer: fills z from x. */
export interface LayerForward {
  /** The kind of layer, whose right step this is. */
  readonly page: {
    /** Fills z, and returns what backward needs besides x and z. */
    forward(z: Matrix, x: Matrix, p: Tensors, spec: Fields, pass: Pass): unknown;
  };
  readonly spec: Fields;
  readonly z: Matrix;
  readonly x: Matrix;
  readonly p: Tensors;
  readonly pass: Pass;
}

/** A penalty on one tensor of a layer. */
export interface PenaltyOn {
  /** What of its page adds the gradient: dw = c·R'(w). */
  readonly page: {
    readonly id: string;
    /** dw = c·R'(w) */
    backward(dw: FloatArray, w: FloatArray, c: number): void;
  };
  readonly role: string;
  /** What R(w) is multiplied by. */
  readonly factor: number;
}

/** The penalties on the tensors of one layer, in the order of the network. */
export interface PenaltyStep {
  readonly dp: Tensors;
  readonly p: Tensors;
  readonly penalties: readonly PenaltyOn[];
  /** Examples in the batch. */
  readonly B: number;
}

/** The backward pass through one layer: fills dx and dp from dz. */
export interface LayerStep {
  /** The kind of layer, whose right step this is. */
  readonly page: {
    /** dx and dp from dz. */
    backward(dx: Matrix | null, dp: Tensors, dz: Matrix, saved: Saved, p: Tensors, spec: Fields): void;
  };
  readonly spec: Fields;
  readonly dx: Matrix | null;
  readonly dp: Tensors;
  readonly dz: Matrix;
  readonly saved: Saved;
  readonly p: Tensors;
}

/** What a recipe may read about its layer and the neighbours. */
export interface LayerAround {
  /** Its kind, and its fields. */
  readonly kind: string;
  readonly spec: Fields;
  readonly units: number;
  readonly activation: string;
  /** Its activation is a = z: there is no derivative to forget. */
  readonly isIdentity: boolean;
}

/** A mistake that can be made in one piece. */
export interface PieceFault {
  /** What went wrong, told to someone who made the mistake. */
  readonly description: string;
  /** How to fix it. */
  readonly remedy: string;
  /** The wrong formula, if the mistake has one; reports show it next to the right one. */
  readonly formula?: string | undefined;
  /**
   * What else must hold for the fault to be possible at layer `at`, which uses the piece (a loss:
   * the last layer); default: nothing.
   */
  readonly where?: (layers: readonly LayerAround[], at: number) => boolean;
  /**
   * The steps that are replaced. Each engine gets a fresh recipe, because a recipe may remember
   * earlier steps.
   * @param right the correct steps
   */
  readonly recipe: (at: number, right: BackwardRules) => Partial<BackwardRules>;
}

/** A mistake that can be made in one kind of layer, in its `layer` or `forward` step. */
export interface LayerFault extends PieceFault {
  /**
   * What is wrong first: the gradient of one of its tensors, by role, or of its `inputs`, or its
   * `scores`.
   */
  readonly first: string;
}

/** Replaces the backward pass through the activation of one layer by `wrong`. */
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

/** The correct start of the gradient, then `spoil`. */
export function afterLoss(spoil: (start: Matrix, kept: Matrix, t: Matrix) => void): PieceFault['recipe'] {
  return (_at, right) => ({
    loss(layer, loss, start, kept, t) {
      right.loss(layer, loss, start, kept, t);
      spoil(start, kept, t);
    },
  });
}

/** Replaces the backward pass through one layer by `wrong`, which may use the right one. */
export function insteadOfLayer(
  wrong: (step: LayerStep, right: (step: LayerStep) => void) => void,
): PieceFault['recipe'] {
  return (at, right) => ({
    layer(layer, step) {
      const own = (other: LayerStep): void => {
        right.layer(layer, other);
      };
      if (layer === at) wrong(step, own);
      else own(step);
    },
  });
}

/** The right backward pass through one layer, then `spoil`. */
export function afterLayer(spoil: (step: LayerStep) => void): PieceFault['recipe'] {
  return insteadOfLayer((step, right) => {
    right(step);
    spoil(step);
  });
}

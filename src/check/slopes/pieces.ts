// Finds on which side of its kinks a network is: between two points on the same sides, the loss has
// one formula.
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import { inDtype, tensorsOf } from '../../network/parameters.ts';
import { penaltiesOn } from '../../network/penalties.ts';
import { lastLayer, layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { activate } from '../../ops/backward-rules.ts';
import { activationOf, lossOf } from '../../ops/registry.ts';

/** The point where f' jumps, or null. */
export function kinkOf(activation: string): number | null {
  return activationOf(activation).kink;
}

/**
 * The point where f' jumps, or f'' does (elu): either misleads finite differences that
 * reach across.
 */
function changeOfFormula(activation: string): number | null {
  const page = activationOf(activation);
  return page.kink ?? (page.kind === 'elementwise' ? page.bend : null) ?? null;
}

/**
 * Scores in binary64, as distances from the point where the layer's activation changes; null for
 * layers whose activation does not.
 * @param changesAt where an activation changes: kinkOf, or wider
 */
export function scoresOf(
  network: NetworkSpec,
  parameters: Parameters,
  { inputs, masks }: Pick<Batch, 'inputs' | 'masks'>,
  changesAt: (activation: string) => number | null,
): (Matrix | null)[] {
  return Array.from(layerByLayer(network, parameters, { x: binary64(inputs), masks }, 0), ({ z }, l) => {
    const at = changesAt(layersOf(network)[l].activation);
    return at === null ? null : { ...z, data: z.data.map((score) => score - at) };
  });
}

/** Scores of a layer, and the activations made of them (in the last layer: zeros). */
interface Passed {
  readonly z: Matrix;
  readonly a: Matrix;
  /** The branches that the layer itself took. */
  readonly branches: ArrayLike<number> | undefined;
}

/** The forward pass from layer `from` on, which reads x. */
function* layerByLayer(
  network: NetworkSpec,
  parameters: Parameters,
  { x: inputs, masks }: { readonly x: Matrix; readonly masks?: Batch['masks'] },
  from: number,
): Generator<Passed> {
  let x = inputs;
  const exact = inDtype(parameters, 'f64');
  const layers = layersOf(network);
  for (let l = from; l < layers.length; l++) {
    const { page, spec, activation, units } = layers[l];
    const [z, a] = [zeros('f64', x.rows, units), zeros('f64', x.rows, units)];
    const more = page.forward(z, x, tensorsOf(exact, l), spec, { mode: 'train', mask: masks?.[l] ?? null });
    if (l < layers.length - 1) activate(activation, a, z);
    yield { z, a, branches: page.branches?.(more) };
    x = a;
  }
}

function binary64({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: new Float64Array(data) };
}

/**
 * Whether no unit crosses a kink on the way there.
 * @param from layers below this one (from 0) have the parameters of the start
 */
export type Reaches = (there: Parameters, from?: number) => boolean;

/** Whether all parameters are on the same side of the kinks of their penalties as at `here`. */
function samePenalties(network: NetworkSpec, here: Parameters): Reaches {
  const kinked = penaltiesOn(network, 1).flatMap(({ at, page: { kink } }) => (kink === null ? [] : [{ at, kink }]));
  return (there) =>
    kinked.every(({ at, kink }) => {
      const [before, after] = [here[at].values, there[at].values];
      return after.every((w, i) => Math.sign(w - kink) === Math.sign(before[i] - kink));
    });
}

/** Whether units, loss and penalties are all on the same side of their kinks as at `here`. */
export function onePiece(network: NetworkSpec, here: Parameters, { inputs, targets, masks }: Batch): Reaches {
  const changes = layersOf(network).map(({ activation }) => changeOfFormula(activation));
  const branched = layersOf(network).some(({ page }) => page.branches !== undefined);
  const ofLoss = sidesOfLoss(network, targets);
  const penalties = samePenalties(network, here);
  if (changes.every((at) => at === null) && !branched && ofLoss === null) return penalties;
  const x = binary64(inputs);
  const own = Array.from(layerByLayer(network, here, { x, masks }, 0));
  const last = own.length - 1;
  const before = ofLoss?.(own[last].z);
  const isOnSameSides = (z: Matrix, l: number): boolean => {
    const [at, scores] = [changes[l], own[l].z.data];
    if (l === last && ofLoss?.(z).some((side, i) => side !== before?.[i]) === true) return false;
    return at === null || z.data.every((score, i) => Math.sign(score - at) === Math.sign(scores[i] - at));
  };
  const isOnSameBranches = (there: Passed['branches'], l: number): boolean => {
    const here = own[l].branches;
    return there === undefined || here === undefined || Array.from(there).every((branch, i) => branch === here[i]);
  };
  return (there, from = 0) => {
    if (!penalties(there)) return false;
    let l = from;
    for (const { z, branches } of layerByLayer(network, there, { x: from === 0 ? x : own[from - 1].a, masks }, from)) {
      if (!isOnSameSides(z, l) || !isOnSameBranches(branches, l)) return false;
      l++;
    }
    return true;
  };
}

/** Which formula of the loss each output has, from the last scores; null: there is one. */
function sidesOfLoss(network: NetworkSpec, targets: Matrix): ((z: Matrix) => number[]) | null {
  const { changes, from } = lossOf(network.loss);
  if (changes === undefined) return null;
  return (z) => {
    const p = zeros('f64', z.rows, z.cols);
    if (from === 'outputs') activate(lastLayer(network).activation, p, z);
    const own = from === 'outputs' ? p : z;
    return Array.from(own.data, (value, i) => Math.sign(changes(value, targets.data[i])));
  };
}

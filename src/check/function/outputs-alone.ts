// A layer with few outputs, one output after the other: unit gradients of the outputs. What one of
// them hides in a sum, because it is small, shows alone; and of a wrong gradient it says from which
// outputs it comes.
import type { Asked } from './behaviour.ts';
import { LAST_TABLEAU, confirm } from './judge.ts';
import type { Counted } from './line.ts';
import { Place, rngFor } from './place.ts';
import { nameOf } from './tree.ts';
import type { Tree } from './tree.ts';

/** Up to so many outputs are looked at alone. */
export const FEW_OUTPUTS = 8;
/** What they are expected to ask for together: they are measured at the same points. */
export const OUTPUTS_COST = 30;
/** Points whose outputs are kept, and numbers in them. */
const [KEPT_POINTS, KEPT_NUMBERS] = [64, 2 ** 23];

/** The gradient that comes from one output, beside slopes of that output. */
export interface OutputAlone {
  /** Such as "outputs[0][1]". */
  readonly output: string;
  readonly is: 'right' | 'wrong' | 'unclear';
}

/**
 * @param gradientOf the layer's gradient at x where that of the outputs is dy
 * @param forward outputs at these numbers; those that their sum was measured with are kept
 * @param left how often that may still be asked where all is right
 */
export async function outputsAlone(
  asked: Asked,
  gradientOf: (dy: Float64Array, x: Float64Array) => Promise<Float64Array>,
  forward: (x: Float64Array) => Promise<Float64Array>,
  left: () => number,
  seed: number,
): Promise<OutputAlone[]> {
  const { tree, outputs } = asked;
  const found: OutputAlone[] = [];
  for (let k = 0; k < outputs.values.length; k++) {
    const output = nameIn(outputs, k);
    if (left() < LAST_TABLEAU) {
      found.push({ output, is: 'unclear' });
      continue;
    }
    const dy = new Float64Array(outputs.values.length);
    dy[k] = 1;
    const gradientAt = (x: Float64Array): Promise<Float64Array> => gradientOf(dy, x);
    const f: Counted = { evaluations: 0, valueAt: async (x) => (await forward(x))[k] };
    const given = await gradientAt(tree.values);
    const rng = rngFor(seed, 'directions'); // those of their sum: most outputs there are known
    const place = await Place.at(tree, f, tree.values, outputs.values[k], given, rng);
    const trial = await place.trial(tree.tensors, rng, left() - LAST_TABLEAU);
    const { is } = trial.measured;
    const isWrong = is === 'wrong' && (await confirm({ gradientAt }, place, trial, rng)) !== null;
    found.push({ output, is: is === 'wrong' && !isWrong ? 'unclear' : is });
  }
  return found;
}

function nameIn(outputs: Tree, k: number): string {
  const tensor = outputs.tensors.find(({ from, size }) => k >= from && k < from + size);
  if (tensor === undefined) return 'outputs';
  return nameOf(outputs.tensors.length === 1 ? 'outputs' : tensor.path, outputs.indexOf(tensor, k - tensor.from));
}

/** A forward pass that keeps its outputs at the first points. */
export function keeping(
  forward: (x: Float64Array) => Promise<Float64Array>,
): (x: Float64Array) => Promise<Float64Array> {
  const kept: { x: Float64Array; y: Float64Array }[] = [];
  return async (x) => {
    const known = kept.find((one) => one.x.every((value, i) => value === x[i]));
    if (known !== undefined) return known.y;
    const y = await forward(x);
    if (kept.length < KEPT_POINTS && kept.length * x.length < KEPT_NUMBERS) kept.push({ x: x.slice(), y });
    return y;
  };
}

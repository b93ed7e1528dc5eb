// What is said of each tensor once slopes are measured: verdict, and how small a mistake would have
// been seen.
import type { Located } from './localize.ts';
import { lengthOfProducts } from './place.ts';
import type { Place, Trial } from './place.ts';
import { MOST_NAMED } from './result.ts';
import type { TensorCheck } from './result.ts';
import { nameOf } from './tree.ts';
import type { TreeTensor } from './tree.ts';

/** The shortest move of an entry in a direction, in sizes of its tensor. */
const SHORTEST = 0.5;
/** A tensor whose typical entry could be off by this much unseen is measured alone. */
const SEEN_WELL = 1e-2;

/**
 * Tensors of which a wrong entry could be hidden: first those that could be wrong altogether, then
 * the worst.
 */
export function poorlySeen(place: Place, trials: readonly Trial[]): TreeTensor[] {
  return place.tree.tensors
    .map((t) => ({ t, from: seenFrom(place, t, trials) ?? Infinity, isOpen: !isSeen(place, t, trials) }))
    .filter(({ from }) => from > SEEN_WELL)
    .sort((a, b) => Number(b.isOpen) - Number(a.isOpen) || b.from - a.from)
    .map(({ t }) => t);
}

/** The smallest mistake of one entry that would have been seen, as a share of the typical entry. */
function seenFrom(place: Place, tensor: TreeTensor, trials: readonly Trial[]): number | null {
  const typical = typicalOf(place, tensor);
  let error = Infinity;
  for (const { d, measured } of trials)
    if (measured.is === 'right' && !measured.isKink && d[tensor.from] !== 0)
      error = Math.min(error, (3 * measured.error) / (SHORTEST * place.scaleOf(tensor)));
  return typical === 0 || error === Infinity ? null : error / typical;
}

/** The median of the entries that are not 0, by size. */
function typicalOf({ gradient }: Place, { from, size }: TreeTensor): number {
  const sizes = gradient
    .slice(from, from + size)
    .map(Math.abs)
    .filter((g) => g > 0)
    .sort();
  return sizes.length === 0 ? 0 : sizes[Math.floor(sizes.length / 2)];
}

export function tensorCheck(
  place: Place,
  tensor: TreeTensor,
  located: Located | undefined,
  trials: readonly Trial[],
): TensorCheck {
  const all = located === undefined ? trials : [...trials, located.alone];
  const seen = { ...untold(tensor), seenFrom: seenFrom(place, tensor, all) };
  if (located !== undefined) {
    const { alone: _alone, ...found } = located;
    return { ...seen, ...found };
  }
  return { ...seen, verdict: isSeen(place, tensor, all) ? 'agree' : 'undecided' };
}

/** Whether a tensor was right where it would have shown beside the others, wrong altogether. */
export function isSeen(place: Place, tensor: TreeTensor, trials: readonly Trial[]): boolean {
  return trials.some(
    ({ d, measured }) => d[tensor.from] !== 0 && measured.is === 'right' && isWhole(place, tensor, d, measured.error),
  );
}

/** Whether a tensor that is wrong altogether would have shown beside the others. */
function isWhole(place: Place, { from, size }: TreeTensor, d: Float64Array, error: number): boolean {
  const own = d.subarray(from, from + size);
  const length = lengthOfProducts(own, place.gradient.subarray(from, from + size));
  return length === 0 || error <= 0.1 * length;
}

export function untold({ path, shape, size: entries }: TreeTensor): TensorCheck {
  return { path, shape, entries, verdict: 'undecided', seenFrom: null, wrong: [], named: 'none', asked: 0, look: null };
}

/** A tensor with NaN or infinity is wrong there; of others nothing was measured. */
export function withoutNumbers(place: Place, tensor: TreeTensor): TensorCheck {
  const { from, size, path } = tensor;
  const bad: number[] = [];
  for (let i = 0; i < size; i++) if (!Number.isFinite(place.gradient[from + i])) bad.push(i);
  if (bad.length === 0) return untold(tensor);
  const wrong = bad.slice(0, MOST_NAMED).map((at) => {
    const index = place.tree.indexOf(tensor, at);
    return { index, name: nameOf(path, index), given: place.gradient[from + at], measured: NaN, error: 0 };
  });
  const named = wrong.length === bad.length ? 'all' : 'some';
  return { ...untold(tensor), verdict: 'disagree', wrong, named, look: { kind: 'not-finite' } };
}

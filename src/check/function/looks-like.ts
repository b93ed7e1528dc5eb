// What the wrong numbers of a tensor look like. Each look is a formula for the right gradient in
// terms of the one given, or of the parameters; it is told only if slopes in several directions of
// their own agree with it.
import type { Rng } from '../../numeric/rng.ts';
import type { Measured, Place, Trial } from './place.ts';
import { lengthOfProducts, sumOfProducts } from './place.ts';
import type { TreeTensor } from './tree.ts';

/** How the given numbers come from the right ones. */
export type GradientLook =
  | { readonly kind: 'zero' }
  | { readonly kind: 'not-finite' }
  /** given = factor · right; `like` says what the factor is likely to be. */
  | { readonly kind: 'times'; readonly factor: number; readonly like: string | null }
  | { readonly kind: 'transposed' }
  | { readonly kind: 'reversed'; readonly axis: number | null }
  /** The right number of an entry is given at the one that is `by` later. */
  | { readonly kind: 'shifted'; readonly axis: number | null; readonly by: number }
  /** Another tensor's right gradient. */
  | { readonly kind: 'another'; readonly path: string }
  /** given = right + factor · parameters */
  | { readonly kind: 'plus-parameters'; readonly factor: number }
  /** All entries are the same number: the sum, or the mean, of the right ones. */
  | { readonly kind: 'one-for-all'; readonly of: 'sum' | 'mean' }
  /** Along this axis all are the same: the sum, or the mean, of the right ones along it. */
  | { readonly kind: 'same-along'; readonly axis: number; readonly of: 'sum' | 'mean' }
  /**
   * Right but for the entries that this describes; these are `factor` times the right ones, if a
   * number.
   */
  | { readonly kind: 'where'; readonly condition: string; readonly factor: number | null };

/** Slopes with a larger relative error tell looks apart only by chance. */
const TELLING = 1e-2;
const TRIALS = 3;
/** Given numbers that are smaller than the right ones by more are rounding errors of 0. */
const NOTHING = 1e-6;
const APART = 2;

/** Slopes of one tensor alone in directions of random signs. */
export async function trialsOf(place: Place, tensor: TreeTensor, rng: Rng, known: readonly Trial[]): Promise<Trial[]> {
  const trials = known.filter(({ measured }) => isTelling(measured));
  while (trials.length < TRIALS) {
    trials.push(await place.trial([tensor], rng));
  }
  return trials;
}

/**
 * The look of a wrong tensor; null if none of these explains its numbers.
 * @param trials slopes of this tensor alone, TRIALS or more
 * @param sizes what may turn up as a factor, by name
 */
export async function lookOf(
  place: Place,
  tensor: TreeTensor,
  trials: readonly Trial[],
  sizes: ReadonlyMap<string, number>,
): Promise<GradientLook | null> {
  const given = place.gradient.subarray(tensor.from, tensor.from + tensor.size);
  if (given.some((g) => !Number.isFinite(g))) return { kind: 'not-finite' };
  if (given.every((g) => g === 0)) return trials.some(({ measured }) => isTelling(measured)) ? { kind: 'zero' } : null;
  if (trials.length < TRIALS || !trials.every(({ measured }) => isTelling(measured))) return null;

  const another = copyOf(place, tensor);
  if (another !== null) return { kind: 'another', path: another.path };
  const times = timesOf(place, trials, sizes);
  if (times !== null) return times;
  for (const [look, right] of rearranged(place, tensor)) {
    if (agree(tensor, trials, right)) return look;
  }
  const plus = plusParameters(place, trials);
  if (plus !== null) return plus;
  const oneForAll = await sameEverywhere(place, tensor);
  if (oneForAll !== null) return oneForAll;
  return null;
}

function isTelling({ error, measured, derived, size, isKink }: Measured): boolean {
  return !isKink && error <= TELLING * Math.max(Math.abs(measured), Math.abs(derived), 0.1 * size);
}

/** Whether this would be the right gradient in all trials, and what is given is not. */
function agree({ from, size }: TreeTensor, trials: readonly Trial[], right: Float64Array): boolean {
  return trials.every(
    ({ d, measured }) =>
      Math.abs(sumOfProducts(d.subarray(from, from + size), right) - measured.measured) <= APART * measured.error,
  );
}

/** The tensor whose gradient has the same numbers, if these are not all the same. */
function copyOf({ gradient, tree }: Place, { from, size }: TreeTensor): TreeTensor | null {
  if (size < 2) return null;
  const given = gradient.subarray(from, from + size);
  if (given.every((g) => g === given[0])) return null;
  const isCopy = (other: TreeTensor): boolean =>
    other.from !== from && other.size === size && given.every((g, i) => g === gradient[other.from + i]);
  return tree.tensors.find(isCopy) ?? null;
}

/** given = c · right in all trials, with c from the one where it is told best. */
function timesOf(place: Place, trials: readonly Trial[], sizes: ReadonlyMap<string, number>): GradientLook | null {
  let [top, bottom, error] = [0, 0, 0];
  for (const { measured: m } of trials) {
    top += m.derived * m.measured;
    bottom += m.measured * m.measured;
    error = Math.max(error, m.error / Math.abs(m.measured));
  }
  const factor = top / bottom;
  const isExplained = trials.every(({ d, measured: m }) => {
    const length = lengthOfProducts(d, place.gradient);
    return (
      Math.abs(m.derived - factor * m.measured) <= 2 * APART * Math.max(1, Math.abs(factor)) * m.error + 1e-12 * length
    );
  });
  if (isExplained && error <= TELLING && Math.abs(factor) <= NOTHING) return { kind: 'zero' };
  // the trials must tell this factor from 1
  if (!isExplained || !(Math.abs(factor - 1) > 10 * error) || !(error <= TELLING) || factor === 0) return null;
  const [round, like] = likely(factor, 4 * error + 1e-12, sizes);
  return { kind: 'times', factor: round, like };
}

const FRACTIONS: readonly (readonly [number, string | null])[] = [
  [-1, 'the sign'],
  [2, null],
  [0.5, null],
  [-2, null],
  [-0.5, null],
  [3, null],
  [1 / 3, null],
  [4, null],
  [0.25, null],
];

/** The round number nearby, and what it is: a size of the problem, or one over it. */
function likely(factor: number, error: number, sizes: ReadonlyMap<string, number>): [number, string | null] {
  const near = (x: number): boolean => Math.abs(factor - x) <= error * Math.abs(x);
  const simple = FRACTIONS.find(([x]) => near(x));
  const found: string[] = [];
  let round: number | null = simple?.[0] ?? null;
  for (const [name, size] of sizes) {
    if (size < 2) continue;
    for (const [value, text] of [
      [size, name],
      [1 / size, `1 / (${name})`],
      [-size, `-(${name})`],
      [-1 / size, `-1 / (${name})`],
    ] as const) {
      if (!near(value)) continue;
      round ??= value;
      found.push(text);
    }
  }
  const whole = Math.round(factor);
  if (round === null && whole !== 0 && Math.abs(whole) <= 1e6 && near(whole)) round = whole;
  return [round ?? factor, simple?.[1] ?? found[0] ?? null];
}

/** The same numbers in another order, or of another tensor, with the look that each would be. */
function* rearranged(place: Place, tensor: TreeTensor): Generator<[GradientLook, Float64Array]> {
  const { from, size, shape } = tensor;
  const given = place.gradient.slice(from, from + size);
  if (size < 2) return;
  if (shape?.length === 2 && shape[0] > 1 && shape[1] > 1) {
    const [rows, cols] = shape;
    // the right numbers were written in the order of the transposed matrix
    yield [{ kind: 'transposed' }, given.map((_, i) => given[(i % cols) * rows + Math.floor(i / cols)])];
  }
  for (const axis of [null, ...(shape === null || shape.length < 2 ? [] : shape.keys())]) {
    const length = axis === null ? size : (shape?.[axis] ?? size);
    if (length < 2) continue;
    const stride = axis === null || shape === null ? 1 : shape.slice(axis + 1).reduce((n, s) => n * s, 1);
    const moved = (to: (k: number) => number): Float64Array =>
      given.map((_, i) => {
        const k = Math.floor(i / stride) % length;
        return given[i + (to(k) - k) * stride];
      });
    if (length > 2) {
      yield [{ kind: 'shifted', axis, by: 1 }, moved((k) => (k + 1) % length)];
      yield [{ kind: 'shifted', axis, by: -1 }, moved((k) => (k + length - 1) % length)];
    }
    yield [{ kind: 'reversed', axis }, moved((k) => length - 1 - k)];
  }
  for (const other of place.tree.tensors)
    if (other !== tensor && other.size === size)
      // two tensors in each other's place
      yield [{ kind: 'another', path: other.path }, place.gradient.slice(other.from, other.from + size)];
}

/** given = right + c x */
function plusParameters(place: Place, trials: readonly Trial[]): GradientLook | null {
  let [top, bottom] = [0, 0];
  const along = trials.map(({ d }) => sumOfProducts(d, place.x));
  trials.forEach(({ measured: m }, k) => {
    top -= m.residual * along[k];
    bottom += along[k] * along[k];
  });
  const factor = top / bottom;
  const isExplained = trials.every(
    ({ measured: m }, k) =>
      Math.abs(m.residual + factor * along[k]) <= 2 * APART * m.error && Math.abs(m.residual) > 10 * m.error,
  );
  return isExplained && Number.isFinite(factor)
    ? { kind: 'plus-parameters', factor: Number(factor.toPrecision(6)) }
    : null;
}

/**
 * Where the given numbers are the same along an axis, the sum of the right ones there is measured.
 */
async function sameEverywhere(place: Place, tensor: TreeTensor): Promise<GradientLook | null> {
  const { from, size, shape } = tensor;
  const given = place.gradient.subarray(from, from + size);
  const scale = place.scaleOf(tensor);
  const ofSum = async (weights: (i: number) => number, count: number, sum: number): Promise<'sum' | 'mean' | null> => {
    const d = new Float64Array(place.x.length);
    for (let i = 0; i < size; i++) d[from + i] = scale * weights(i);
    const measured = await place.measure(d);
    if (!isTelling(measured) || !(Math.abs(measured.measured) > 10 * measured.error)) return null;
    const close = (x: number): boolean => Math.abs(scale * x - measured.measured) <= APART * measured.error;
    if (close(sum)) return 'sum';
    return close(sum * count) ? 'mean' : null;
  };
  if (size > 1 && given.every((g) => g === given[0])) {
    const of = await ofSum(() => 1, size, given[0]);
    return of === null ? null : { kind: 'one-for-all', of };
  }
  if (shape === null || shape.length < 2) return null;
  for (const [axis, length] of shape.entries()) {
    const stride = shape.slice(axis + 1).reduce((n, s) => n * s, 1);
    const first = (i: number): number => i - (Math.floor(i / stride) % length) * stride;
    if (length < 2 || !given.every((g, i) => g === given[first(i)])) continue;
    const sign = (i: number): number => (given[first(i)] < 0 ? -1 : 1);
    let sum = 0;
    for (let i = 0; i < size; i++) if (first(i) === i) sum += sign(i) * given[i];
    const of = await ofSum(sign, length, sum);
    if (of !== null) return { kind: 'same-along', axis, of };
  }
  return null;
}

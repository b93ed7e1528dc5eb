// With which coefficients the gradients of single examples add up to that of their batch.
import { power } from '../../../numeric/elementary.ts';
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../pass/pass.ts';

/** One tensor of one batch, with that of each of its examples alone. */
export interface Sum {
  /** B rows; each is the tensor of one example. */
  readonly singles: readonly Float64Array[];
  readonly whole: Float64Array;
  /** The exact one, for its size. */
  readonly exact: Float64Array;
}

/** Which examples are used, by their places in the batch, before a factor for all. */
export interface Pattern {
  readonly id: string;
  /** "only the last example is used"; null: all, once each. */
  readonly text: string | null;
  readonly at: (r: number, B: number) => number;
}

/** A factor for all examples of a batch, which count `total` times together. */
export interface Factor {
  readonly id: string;
  /** As in a formula: "1/B Σ". */
  readonly symbol: string;
  readonly of: (B: number, total: number) => number;
  /** How many times the symbol it is, where that is not 1: a batch of one has some of it. */
  readonly more?: number;
}

/** 1/2ⁿ */
const half = (n: number): number => power(0.5, n);

const PATTERNS: readonly Pattern[] = [
  { id: 'all', text: null, at: () => 1 },
  { id: 'last', text: 'only the last example is used', at: (r, B) => (r === B - 1 ? 1 : 0) },
  { id: 'first', text: 'only the first example is used', at: (r) => (r === 0 ? 1 : 0) },
  { id: 'without-last', text: 'the last example is left out', at: (r, B) => (r === B - 1 ? 0 : 1) },
  { id: 'without-first', text: 'the first example is left out', at: (r) => (r === 0 ? 0 : 1) },
  { id: 'without-ends', text: 'first and last example are left out', at: (r, B) => (r === 0 || r === B - 1 ? 0 : 1) },
  { id: 'last-twice', text: 'the last example counts twice', at: (r, B) => (r === B - 1 ? 2 : 1) },
  { id: 'first-twice', text: 'the first example counts twice', at: (r) => (r === 0 ? 2 : 1) },
  { id: 'even', text: 'every second example is left out', at: (r) => (r + 1) % 2 },
  { id: 'odd', text: 'every second example is left out, from the first', at: (r) => r % 2 },
  { id: 'third', text: 'only every third example is used', at: (r) => (r % 3 === 0 ? 1 : 0) },
  { id: 'fourth', text: 'only every fourth example is used', at: (r) => (r % 4 === 0 ? 1 : 0) },
  { id: 'half-up', text: 'only the first half of the batch is used', at: (r, B) => (r < Math.ceil(B / 2) ? 1 : 0) },
  { id: 'half', text: 'only the first half of the batch is used', at: (r, B) => (r < Math.floor(B / 2) ? 1 : 0) },
  { id: 'last-minus', text: 'all but the last example are subtracted', at: (r, B) => (r === B - 1 ? 1 : -1) },
  { id: 'counted', text: 'example r counts r times', at: (r) => r + 1 },
  { id: 'counted-back', text: 'example r counts B - r + 1 times', at: (r, B) => B - r },
  { id: 'halved', text: 'each example halves the sum before it', at: (r, B) => half(B - 1 - r) },
  {
    id: 'running-half',
    text: 'each example takes the mean of its gradient and what was there before',
    at: (r, B) => half(r === 0 ? B - 1 : B - r),
  },
];

const FACTORS: readonly Factor[] = [
  { id: 'mean', symbol: '1/B', of: (B) => 1 / B },
  { id: 'sum', symbol: '', of: () => 1 },
  { id: 'mean-twice', symbol: '1/B²', of: (B) => 1 / power(B, 2) },
  { id: 'mean-thrice', symbol: '1/B³', of: (B) => 1 / power(B, 3) },
  { id: 'mean-four-times', symbol: '1/B⁴', of: (B) => 1 / power(B, 4) },
  { id: 'times-B', symbol: 'B', of: (B) => B },
  { id: 'root', symbol: '1/√B', of: (B) => 1 / Math.sqrt(B) },
  { id: 'one-more', symbol: '1/(B + 1)', of: (B) => 1 / (B + 1) },
  { id: 'one-less', symbol: '1/(B - 1)', of: (B) => 1 / (B - 1) },
  { id: 'count', symbol: '1/n', of: (_, total) => 1 / total },
];

/** Factors that come only with all examples, and those that come only without. */
const WITH_ALL = ['one-more', 'one-less'];
const WITH_SOME = ['count'];

/** Of single examples as the engine gives them: its batch of one has the factor in it. */
const OWN: readonly Factor[] = FACTORS.filter(({ id }) => !WITH_ALL.includes(id)).concat([
  { id: 'one-more', symbol: '1/(B + 1)', of: (B) => 2 / (B + 1), more: 2 },
]);

/** Coefficients that explain all sums of a tensor. */
export interface Way {
  readonly pattern: Pattern;
  readonly factor: Factor;
}

/** The ways in which one value of the examples adds up. */
export interface Added {
  readonly name: string;
  readonly ways: readonly Way[];
  /** Whether to sums of the engine's own examples, and not of the exact ones. */
  readonly own: boolean;
  /** What the examples are, in exact ones: 1, a factor, or null for something else. */
  readonly times: number | null;
}

/**
 * The ways in which the tensors of the examples add up to those of all batches; the right one
 * alone, if it does.
 * @param own whether the singles are the engine's own, and not the exact ones
 */
export function waysOf(sums: readonly Sum[], own: boolean): Way[] {
  const ways: Way[] = [];
  const looks = sums.map(lookAt);
  for (const factor of own ? OWN : FACTORS)
    for (const pattern of PATTERNS) {
      if ((pattern.id === 'all' ? WITH_SOME : WITH_ALL).includes(factor.id)) continue;
      const isLikely = looks.every((likely, n) => likely(coefficients({ pattern, factor }, sums[n].singles.length)));
      if (!isLikely || !sums.every((sum) => isSum(sum, pattern, factor))) continue;
      ways.push({ pattern, factor });
      if (isRight({ pattern, factor })) return ways;
    }
  return ways;
}

export function isRight({ pattern, factor }: Way): boolean {
  return pattern.id === 'all' && factor.id === 'mean';
}

/** Whether coefficients may give a tensor, by its largest entry: most do not. */
function lookAt({ singles, whole, exact }: Sum): (c: readonly number[]) => boolean {
  const at = whole.reduce((best, value, i) => (Math.abs(value) > Math.abs(whole[best]) ? i : best), 0);
  const floor = FAR * Math.sqrt(dot(exact, exact) / exact.length);
  return (c) => {
    const sum = singles.reduce((total, values, e) => total + c[e] * values[at], 0);
    return !(Math.abs(sum - whole[at]) > FAR * (Math.abs(sum) + Math.abs(whole[at])) + floor);
  };
}

/** A share that is more than may lie between two computations of the same vector. */
const FAR = 1e-3;

/** The coefficients of B examples. */
export function coefficients({ pattern, factor }: Way, B: number): number[] {
  const used = Array.from({ length: B }, (_, r) => pattern.at(r, B));
  const times = factor.of(
    B,
    used.reduce((total, c) => total + c, 0),
  );
  return used.map((c) => c * times);
}

function isSum({ singles, whole, exact }: Sum, pattern: Pattern, factor: Factor): boolean {
  return areClose(whole, combined(singles, coefficients({ pattern, factor }, singles.length)), exact);
}

/** Σ c_e g_e */
export function combined(singles: readonly Float64Array[], c: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(singles[0].length);
  singles.forEach((values, e) => values.forEach((value, i) => (sum[i] += c[e] * value)));
  return sum;
}

/**
 * The coefficients by least squares; null if no coefficients give the batch, or if several do.
 */
export function solved({ singles, whole, exact }: Sum): Float64Array | null {
  const B = singles.length;
  const rows = singles.map((one) => Float64Array.from([...singles.map((other) => dot(one, other)), dot(one, whole)]));
  const sizes = rows.map((row, e) => row[e]);
  for (let e = 0; e < B; e++) {
    const pivot = rows
      .slice(e)
      .reduce((best, row, n) => (Math.abs(row[e]) > Math.abs(rows[best][e]) ? e + n : best), e);
    [rows[e], rows[pivot]] = [rows[pivot], rows[e]];
    if (!(Math.abs(rows[e][e]) > DEPENDENT * Math.max(...sizes))) return null;
    for (let other = 0; other < B; other++) {
      if (other === e) continue;
      const share = rows[other][e] / rows[e][e];
      for (let k = e; k <= B; k++) rows[other][k] -= share * rows[e][k];
    }
  }
  const c = Float64Array.from(rows, (row, e) => row[B] / row[e]);
  return singles[0].length > B && areClose(whole, combined(singles, c), exact) ? c : null;
}

/** Examples whose gradients nearly depend on each other do not tell their coefficients. */
const DEPENDENT = 1e-4;

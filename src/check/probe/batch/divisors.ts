// What a sum over a batch is divided by where that is not B: one number for all batches, or B
// rounded up to what an array was padded to.

export interface Divisor {
  /** "48, whatever the batch's size" */
  readonly text: string;
  /** As in a formula. */
  readonly symbol: string;
  readonly of: (B: number) => number;
}

/** B, and what the sum of a batch of so many examples is divided by. */
export type Divided = readonly [B: number, by: number];

/** Divisors are measured: they have this many right digits, as a share. */
const NEAR = 1e-4;
/** Whether a measured divisor is this one. */
export function isNear(measured: number, divisor: number): boolean {
  return Math.abs(measured - divisor) <= NEAR * divisor;
}

/** What nobody pads to, whatever the batch. */
const SMALL = 5;
/** A batch of more examples is not asked for. */
const LARGEST = 150;

const ONE_MORE: Divisor = { text: 'B + 1', symbol: '(B + 1)', of: (B) => B + 1 };

/** Those that fit all batches; none where it is B itself. */
export function divisorsFor(seen: readonly Divided[]): Divisor[] {
  const [[, first]] = seen.toSorted(([a], [b]) => a - b);
  const sizes = seen.map(([, by]) => Math.round(by));
  if (!seen.every(([, by], n) => sizes[n] >= 1 && isNear(by, sizes[n]))) return [];
  const N = Math.round(first);
  const all: Divisor[] = [
    { text: `${N}, whatever the batch's size`, symbol: `${N}`, of: () => N },
    { text: `the next multiple of ${N}`, symbol: `(${N}·⌈B/${N}⌉)`, of: (B) => N * Math.ceil(B / N) },
    ONE_MORE, // as the next multiple of 2 for odd numbers
    { text: 'the next power of 2', symbol: '2^⌈log₂ B⌉', of: nextPower },
    { text: `B, or ${N} where there are fewer examples`, symbol: `max(B, ${N})`, of: (B) => Math.max(B, N) },
  ];
  const fitting = all.filter(({ of }) => seen.every(([B], n) => of(B) === sizes[n]));
  const isB = seen.every(([B], n) => B === sizes[n]);
  // a small number is a factor like any other, of a sum that is not divided
  const isFactor = fitting.length === 1 && sizes.every((size) => size === N) && N <= SMALL;
  return isB || isFactor ? [] : fitting;
}

function nextPower(B: number): number {
  let power = 1;
  while (power < B) power *= 2;
  return power;
}

/**
 * A number of examples for which all of these differ, from that number too if there is one; null:
 * none that may be asked for.
 */
export function tellingSize(divisors: readonly Divisor[]): number | null {
  const sizes = Array.from({ length: LARGEST - 5 }, (_, n) => n + 6);
  const differ = (B: number, more: readonly number[]): boolean =>
    new Set([...more, ...divisors.map(({ of }) => of(B))]).size === divisors.length + more.length;
  const best = sizes.find((B) => B !== nextPower(B) && differ(B, [B]));
  return best ?? sizes.find((B) => differ(B, [])) ?? null;
}

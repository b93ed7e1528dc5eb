// Finds a simple relation between wrong and right numbers: a sign, a factor, a transpose, a shift
// by one.
import { usedOfBound } from '../check/measure.ts';
import type { FloatArray } from '../numeric/dtype.ts';

/** A received tensor, the expected one, and the bounds of the expected entries. */
export interface FoundTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly found: FloatArray;
  readonly expected: FloatArray;
  readonly bounds: FloatArray;
}

type Place = (index: number) => number | null;

/** "is all zero"; null if no simple relation fits. @param B the batch size, or null if unknown */
export function relationOf(pair: FoundTensor, B: number | null): string | null {
  const { found, expected, bounds } = pair;
  if (expected.every((x) => x === 0)) return null;
  if (found.every((x) => x === 0)) return 'is all zero';
  const factor = namedFactors(B).find(({ k }) => isMultiple(pair, k));
  if (factor !== undefined) return factor.says;
  const moved = rearrangements(pair.shape).find(({ from }) => isRearranged(pair, from));
  if (moved !== undefined) return moved.says;
  const telling = expected.filter((x, i) => Math.abs(x) > bounds[i]).length;
  const k = leastSquares(found, expected);
  return telling > 1 && isMultiple(pair, k) ? `is ${Number(k.toPrecision(6))} times the expected value` : null;
}

function namedFactors(B: number | null): { k: number; says: string }[] {
  const ofBatch =
    B === null || B === 1
      ? []
      : [
          {
            k: B,
            says: `is ${B} times the expected value. The batch has ${B} examples, so the mean over them is missing`,
          },
          {
            k: 1 / B,
            says: `is 1/${B} of the expected value. The batch has ${B} examples, so it is divided by them twice`,
          },
        ];
  return [
    { k: -1, says: 'has the wrong sign' },
    ...ofBatch,
    { k: 2, says: 'is 2 times the expected value' },
    { k: 1 / 2, says: 'is 1/2 of the expected value' },
  ];
}

/** Whether `found` is k times `expected`; the bounds grow with k. */
function isMultiple({ found, expected, bounds }: FoundTensor, k: number): boolean {
  const share = Math.max(1, Math.abs(k));
  return found.every((x, i) => usedOfBound(x, k * expected[i], share * bounds[i]) <= 1);
}

function leastSquares(found: FloatArray, expected: FloatArray): number {
  let [both, own] = [0, 0];
  expected.forEach((x, i) => ([both, own] = [both + x * found[i], own + x * x]));
  return both / own;
}

/** Rearrangements to try: each gives the expected entry from which received entry i would come. */
function rearrangements(shape: readonly number[]): { from: Place; says: string }[] {
  const [rows, cols = 1] = shape;
  const shifted = (by: number, axis: 'row' | 'column'): Place => {
    return (i) => {
      const [r, c] = [Math.floor(i / cols), i % cols];
      const to = axis === 'row' ? r - by : c - by;
      if (to < 0 || to >= (axis === 'row' ? rows : cols)) return null;
      return axis === 'row' ? to * cols + c : r * cols + to;
    };
  };
  const both = (axis: 'row' | 'column', word: string): { from: Place; says: string }[] =>
    [1, -1].map((by) => ({ from: shifted(by, axis), says: `is shifted by one ${word}` }));
  if (shape.length === 1) return both('row', 'entry');
  if (shape.length !== 2) return [];
  return [
    { from: (i) => (i % rows) * cols + Math.floor(i / rows), says: 'is transposed' },
    ...(rows > 2 ? both('row', 'row') : []),
    ...(cols > 2 ? both('column', 'column') : []),
  ];
}

/** Entries without a source may have any value; at least two nonzero entries must have a source. */
function isRearranged({ found, expected, bounds }: FoundTensor, from: Place): boolean {
  let telling = 0;
  return (
    found.every((x, i) => {
      const at = from(i);
      if (at === null) return true;
      if (Math.abs(expected[at]) > bounds[at]) telling++;
      return usedOfBound(x, expected[at], Math.max(bounds[at], bounds[i])) <= 1;
    }) && telling > 1
  );
}

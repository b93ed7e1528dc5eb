// Reads the numbers of a candidate's answer: nested, typed or flat arrays. present.ts uses it.
import type { AnswerFlaw } from './engine.ts';

/** JSON cannot write these numbers; a program writes these strings. */
const WORDS: Readonly<Record<string, number>> = { NaN: NaN, Infinity: Infinity, '-Infinity': -Infinity };

type List = ArrayLike<unknown>;

function isList(value: unknown): value is List {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** "NaN", "Infinity" or "-Infinity". */
export function isNumberWord(value: unknown): value is string {
  return typeof value === 'string' && Object.hasOwn(WORDS, value);
}

export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return isNumberWord(value) ? WORDS[value] : NaN;
}

/**
 * The numbers of a tensor of this shape, row after row. Adds a flaw if it is missing or has another
 * shape. If the shape is wrong but the count right, the numbers are taken in the order they came;
 * otherwise all are NaN.
 * @param mayBeFlat whether a matrix may be a flat array; a typed array always may
 */
export function readNumbers(
  value: unknown,
  shape: readonly number[],
  parameter: string,
  flaws: AnswerFlaw[],
  mayBeFlat = true,
): Float64Array {
  const count = shape.reduce((product, length) => product * length, 1);
  if (value === undefined || value === null) {
    flaws.push({ kind: 'missing', parameter, shape });
    return new Float64Array(count).fill(NaN);
  }
  const found = shapeOf(value, Math.max(count, ...shape));
  const flat = found?.length === 1 && found[0] === count && (mayBeFlat || ArrayBuffer.isView(value));
  if (found === null || !(sameShape(found, shape) || flat))
    flaws.push({ kind: 'shape', parameter, expected: shape, found });
  const numbers = new Float64Array(count).fill(NaN);
  if (found === null || found.reduce((product, length) => product * length, 1) !== count) return numbers;
  fill(numbers, value as List, 0);
  return numbers;
}

function fill(numbers: Float64Array, list: List, from: number): number {
  let at = from;
  for (let i = 0; i < list.length; i++) {
    const value = list[i];
    at = isList(value) ? fill(numbers, value, at) : ((numbers[at] = numberOf(value)), at + 1);
  }
  return at;
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}

const DEEPEST = 4;

/**
 * The lengths of the axes; null if it is not an array, or rows differ in length. Arrays longer than
 * `most` are not read.
 */
export function shapeOf(value: unknown, most = Infinity, depth = 0): number[] | null {
  if (!isList(value) || depth === DEEPEST) return null;
  if (value.length > most) return [value.length];
  let inner: number[] | null = null;
  for (let i = 0; i < value.length; i++) {
    const own = isList(value[i]) ? shapeOf(value[i], most, depth + 1) : [];
    if (own === null || (inner !== null && !sameShape(own, inner))) return null;
    inner ??= own;
  }
  return [value.length, ...(inner ?? [])];
}

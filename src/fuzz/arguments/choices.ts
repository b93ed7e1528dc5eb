// Random arguments of a function or a layer, drawn by a function of its author. The choices that
// such a draw makes are kept: with smaller choices the same function draws smaller arguments that
// still fit together.
import { DataError, UsageError } from '../../errors.ts';
import { nestedOf } from '../../network/schema.ts';
import type { Nested } from '../../network/schema.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Rng } from '../../numeric/rng.ts';
import { sizeOf } from '../../network/spec.ts';
import { CHANGES, FEW, effortOf } from '../shrink/rounding.ts';
import { below } from '../shrink/smaller.ts';

/** What a function `draw` chooses with. */
export interface Draws {
  /** A whole number, both ends included. */
  integer(from: number, to: number): number;
  /** A number from `from` to `to`, 0 to 1 if they are not given. */
  uniform(from?: number, to?: number): number;
  /** Numbers around 0, of deviation 1: `numbers(2, 3)` is two rows of three, `numbers()` one. */
  numbers(): number;
  /** A vector. */
  numbers(...shape: readonly [number]): number[];
  /** Rows. */
  numbers(...shape: readonly [number, number]): number[][];
  /** Three dimensions. */
  numbers(...shape: readonly [number, number, number]): number[][][];
  /** Four dimensions. */
  numbers(...shape: readonly [number, number, number, number]): number[][][][];
  /** One of these. */
  pick<T>(choices: readonly T[]): T;
}

/** What was chosen. Plain data. */
export type Choice =
  | { readonly kind: 'integer'; readonly from: number; readonly value: number }
  | { readonly kind: 'numbers'; readonly shape: readonly number[]; readonly values: readonly number[] };

/** Most numbers of one array. */
const MOST = 1e6;

/**
 * Draws with a seed. What the n-th choice is depends on the seed and n alone.
 * @param recorded earlier choices, which are made again where they are possible
 * @returns what was drawn, and the choices
 */
export function drawWith<T>(
  draw: (draws: Draws) => T,
  seed: number,
  recorded: readonly Choice[] = [],
): { drawn: T; choices: readonly Choice[] } {
  const choices: Choice[] = [];
  const next = (): { rng: Rng; old: Choice | undefined } => ({
    rng: createRng(seed, `fuzz: choice ${choices.length}`),
    old: recorded.at(choices.length),
  });
  const integer = (from: number, to: number): number => {
    if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from <= to))
      throw new UsageError(`integer: expected two whole numbers, the smaller first, got ${from} and ${to}`);
    const { rng, old } = next();
    const value = old?.kind === 'integer' ? Math.min(to, Math.max(from, old.value)) : from + rng.below(to - from + 1);
    choices.push({ kind: 'integer', from, value });
    return value;
  };
  const array = (shape: readonly number[], one: (rng: Rng) => number): readonly number[] => {
    if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || sizeOf(shape) > MOST)
      throw new UsageError(`numbers: expected lengths of together at most ${MOST}, got ${shape.join(', ')}`);
    const { rng, old } = next();
    const fresh = Array.from({ length: sizeOf(shape) }, () => one(rng));
    const values = old?.kind === 'numbers' && old.shape.length === shape.length ? within(old, shape, fresh) : fresh;
    choices.push({ kind: 'numbers', shape, values });
    return values;
  };
  const numbers = (...shape: readonly number[]): number | Nested => {
    const values = array(shape, (rng) => rng.normal());
    return shape.length === 0 ? values[0] : nestedOf({ shape: [...shape], values: Float64Array.from(values) });
  };
  const draws = {
    integer,
    numbers,
    uniform: (from = 0, to = 1) =>
      Math.min(to, Math.max(from, array([], (rng) => from + (to - from) * rng.uniform())[0])),
    pick<One>(all: readonly One[]) {
      if (all.length === 0) throw new UsageError('pick: expected at least one choice');
      return all[integer(0, all.length - 1)];
    },
  } as Draws;
  return { drawn: draw(draws), choices };
}

/** The numbers of `old` whose indices are also in an array of this shape, which has others. */
function within(
  { shape: had, values }: Extract<Choice, { kind: 'numbers' }>,
  shape: readonly number[],
  fresh: readonly number[],
): readonly number[] {
  return fresh.map((one, i) => {
    let [at, rest, isThere] = [0, i, true];
    for (const [d, length] of shape.entries()) {
      const inner = sizeOf(shape.slice(d + 1));
      const index = Math.floor(rest / inner);
      rest -= index * inner;
      isThere &&= index < had[d] && index < length;
      at = at * had[d] + index;
    }
    return isThere ? values[at] : one;
  });
}

type Change = readonly (readonly [at: number, choice: Choice])[];

/** Choices of smaller numbers than these, the boldest first. */
export function* smallerChoices(choices: readonly Choice[]): Generator<readonly Choice[]> {
  const integers = choices.flatMap((choice, at) =>
    choice.kind === 'integer' && choice.value > choice.from ? [{ ...choice, at }] : [],
  );
  const setting = (some: typeof integers, value: (one: (typeof integers)[number]) => number): readonly Choice[] =>
    changed(choices, some.map((one) => [one.at, { kind: 'integer', from: one.from, value: Math.max(one.from, value(one)) }])); // prettier-ignore
  if (integers.length > 1) yield setting(integers, ({ from }) => from);
  for (const one of integers)
    for (const less of below(one.value - one.from + 1)) yield setting([one], ({ from }) => from + less - 1);
  for (const value of new Set(integers.map((one) => one.value))) {
    const equal = integers.filter((one) => one.value === value);
    if (equal.length > 1) for (const less of below(value)) yield setting(equal, () => less);
  }
  for (const [n, one] of integers.entries())
    for (const two of integers.slice(n + 1)) yield setting([one, two], ({ value }) => value - 1);
}

/** Rounder numbers than these: of an array, then each by itself. */
export function* rounderChoices(choices: readonly Choice[]): Generator<readonly Choice[]> {
  const now = choices.map(effortIn);
  const arrays = choices.flatMap((choice, at) => (choice.kind === 'numbers' ? [{ choice, at }] : []));
  const rounded = (change: Change): (readonly Choice[])[] =>
    change.every(([at, choice]) => effortIn(choice) <= now[at]) && change.some(([at, choice]) => effortIn(choice) < now[at])
      ? [changed(choices, change)]
      : []; // prettier-ignore
  for (const round of CHANGES)
    yield* rounded(arrays.map(({ choice, at }) => [at, { ...choice, values: choice.values.map(round) }]));
  for (const { choice, at } of arrays) {
    yield* rounded([[at, { ...choice, values: choice.values.map(() => 0) }]]);
    for (const round of CHANGES) yield* rounded([[at, { ...choice, values: choice.values.map(round) }]]);
  }
  for (const { choice, at } of arrays)
    for (let i = 0; i < choice.values.length && choice.values.length <= FEW; i++)
      for (const round of [() => 0, ...CHANGES])
        yield* rounded([[at, { ...choice, values: choice.values.map((x, n) => (n === i ? round(x) : x)) }]]);
}

function changed(choices: readonly Choice[], change: Change): readonly Choice[] {
  const by = new Map(change);
  return choices.map((choice, at) => by.get(at) ?? choice);
}

function effortIn(choice: Choice): number {
  return choice.kind === 'integer' ? 0 : choice.values.reduce((sum, x) => sum + effortOf(x), 0);
}

/**
 * A value as JavaScript, numbers as they are.
 * @throws DataError on what cannot be written, such as a function
 */
export function literalOf(value: unknown, indent = ''): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView))
    return `${value.constructor.name}.of(${Array.from(value as Float64Array, (x) => literalOf(x)).join(', ')})`;
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const parts = value.map((one) => literalOf(one, inner));
    return value.every((one) => typeof one === 'number')
      ? `[${parts.join(', ')}]`
      : `[\n${parts.map((one) => `${inner}${one},\n`).join('')}${indent}]`;
  }
  if (typeof value !== 'object')
    throw new DataError(`a ${typeof value} among the arguments cannot be written to a file`);
  const fields = Object.entries(value).map(
    ([name, one]) => `${inner}${/^[a-z_$][\w$]*$/i.test(name) ? name : quoted(name)}: ${literalOf(one, inner)},\n`,
  );
  return `{\n${fields.join('')}${indent}}`;
}

/** In the quotes that Prettier takes. */
function quoted(text: string): string {
  const inner = JSON.stringify(text);
  return text.includes("'") ? inner : `'${inner.slice(1, -1).replaceAll('\\"', '"')}'`;
}

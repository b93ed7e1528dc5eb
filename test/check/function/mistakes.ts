// Mistakes in gradients, by rule: each changes one tensor of a right gradient, and knows which
// entries are then wrong and what the numbers look like.
import type { GradientLook } from '../../../src/check/function/looks-like.ts';
import type { Rng } from '../../../src/numeric/rng.ts';
import type { Nested, Params } from './tape.ts';

export interface Mistake {
  readonly name: string;
  /** null where it cannot be made in this tensor. */
  readonly make: (right: number[], shape: number[], context: Context) => number[] | null;
  /** Kinds of look that are right for it; others are wrong, none is allowed. */
  readonly looks: readonly GradientLook['kind'][];
}

export interface Context {
  readonly rng: Rng;
  readonly x: number[];
  /** Gradients of other tensors of the same size. */
  readonly others: number[][];
}

const whole = (name: string, looks: Mistake['looks'], make: Mistake['make']): Mistake => ({ name, looks, make });
const sumOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

/** One entry that is not 0, changed. */
function single(name: string, change: (g: number) => number): Mistake {
  return {
    name,
    looks: ['where', 'times', 'zero'],
    make(right, _shape, { rng }) {
      const largest = Math.max(...right.map(Math.abs));
      const some = [...right.keys()].filter((i) => Math.abs(right[i]) > 0.05 * largest);
      if (some.length === 0) return null;
      const at = some[rng.below(some.length)];
      return right.map((g, i) => (i === at ? change(g) : g));
    },
  };
}

export const MISTAKES: readonly Mistake[] = [
  whole('negated', ['times', 'where'], (g) => g.map((x) => -x)),
  whole('twice', ['times', 'where'], (g) => g.map((x) => 2 * x)),
  whole('half', ['times', 'where'], (g) => g.map((x) => x / 2)),
  whole('times its size', ['times', 'where'], (g) => (g.length < 3 ? null : g.map((x) => x * g.length))),
  whole('over its size', ['times', 'where'], (g) => (g.length < 3 ? null : g.map((x) => x / g.length))),
  whole('times 1.1', ['times', 'where'], (g) => g.map((x) => 1.1 * x)),
  whole('zero', ['zero'], (g) => g.map(() => 0)),
  whole('transposed', ['transposed', 'reversed', 'shifted', 'where'], (g, shape) => {
    if (shape.length !== 2 || Math.min(...shape) < 2) return null;
    const [rows, cols] = shape;
    return g.map((_, k) => g[(k % rows) * cols + Math.floor(k / rows)]);
  }),
  whole('shifted', ['shifted', 'reversed', 'another'], (g) =>
    g.length < 3 ? null : g.map((_, i) => g[(i + 1) % g.length]),
  ),
  whole('reversed', ['reversed', 'shifted', 'transposed'], (g) => (g.length < 2 ? null : g.toReversed())),
  whole('with the parameters added', ['plus-parameters', 'times'], (g, _s, { x }) => {
    const scale = Math.max(...g.map(Math.abs)) / Math.max(...x.map(Math.abs));
    return g.map((y, i) => y + 0.1 * scale * x[i]);
  }),
  whole('the mean everywhere', ['one-for-all', 'where', 'zero'], (g) =>
    g.length < 3 ? null : g.map(() => sumOf(g) / g.length),
  ),
  whole('the sum everywhere', ['one-for-all', 'where', 'zero'], (g) => (g.length < 3 ? null : g.map(() => sumOf(g)))),
  whole('another tensor', ['another', 'times', 'shifted', 'reversed'], (_g, _s, { others }) => others[0] ?? null),
  whole('zero where the parameter is negative', ['where', 'times', 'zero'], (g, _s, { x }) =>
    x.some((y, i) => y < 0 && g[i] !== 0) && x.some((y) => y >= 0) ? g.map((y, i) => (x[i] < 0 ? 0 : y)) : null,
  ),
  whole('the last index missing', ['where', 'zero', 'times'], (g, shape) => {
    const last = shape.at(-1) ?? 1;
    return last < 3 ? null : g.map((y, i) => (i % last === last - 1 ? 0 : y));
  }),
  whole('only the first row', ['where', 'zero'], (g, shape) =>
    shape.length === 2 && shape[0] > 2 ? g.map((y, i) => (i < shape[1] ? y : 0)) : null,
  ),
  single('one entry off by a tenth', (g) => 1.1 * g),
  single('one entry negated', (g) => -g),
  single('one entry zero', () => 0),
];

export function flat(x: Nested): number[] {
  return typeof x === 'number' ? [x] : x.flatMap(flat);
}
export function shapeOf(x: Nested): number[] {
  return typeof x === 'number' ? [] : [x.length, ...shapeOf(x[0])];
}
function nested(values: number[], like: Nested): Nested {
  let at = 0;
  const build = (y: Nested): Nested => (typeof y === 'number' ? values[at++] : y.map(build));
  return build(like);
}

/** A right answer with this mistake in one tensor; null where it would change (nearly) nothing. */
export function wrong(
  mistake: Mistake,
  tensor: string,
  right: Params,
  at: Params,
  seed: Rng,
): { gradient: Params; entries: number[] } | null {
  const g = flat(right[tensor]);
  const shape = shapeOf(right[tensor]);
  const others = Object.entries(right)
    .filter(([name]) => name !== tensor)
    .map(([, x]) => flat(x))
    .filter((other) => other.length === g.length);
  const made = mistake.make(g, shape, { rng: seed, x: flat(at[tensor]), others });
  if (made === null) return null;
  const largest = Math.max(...g.map(Math.abs), ...made.map(Math.abs));
  const entries = [...g.keys()].filter((i) => Math.abs(made[i] - g[i]) > 0);
  const most = Math.max(...g.map((x, i) => Math.abs(made[i] - x)));
  if (!(most > 0.02 * largest)) return null;
  return { gradient: { ...right, [tensor]: nested(made, right[tensor]) }, entries };
}

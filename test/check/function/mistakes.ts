// Mistakes in gradients, by rule: each changes one tensor of a right gradient.
import type { Rng } from '../../../src/numeric/rng.ts';
import type { Nested, Params } from './tape.ts';

export interface Mistake {
  readonly name: string;
  /** null where it cannot be made in this tensor. */
  readonly make: (right: number[], shape: number[], context: Context) => number[] | null;
}

export interface Context {
  readonly rng: Rng;
  readonly x: number[];
  /** Gradients of other tensors of the same size. */
  readonly others: number[][];
}

const whole = (name: string, make: Mistake['make']): Mistake => ({ name, make });
const sumOf = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);

/** One entry that is not small, changed: by more than `wrong` asks for. */
function single(name: string, change: (g: number) => number): Mistake {
  return {
    name,
    make(right, _shape, { rng }) {
      const largest = Math.max(...right.map(Math.abs));
      const some = [...right.keys()].filter((i) => Math.abs(right[i]) > 0.25 * largest);
      if (some.length === 0) return null;
      const at = some[rng.below(some.length)];
      return right.map((g, i) => (i === at ? change(g) : g));
    },
  };
}

export const MISTAKES: readonly Mistake[] = [
  whole('negated', (g) => g.map((x) => -x)),
  whole('twice', (g) => g.map((x) => 2 * x)),
  whole('half', (g) => g.map((x) => x / 2)),
  whole('times its size', (g) => (g.length < 3 ? null : g.map((x) => x * g.length))),
  whole('over its size', (g) => (g.length < 3 ? null : g.map((x) => x / g.length))),
  whole('times 1.1', (g) => g.map((x) => 1.1 * x)),
  whole('zero', (g) => g.map(() => 0)),
  whole('transposed', (g, shape) => {
    if (shape.length !== 2 || Math.min(...shape) < 2) return null;
    const [rows, cols] = shape;
    return g.map((_, k) => g[(k % rows) * cols + Math.floor(k / rows)]);
  }),
  whole('shifted', (g) => (g.length < 3 ? null : g.map((_, i) => g[(i + 1) % g.length]))),
  whole('reversed', (g) => (g.length < 2 ? null : g.toReversed())),
  whole('with the parameters added', (g, _s, { x }) => {
    const scale = Math.max(...g.map(Math.abs)) / Math.max(...x.map(Math.abs));
    return g.map((y, i) => y + 0.1 * scale * x[i]);
  }),
  whole('the mean everywhere', (g) => (g.length < 3 ? null : g.map(() => sumOf(g) / g.length))),
  whole('the sum everywhere', (g) => (g.length < 3 ? null : g.map(() => sumOf(g)))),
  whole('another tensor', (_g, _s, { others }) => others[0] ?? null),
  whole('zero where the parameter is negative', (g, _s, { x }) =>
    x.some((y, i) => y < 0 && g[i] !== 0) && x.some((y) => y >= 0) ? g.map((y, i) => (x[i] < 0 ? 0 : y)) : null,
  ),
  whole('the last index missing', (g, shape) => {
    const last = shape.at(-1) ?? 1;
    return last < 3 ? null : g.map((y, i) => (i % last === last - 1 ? 0 : y));
  }),
  whole('only the first row', (g, shape) =>
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
export function wrong(mistake: Mistake, tensor: string, right: Params, at: Params, seed: Rng): Params | null {
  const g = flat(right[tensor]);
  const shape = shapeOf(right[tensor]);
  const others = Object.entries(right)
    .filter(([name]) => name !== tensor)
    .map(([, x]) => flat(x))
    .filter((other) => other.length === g.length);
  const made = mistake.make(g, shape, { rng: seed, x: flat(at[tensor]), others });
  if (made === null) return null;
  const largest = Math.max(...g.map(Math.abs), ...made.map(Math.abs));
  const most = Math.max(...g.map((x, i) => Math.abs(made[i] - x)));
  if (!(most > 0.02 * largest)) return null;
  return { ...right, [tensor]: nested(made, right[tensor]) };
}

// Functions with right gradients for the tests, in binary32 and binary64: small pieces of what
// people differentiate by hand.
import type { Rng } from '../../../src/numeric/rng.ts';
import { LAYERS } from './by-hand/layers.ts';
import { LOSSES } from './by-hand/losses.ts';
import { NUMERICS } from './by-hand/numerics.ts';
import { SEQUENCES } from './by-hand/sequences.ts';
import { V, dot, logSumExp, maxOf, softmax, sum, valueAndGradient } from './tape.ts';
import type { Nested, Params, Rounding, Tape } from './tape.ts';

type M = V[][];
type P = Record<string, never>;

export interface TestFunction {
  readonly name: string;
  /** Parameters drawn at random; `n` is a size from 2 to 6. */
  readonly parameters: (rng: Rng, n: number) => Params;
  /** Draws data that is not differentiated; the function with its gradient, perhaps a wrong one. */
  readonly build: (rng: Rng, n: number, round: Rounding, bug?: (name: string) => boolean) => ValueAndGradient;
  readonly hasKinks: boolean;
}

export type ValueAndGradient = (p: Params) => { value: number; gradient: Params };

const vector = (rng: Rng, n: number, scale = 1): number[] => Array.from({ length: n }, () => scale * rng.normal());
const matrix = (rng: Rng, n: number, m: number, scale = 1): number[][] =>
  Array.from({ length: n }, () => vector(rng, m, scale));
const lift = (tape: Tape, x: readonly number[]): V[] => x.map((y) => new V(tape, y));
const column = (W: M, j: number): V[] => W.map((row) => row[j]);
const product = (x: readonly V[], W: M): V[] => W[0].map((_, j) => dot(x, column(W, j)));
const added = (x: readonly V[], b: readonly V[]): V[] => x.map((y, i) => y.plus(b[i]));
const mean = (x: readonly V[]): V => sum(x).over(x.length);
const normalized = (x: readonly V[], eps = 1e-5): V[] => {
  const m = mean(x);
  const centred = x.map((y) => y.minus(m));
  const deviation = mean(centred.map((c) => c.square()))
    .plus(eps)
    .sqrt();
  return centred.map((c) => c.over(deviation));
};
const crossEntropy = (scores: readonly V[], label: number): V => logSumExp(scores).minus(scores[label]);

/** A test function whose parameters and data are told apart by name alone. */
function define(
  name: string,
  parameters: TestFunction['parameters'],
  make: (rng: Rng, n: number) => (p: P, tape: Tape) => V,
  hasKinks = false,
): TestFunction {
  return { name, parameters, build: (rng, n, round) => valueAndGradient(make(rng, n), round), hasKinks };
}

const ON_TAPE: readonly TestFunction[] = [
  define(
    'logistic regression',
    (rng, n) => ({ w: vector(rng, n), b: rng.normal() }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 7, n), vector(rng, 7).map((t) => (t > 0 ? 1 : 0))];
      return (p, tape) => {
        const { w, b } = p as unknown as { w: V[]; b: V };
        return mean(X.map((x, i) => crossEntropy([new V(tape, 0), dot(lift(tape, x), w).plus(b)], y[i])));
      };
    },
  ),
  define(
    'softmax regression',
    (rng, n) => ({ W: matrix(rng, n, 3), b: vector(rng, 3) }),
    (rng, n) => {
      const X = matrix(rng, 6, n);
      return (p, tape) => {
        const { W, b } = p as unknown as { W: M; b: V[] };
        return mean(X.map((x, i) => crossEntropy(added(product(lift(tape, x), W), b), i % 3)));
      };
    },
  ),
  ...(['tanh', 'sigmoid', 'relu'] as const).map((act) =>
    define(
      `multilayer perceptron, ${act}`,
      (rng, n) => ({
        W1: matrix(rng, n, 5, 0.5),
        b1: vector(rng, 5, 0.3),
        W2: matrix(rng, 5, 3, 0.5),
        b2: vector(rng, 3, 0.3),
      }),
      (rng, n) => {
        const X = matrix(rng, 5, n);
        return (p, tape) => {
          const { W1, b1, W2, b2 } = p as unknown as { W1: M; b1: V[]; W2: M; b2: V[] };
          const hidden = (x: number[]): V[] => added(product(lift(tape, x), W1), b1).map((z) => z[act]());
          return mean(X.map((x, i) => crossEntropy(added(product(hidden(x), W2), b2), i % 3)));
        };
      },
      act === 'relu',
    ),
  ),
  define(
    'convolution with mean squares',
    (rng) => ({ kernel: matrix(rng, 3, 3), bias: rng.normal() }),
    (rng, n) => {
      const [picture, target] = [matrix(rng, n + 3, n + 3), matrix(rng, n + 1, n + 1)];
      return (p, tape) => {
        const { kernel, bias } = p as unknown as { kernel: M; bias: V };
        const errors = target.flatMap((row, i) =>
          row.map((t, j) =>
            sum(kernel.flatMap((line, a) => line.map((k, b) => k.times(picture[i + a][j + b]))))
              .plus(bias)
              .minus(t)
              .square(),
          ),
        );
        return mean([...errors, new V(tape, 0)]);
      };
    },
  ),
  define(
    'max pooling',
    (rng, n) => ({ x: matrix(rng, 2 * n, 4), w: vector(rng, 2 * n) }),
    (_rng, n) => (p) => {
      const { x, w } = p as unknown as { x: M; w: V[] };
      const pooled = Array.from({ length: 2 * n }, (_, i) => {
        const [a, b] = [2 * Math.floor(i / 2), 2 * (i % 2)];
        return maxOf([x[a][b], x[a][b + 1], x[a + 1][b], x[a + 1][b + 1]]);
      });
      return dot(pooled, w).square();
    },
    true,
  ),
  define(
    'batch normalisation',
    (rng, n) => ({ x: matrix(rng, 6, n), gamma: vector(rng, n), beta: vector(rng, n) }),
    (rng, n) => {
      const c = matrix(rng, 6, n);
      return (p) => {
        const { x, gamma, beta } = p as unknown as { x: M; gamma: V[]; beta: V[] };
        return sum(
          gamma.map((g, j) =>
            sum(normalized(column(x, j)).map((y, i) => y.times(g).plus(beta[j]).tanh().times(c[i][j]))),
          ),
        );
      };
    },
  ),
  define(
    'layer normalisation',
    (rng, n) => ({ x: matrix(rng, 3, n + 2), gain: vector(rng, n + 2), shift: vector(rng, n + 2) }),
    (rng, n) => {
      const c = matrix(rng, 3, n + 2);
      return (p) => {
        const { x, gain, shift } = p as unknown as { x: M; gain: V[]; shift: V[] };
        return sum(
          x.map((row, i) =>
            sum(normalized(row).map((y, j) => y.times(gain[j]).plus(shift[j]).square().times(c[i][j]))),
          ),
        );
      };
    },
  ),
  define(
    'rms norm',
    (rng, n) => ({ x: vector(rng, n + 2), gain: vector(rng, n + 2) }),
    (rng, n) => {
      const c = vector(rng, n + 2);
      return (p) => {
        const { x, gain } = p as unknown as { x: V[]; gain: V[] };
        const length = mean(x.map((y) => y.square()))
          .plus(1e-6)
          .sqrt();
        return sum(x.map((y, i) => y.over(length).times(gain[i]).times(c[i])));
      };
    },
  ),
  define(
    'embedding and mean',
    (rng, n) => ({ table: matrix(rng, 8, n), w: vector(rng, n) }),
    () => (p) => {
      const { table, w } = p as unknown as { table: M; w: V[] };
      const ids = [3, 1, 3, 7];
      return crossEntropy(
        [
          dot(
            w,
            w.map((_, j) => mean(ids.map((id) => table[id][j]))),
          ),
          sum(w),
        ],
        0,
      );
    },
  ),
  define(
    'recurrent network',
    (rng, n) => ({ Wx: matrix(rng, 2, n, 0.5), Wh: matrix(rng, n, n, 0.5), b: vector(rng, n, 0.2) }),
    (rng, n) => {
      const X = matrix(rng, 5, 2);
      return (p, tape) => {
        const { Wx, Wh, b } = p as unknown as { Wx: M; Wh: M; b: V[] };
        let h = lift(tape, new Array<number>(n).fill(0));
        for (const x of X) h = added(added(product(lift(tape, x), Wx), product(h, Wh)), b).map((z) => z.tanh());
        return sum(h.map((y) => y.square()));
      };
    },
  ),
  define(
    'LSTM',
    (rng, n) => ({ W: matrix(rng, 2 + n, 4 * n, 0.5), b: vector(rng, 4 * n, 0.2) }),
    (rng, n) => {
      const X = matrix(rng, 4, 2);
      return (p, tape) => {
        const { W, b } = p as unknown as { W: M; b: V[] };
        let [h, c] = [lift(tape, new Array<number>(n).fill(0)), lift(tape, new Array<number>(n).fill(0))];
        for (const x of X) {
          const z = added(product([...lift(tape, x), ...h], W), b);
          const gate = (k: number): V[] => z.slice(k * n, (k + 1) * n);
          const [i, f, o] = [gate(0), gate(1), gate(2)].map((g) => g.map((y) => y.sigmoid()));
          c = gate(3).map((g, k) => f[k].times(c[k]).plus(i[k].times(g.tanh())));
          h = c.map((y, k) => y.tanh().times(o[k]));
        }
        return sum(h.map((y) => y.square()));
      };
    },
  ),
  define(
    'GRU',
    (rng, n) => ({ W: matrix(rng, 2 + n, 2 * n, 0.5), U: matrix(rng, 2 + n, n, 0.5) }),
    (rng, n) => {
      const X = matrix(rng, 4, 2);
      return (p, tape) => {
        const { W, U } = p as unknown as { W: M; U: M };
        let h = lift(tape, new Array<number>(n).fill(0.1));
        for (const x of X) {
          const gates = product([...lift(tape, x), ...h], W).map((y) => y.sigmoid());
          const [r, z] = [gates.slice(0, n), gates.slice(n)];
          const candidate = product([...lift(tape, x), ...h.map((y, k) => y.times(r[k]))], U).map((y) => y.tanh());
          h = h.map((y, k) => y.times(z[k]).plus(candidate[k].times(new V(tape, 1).minus(z[k]))));
        }
        return sum(h.map((y) => y.square()));
      };
    },
  ),
  define(
    'attention with a causal mask',
    (rng, n) => ({ Q: matrix(rng, n, 4), K: matrix(rng, n, 4), values: matrix(rng, n, 3) }),
    (rng, n) => {
      const c = matrix(rng, n, 3);
      return (p) => {
        const { Q, K, values } = p as unknown as { Q: M; K: M; values: M };
        const rows = Q.map((q, i) => {
          const weights = softmax(K.slice(0, i + 1).map((k) => dot(q, k).times(0.5)));
          return values[0].map((_, j) => sum(weights.map((w, t) => w.times(values[t][j]))));
        });
        return sum(rows.map((row, i) => sum(row.map((y, j) => y.times(c[i][j])))));
      };
    },
  ),
  define(
    'Gaussian likelihood with Cholesky',
    (rng, n) => ({ a: vector(rng, n), mu: vector(rng, n) }),
    (rng, n) => {
      const y = vector(rng, n, 2);
      return (p, tape) => {
        const { a, mu } = p as unknown as { a: V[]; mu: V[] };
        const A = a.map((ai, i) => a.map((aj, j) => (i === j ? ai.times(aj).plus(2 + i) : ai.times(aj).times(0.5))));
        const L: M = A.map((row) => row.map(() => new V(tape, 0)));
        for (let i = 0; i < n; i++)
          for (let j = 0; j <= i; j++) {
            let s = A[i][j];
            for (let k = 0; k < j; k++) s = s.minus(L[i][k].times(L[j][k]));
            L[i][j] = i === j ? s.sqrt() : s.over(L[j][j]);
          }
        const z: V[] = [];
        for (let i = 0; i < n; i++) {
          let s = new V(tape, y[i]).minus(mu[i]);
          for (let k = 0; k < i; k++) s = s.minus(L[i][k].times(z[k]));
          z.push(s.over(L[i][i]));
        }
        return sum(z.map((x) => x.square().times(0.5))).plus(sum(L.map((row, i) => row[i].log())));
      };
    },
  ),
  define(
    'pendulum by Runge-Kutta',
    (rng) => ({ start: vector(rng, 2), k: Math.abs(rng.normal()) + 0.5, damping: Math.abs(rng.normal()) * 0.3 }),
    () => (p) => {
      const { start, k, damping } = p as unknown as { start: V[]; k: V; damping: V };
      const rate = ([q, v]: readonly V[]): V[] => [v, q.sin().times(k).plus(v.times(damping)).times(-1)];
      const step = (s: readonly V[], d: readonly V[], h: number): V[] => s.map((x, i) => x.plus(d[i].times(h)));
      let s: V[] = [...start];
      for (let n = 0; n < 8; n++) {
        const a = rate(s);
        const b = rate(step(s, a, 0.05));
        const c = rate(step(s, b, 0.05));
        const d = rate(step(s, c, 0.1));
        s = s.map((x, i) => x.plus(sum([a[i], b[i].times(2), c[i].times(2), d[i]]).times(0.1 / 6)));
      }
      return s[0].square().plus(s[1]);
    },
  ),
  define(
    'cubic Hermite spline',
    (rng, n) => ({ knots: vector(rng, n + 2), slopes: vector(rng, n + 2) }),
    (rng, n) => {
      const at = Array.from({ length: 9 }, () => rng.uniform() * (n + 1));
      return (p) => {
        const { knots, slopes } = p as unknown as { knots: V[]; slopes: V[] };
        return mean(
          at.map((x) => {
            const [i, t] = [Math.floor(x), x - Math.floor(x)];
            const h = [2 * t ** 3 - 3 * t ** 2 + 1, t ** 3 - 2 * t ** 2 + t, 3 * t ** 2 - 2 * t ** 3, t ** 3 - t ** 2];
            return sum([
              knots[i].times(h[0]),
              slopes[i].times(h[1]),
              knots[i + 1].times(h[2]),
              slopes[i + 1].times(h[3]),
            ]).square();
          }),
        );
      };
    },
  ),
  define(
    'k-means',
    (rng, n) => ({ centres: matrix(rng, 3, n) }),
    (rng, n) => {
      const X = matrix(rng, 12, n, 2);
      return (p) => {
        const { centres } = p as unknown as { centres: M };
        return mean(
          X.map((x) => maxOf(centres.map((c) => sum(c.map((y, j) => y.minus(x[j]).square())).times(-1))).times(-1)),
        );
      };
    },
    true,
  ),
  define(
    'triplet loss',
    (rng, n) => ({ anchor: vector(rng, n), positive: vector(rng, n), negative: vector(rng, n) }),
    () => (p) => {
      const { anchor, positive, negative } = p as unknown as Record<string, V[]>;
      const distance = (a: V[], b: V[]): V =>
        sum(a.map((x, i) => x.minus(b[i]).square()))
          .plus(1e-6)
          .sqrt();
      return distance(anchor, positive).minus(distance(anchor, negative)).plus(5).relu();
    },
    true,
  ),
  define(
    'contrastive loss over pairs',
    (rng, n) => ({ a: matrix(rng, 4, n), b: matrix(rng, 4, n) }),
    () => (p) => {
      const { a, b } = p as unknown as { a: M; b: M };
      return mean(
        a.map((x, i) =>
          crossEntropy(
            b.map((y) => dot(x, y).times(0.3)),
            i,
          ),
        ),
      );
    },
  ),
  define(
    'soft edit distance',
    (rng, n) => ({ costs: matrix(rng, n + 1, n + 2).map((row) => row.map(Math.abs)) }),
    () => (p, tape) => {
      const { costs } = p as unknown as { costs: M };
      const softMin = (x: readonly V[]): V => logSumExp(x.map((y) => y.times(-1))).times(-1);
      let above = costs[0].map((_, j) => new V(tape, j));
      for (const row of costs) {
        const now: V[] = [above[0].plus(1)];
        for (let j = 1; j < row.length; j++)
          now.push(softMin([above[j].plus(1), now[j - 1].plus(1), above[j - 1].plus(row[j])]));
        above = now;
      }
      return above[above.length - 1].square();
    },
  ),
  define(
    'product of complex numbers',
    (rng, n) => ({ re: vector(rng, n), im: vector(rng, n) }),
    () => (p) => {
      const { re, im } = p as unknown as { re: V[]; im: V[] };
      let [a, b] = [re[0], im[0]];
      for (let k = 1; k < re.length; k++)
        [a, b] = [a.times(re[k]).minus(b.times(im[k])), a.times(im[k]).plus(b.times(re[k]))];
      return a.plus(b.times(2));
    },
  ),
  define(
    'sum of absolute values',
    (rng, n) => ({ x: vector(rng, 3 * n) }),
    (rng, n) => {
      const c = vector(rng, 3 * n);
      return (p) => sum((p as unknown as { x: V[] }).x.map((y, i) => y.minus(c[i]).abs()));
    },
    true,
  ),
  define(
    'a block of a GPT',
    (rng, n) => ({
      x: matrix(rng, 3, n),
      attention: matrix(rng, n, 3 * n, 0.5),
      out: matrix(rng, n, n, 0.5),
      up: matrix(rng, n, 2 * n, 0.5),
      down: matrix(rng, 2 * n, n, 0.5),
    }),
    (_rng, n) => (p) => {
      const { x, attention, out, up, down } = p as unknown as Record<string, M>;
      const qkv = x.map((row) => product(normalized(row, 0.1), attention));
      const h = x.map((row, i) => {
        const [q, keys] = [qkv[i].slice(0, n), qkv.slice(0, i + 1).map((y) => y.slice(n, 2 * n))];
        const weights = softmax(keys.map((k) => dot(q, k).times(1 / Math.sqrt(n))));
        const mixed = q.map((_, j) => sum(weights.map((w, t) => w.times(qkv[t][2 * n + j]))));
        return added(row, product(mixed, out));
      });
      const gelu = (z: V): V =>
        z.times(
          z
            .plus(z.square().times(z).times(0.044715))
            .times(Math.sqrt(8 / Math.PI))
            .sigmoid(),
        );
      const y = h.map((row) => added(row, product(product(normalized(row, 0.1), up).map(gelu), down)));
      return mean(y.map((row, i) => crossEntropy(row, i % n)));
    },
  ),
  define(
    'Rosenbrock',
    (rng, n) => ({ x: vector(rng, n + 1) }),
    () => (p) => {
      const { x } = p as unknown as { x: V[] };
      return sum(x.slice(1).map((y, i) => y.minus(x[i].square()).square().times(100).plus(x[i].minus(1).square())));
    },
  ),
];

export const BY_HAND: readonly TestFunction[] = [...LOSSES, ...LAYERS, ...SEQUENCES, ...NUMERICS];
export const FUNCTIONS: readonly TestFunction[] = [...ON_TAPE, ...BY_HAND];

/** Parameters and the function in a precision. */
export interface Drawn {
  readonly at: Params;
  readonly f: ValueAndGradient;
}

/** One of them, drawn. */
export function drawn(one: TestFunction, rng: Rng, round: Rounding, bug?: (name: string) => boolean): Drawn {
  const n = 2 + rng.below(5);
  const at = one.parameters(rng, n);
  return { at, f: one.build(rng, n, round, bug) };
}

/** Parameters in another unit: x = s · y, so that f(s y) has the gradient s f'. */
export function inUnits(one: Drawn, scale: number): Drawn {
  const times = (x: Nested, s: number): Nested => (typeof x === 'number' ? x * s : x.map((y) => times(y, s)));
  const all = (p: Params, s: number): Params =>
    Object.fromEntries(Object.entries(p).map(([name, x]) => [name, times(x, s)]));
  return {
    at: all(one.at, scale),
    f: (p) => {
      const { value, gradient } = one.f(all(p, 1 / scale));
      return { value, gradient: all(gradient, 1 / scale) };
    },
  };
}

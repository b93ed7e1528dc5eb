// Functions that gradient checkers are compared on, with their gradients by hand. The same are in
// gradients.py. Parameters are one flat vector.
import { createRng } from '../../../src/numeric/rng.ts';
import type { Rng } from '../../../src/numeric/rng.ts';

export interface Compared {
  readonly name: string;
  readonly at: readonly number[];
  /** What gradients.py needs beside the parameters. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Rounds each intermediate result to the precision. */
  readonly ask: (p: Float64Array, r: (x: number) => number) => { value: number; gradient: Float64Array };
}

const normals = (rng: Rng, n: number, scale = 1): number[] => Array.from({ length: n }, () => scale * rng.normal());
const rows = (x: readonly number[], width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, i) => x.slice(i * width, (i + 1) * width));

/** Mean logistic loss; w (30), b. */
function logistic(rng: Rng): Compared {
  const [X, y] = [rows(normals(rng, 40 * 30), 30), Array.from({ length: 40 }, (_, i) => i % 2)];
  return {
    ...{ name: 'logistic regression', at: normals(rng, 31, 0.3), data: { X, y } },
    ask(p, r) {
      const gradient = new Float64Array(31);
      let value = 0;
      X.forEach((x, i) => {
        const z = r(x.reduce((s, xj, j) => s + xj * p[j], p[30]));
        value += r(Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - y[i] * z) / 40;
        const d = (1 / (1 + Math.exp(-z)) - y[i]) / 40;
        x.forEach((xj, j) => (gradient[j] += d * xj));
        gradient[30] += d;
      });
      return { value: r(value), gradient: gradient.map(r) };
    },
  };
}

/** tanh network 20-16-5 with cross-entropy; W1 (20, 16), b1, W2 (16, 5), b2. */
function network(rng: Rng): Compared {
  const [I, H, O, B] = [20, 16, 5, 8];
  const X = rows(normals(rng, B * I), I);
  const [b1, W2, b2] = [I * H, I * H + H, I * H + H + H * O];
  return {
    ...{ name: 'tanh network 20-16-5', at: normals(rng, b2 + O, 0.3), data: { X } },
    ask(p, r) {
      const g = new Float64Array(b2 + O);
      let value = 0;
      X.forEach((x, n) => {
        const a = Array.from({ length: H }, (_, k) =>
          r(Math.tanh(x.reduce((s, xi, i) => s + xi * p[i * H + k], p[b1 + k]))),
        );
        const z = Array.from({ length: O }, (_, o) => r(a.reduce((s, ak, k) => s + ak * p[W2 + k * O + o], p[b2 + o])));
        const most = Math.max(...z);
        const total = z.reduce((s, zo) => s + Math.exp(zo - most), 0);
        value += r(most + Math.log(total) - z[n % O]) / B;
        const dz = z.map((zo, o) => (Math.exp(zo - most) / total - Number(o === n % O)) / B);
        dz.forEach((d, o) => {
          g[b2 + o] += d;
          a.forEach((ak, k) => (g[W2 + k * O + o] += ak * d));
        });
        a.forEach((ak, k) => {
          const d = dz.reduce((s, dzo, o) => s + dzo * p[W2 + k * O + o], 0) * (1 - ak * ak);
          g[b1 + k] += d;
          x.forEach((xi, i) => (g[i * H + k] += xi * d));
        });
      });
      return { value: r(value), gradient: g.map(r) };
    },
  };
}

/** Causal attention of 8 words of width 6, weighted by c; Q, K, V (8, 6). */
function attention(rng: Rng): Compared {
  const [T, D] = [8, 6];
  const c = rows(normals(rng, T * D), D);
  const scale = 1 / Math.sqrt(D);
  return {
    ...{ name: 'causal attention', at: normals(rng, 3 * T * D), data: { c } },
    ask(p, r) {
      const [K, V] = [T * D, 2 * T * D];
      const g = new Float64Array(3 * T * D);
      let value = 0;
      for (let i = 0; i < T; i++) {
        const s = Array.from({ length: i + 1 }, (_, t) => {
          let sum = 0;
          for (let k = 0; k < D; k++) sum += p[i * D + k] * p[K + t * D + k];
          return r(sum * scale);
        });
        const most = Math.max(...s);
        const e = s.map((x) => Math.exp(x - most));
        const total = e.reduce((x, y) => x + y, 0);
        const w = e.map((x) => r(x / total));
        const dw = w.map((_, t) => c[i].reduce((sum, ck, k) => sum + ck * p[V + t * D + k], 0));
        value += r(w.reduce((sum, wt, t) => sum + wt * dw[t], 0));
        const inner = w.reduce((sum, wt, t) => sum + wt * dw[t], 0);
        w.forEach((wt, t) => {
          const ds = wt * (dw[t] - inner) * scale;
          for (let k = 0; k < D; k++) {
            g[i * D + k] += ds * p[K + t * D + k];
            g[K + t * D + k] += ds * p[i * D + k];
            g[V + t * D + k] += wt * c[i][k];
          }
        });
      }
      return { value: r(value), gradient: g.map(r) };
    },
  };
}

export const COMPARED: readonly Compared[] = [logistic, network, attention].map((make) =>
  make(createRng(1, make.name)),
);

/** Mistakes in a flat gradient; gradients.py has the same. */
export const MISTAKES = {
  none: (g) => g,
  twice: (g) => g.map((x) => 2 * x),
  negated: (g) => g.map((x) => -x),
  'times 1.001': (g) => g.map((x) => 1.001 * x),
  'the last entry zero': (g) => g.map((x, i) => (i === g.length - 1 ? 0 : x)),
  'one entry 1 % off': (g) => g.map((x, i) => (i === 7 ? 1.01 * x : x)),
  'one entry 1e-4 off': (g) => g.map((x, i) => (i === 7 ? 1.0001 * x : x)),
  'one entry 1e-7 off': (g) => g.map((x, i) => (i === 7 ? (1 + 1e-7) * x : x)),
  'two entries exchanged': (g) => g.map((x, i) => (i === 7 ? g[8] : i === 8 ? g[7] : x)),
  'weight decay left in': (g, p) => g.map((x, i) => x + 1e-3 * p[i]),
} as const satisfies Record<string, (g: Float64Array, p: Float64Array) => Float64Array>;

// Layers of neural networks with their backward passes by hand.
import type { TestFunction } from '../functions.ts';
import type { Rounding } from '../tape.ts';
import {
  byHand,
  column,
  dot,
  logSumExp,
  matrix,
  sigmoid,
  softmax,
  sum,
  times,
  vector,
  zeros,
  zeros2,
  zerosLike,
} from './define.ts';

/** Σ c y² / 2 over rows: something to differentiate outputs by. */
const energy = (y: readonly number[][], c: readonly number[][], r: Rounding): [number, number[][]] => [
  r(sum(y.length, (i) => sum(y[i].length, (j) => r((c[i][j] * y[i][j] * y[i][j]) / 2)))),
  y.map((row, i) => row.map((x, j) => c[i][j] * x)),
];

const network = (act: 'tanh' | 'relu'): TestFunction =>
  byHand(
    `network with ${act}`,
    (rng, n) => ({
      W1: matrix(rng, n, 5, 0.5),
      b1: vector(rng, 5, 0.3),
      W2: matrix(rng, 5, 3, 0.5),
      b2: vector(rng, 3, 0.3),
    }),
    (rng, n) => {
      const X = matrix(rng, 5, n);
      return (p, r, bug) => {
        const g = zerosLike(p);
        let value = 0;
        X.forEach((x, i) => {
          const z = p.b1.map((b, k) => r(b + dot(x, column(p.W1, k))));
          const a = z.map((y) => (act === 'tanh' ? r(Math.tanh(y)) : Math.max(0, y)));
          const s = p.b2.map((b, k) => r(b + dot(a, column(p.W2, k))));
          value += r(logSumExp(s, r) - s[i % 3]) / 5;
          const ds = softmax(s, r).map((q, k) => (q - Number(k === i % 3)) / 5);
          const da = a.map((_, j) => dot(p.W2[j], ds));
          if (bug('W2 is transposed in the backward pass'))
            da.forEach((_, j) => (da[j] = sum(3, (k) => p.W2[(j + k) % 5][k] * ds[k])));
          const slope = (y: number, aj: number): number => {
            if (bug('no derivative of the activation')) return 1;
            if (act === 'relu') return y > 0 ? 1 : 0;
            return bug('the derivative at z in place of a') ? 1 - y * y : 1 - aj * aj;
          };
          const dz = da.map((d, j) => d * slope(z[j], a[j]));
          ds.forEach((d, k) => {
            g.b2[k] += d;
            const h = bug('dW2 has the scores before the activation') ? z : a;
            h.forEach((y, j) => (g.W2[j][k] += y * d));
          });
          dz.forEach((d, k) => {
            g.b1[k] = bug('b1 is overwritten, not added to') ? d : g.b1[k] + d;
            x.forEach((xj, j) => (g.W1[j][k] += xj * d));
          });
        });
        return { value, gradient: g };
      };
    },
    act === 'relu',
  );

export const LAYERS: readonly TestFunction[] = [
  network('tanh'),
  network('relu'),
  byHand(
    'convolution with stride and padding',
    (rng, n) => ({ x: matrix(rng, n + 3, n + 2), kernel: matrix(rng, 3, 3), bias: rng.normal() }),
    (rng, n) => {
      const [rows, cols] = [Math.floor((n + 4) / 2), Math.floor((n + 3) / 2)];
      const c = matrix(rng, rows, cols);
      return ({ x, kernel, bias }, r, bug) => {
        const inside = (a: number, b: number): boolean => a >= 0 && b >= 0 && a < x.length && b < x[0].length;
        const at = (a: number, b: number): number => (inside(a, b) ? x[a][b] : 0);
        const y = times(rows, (i) =>
          times(cols, (j) =>
            r(
              bias +
                sum(
                  9,
                  (k) => kernel[Math.floor(k / 3)][k % 3] * at(2 * i + Math.floor(k / 3) - 1, 2 * j + (k % 3) - 1),
                ),
            ),
          ),
        );
        const [value, dy] = energy(y, c, r);
        const g = zerosLike({ x, kernel, bias });
        const offset = bug('the padding is forgotten') ? 0 : 1;
        const flip = bug('the kernel is flipped');
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < cols; j++)
            for (let a = 0; a < 3; a++)
              for (let b = 0; b < 3; b++) {
                const [s, t] = [2 * i + a - offset, 2 * j + b - offset];
                g.kernel[a][b] += dy[i][j] * at(s, t);
                if (inside(s, t)) g.x[s][t] += dy[i][j] * (flip ? kernel[2 - a][2 - b] : kernel[a][b]);
              }
        g.bias = sum(rows, (i) => sum(cols, (j) => dy[i][j])) / (bug('the bias is a mean') ? rows * cols : 1);
        return { value, gradient: g };
      };
    },
  ),
  byHand(
    'transposed convolution',
    (rng, n) => ({ x: vector(rng, n + 1), kernel: vector(rng, 4) }),
    (rng, n) => {
      const c = vector(rng, 2 * n + 4);
      return ({ x, kernel }, r, bug) => {
        const y = zeros(2 * n + 4);
        x.forEach((xi, i) => kernel.forEach((k, a) => (y[2 * i + a] = r(y[2 * i + a] + xi * k))));
        const dy = y.map((v, t) => c[t] * v);
        const stride = bug('the stride is forgotten') ? 1 : 2;
        return {
          value: r(sum(y.length, (t) => (c[t] * y[t] * y[t]) / 2)),
          gradient: {
            x: x.map((_, i) => sum(4, (a) => dy[stride * i + a] * kernel[a])),
            kernel: kernel.map((_, a) =>
              sum(x.length, (i) => dy[2 * i + (bug('the kernel is reversed') ? 3 - a : a)] * x[i]),
            ),
          },
        };
      };
    },
  ),
  byHand(
    'average pooling without the padding',
    (rng, n) => ({ x: matrix(rng, n + 2, n + 3) }),
    (rng, n) => {
      const c = matrix(rng, n + 2, n + 3);
      return ({ x }, r, bug) => {
        const [rows, cols] = [n + 2, n + 3];
        const windowOf = (i: number, j: number): [number, number][] =>
          times(9, (k): [number, number] => [i + Math.floor(k / 3) - 1, j + (k % 3) - 1]).filter(
            ([a, b]) => a >= 0 && b >= 0 && a < rows && b < cols,
          );
        const y = x.map((row, i) =>
          row.map((_, j) => {
            const seen = windowOf(i, j);
            return r(seen.reduce((s, [a, b]) => s + x[a][b], 0) / seen.length);
          }),
        );
        const [value, dy] = energy(y, c, r);
        const g = zeros2(rows, cols);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < cols; j++) {
            const seen = windowOf(i, j);
            for (const [a, b] of seen)
              g[a][b] += dy[i][j] / (bug('the padding counts at the border') ? 9 : seen.length);
          }
        if (bug('not divided at all')) return { value, gradient: { x: g.map((row) => row.map((d) => 9 * d)) } };
        return { value, gradient: { x: g } };
      };
    },
  ),
  byHand(
    'max pooling in one dimension',
    (rng, n) => ({ x: vector(rng, 3 * n + 1) }),
    (rng, n) => {
      const c = vector(rng, 3 * n);
      return ({ x }, r, bug) => {
        const g = zeros(x.length);
        let value = 0;
        for (let i = 0; i + 2 < x.length; i++) {
          const places = [i, i + 1, i + 2];
          const best = places.reduce((a, b) => (x[b] > x[a] ? b : a));
          value = r(value + (c[i] * x[best] * x[best]) / 2);
          const d = c[i] * x[best];
          if (bug('windows that overlap overwrite')) g[best] = d;
          else if (bug('spread over the window')) for (const a of places) g[a] += d / 3;
          else g[best] += d;
        }
        return { value, gradient: { x: g } };
      };
    },
    true,
  ),
  byHand(
    'batch normalisation',
    (rng, n) => ({ x: matrix(rng, 6, n), gamma: vector(rng, n), beta: vector(rng, n) }),
    (rng, n) => {
      const c = matrix(rng, 6, n);
      return ({ x, gamma, beta }, r, bug) => {
        const m = times(n, (j) => r(sum(6, (i) => x[i][j]) / 6));
        const s = times(n, (j) => r(Math.sqrt(sum(6, (i) => (x[i][j] - m[j]) ** 2) / 6 + 1e-5)));
        const h = x.map((row) => row.map((v, j) => r((v - m[j]) / s[j])));
        const [value, dy] = energy(
          h.map((row) => row.map((v, j) => r(gamma[j] * v + beta[j]))),
          c,
          r,
        );
        const dh = dy.map((row) => row.map((d, j) => d * gamma[j]));
        const mean = times(n, (j) => sum(6, (i) => dh[i][j]) / 6);
        const cov = times(n, (j) => sum(6, (i) => dh[i][j] * h[i][j]) / 6);
        const [noMean, noCov] = [bug('the mean is held fixed'), bug('the variance is held fixed')];
        const dx = dh.map((row, i) =>
          row.map((d, j) => (d - (noMean ? 0 : mean[j]) - (noCov ? 0 : cov[j] * h[i][j])) / s[j]),
        );
        const forGamma = bug('gamma has x in place of x normalised') ? x : h;
        return {
          value,
          gradient: {
            x: dx,
            gamma: gamma.map((_, j) => sum(6, (i) => dy[i][j] * forGamma[i][j])),
            beta: beta.map((_, j) => sum(6, (i) => (bug('beta has dh in place of dy') ? dh : dy)[i][j])),
          },
        };
      };
    },
  ),
  byHand(
    'layer normalisation',
    (rng, n) => ({ x: matrix(rng, 3, n + 2), gain: vector(rng, n + 2), shift: vector(rng, n + 2) }),
    (rng, n) => {
      const N = n + 2;
      const c = matrix(rng, 3, N);
      return ({ x, gain, shift }, r, bug) => {
        const m = x.map((row) => r(sum(N, (j) => row[j]) / N));
        const s = x.map((row, i) => r(Math.sqrt(sum(N, (j) => (row[j] - m[i]) ** 2) / N + 1e-5)));
        const h = x.map((row, i) => row.map((v) => r((v - m[i]) / s[i])));
        const [value, dy] = energy(
          h.map((row) => row.map((v, j) => r(gain[j] * v + shift[j]))),
          c,
          r,
        );
        const dh = dy.map((row) => row.map((d, j) => d * (bug('the gain is forgotten in dx') ? 1 : gain[j])));
        const dx = dh.map((row, i) => {
          const [a, b] = [sum(N, (j) => row[j]) / N, dot(row, h[i]) / (bug('divided by N - 1') ? N - 1 : N)];
          return row.map((d, j) => (d - a - b * h[i][j]) / s[i]);
        });
        const dgain = gain.map((_, j) => sum(3, (i) => dy[i][j] * h[i][j]));
        const dshift = shift.map((_, j) => sum(3, (i) => dy[i][j]));
        if (bug('gain and shift exchanged')) return { value, gradient: { x: dx, gain: dshift, shift: dgain } };
        return { value, gradient: { x: dx, gain: dgain, shift: dshift } };
      };
    },
  ),
  byHand(
    'rms norm',
    (rng, n) => ({ x: vector(rng, n + 2), gain: vector(rng, n + 2) }),
    (rng, n) => {
      const c = vector(rng, n + 2);
      return ({ x, gain }, r, bug) => {
        const N = n + 2;
        const length = r(Math.sqrt(dot(x, x) / N + 1e-6));
        const h = x.map((v) => r(v / length));
        const dh = gain.map((k, i) => k * c[i]);
        const inner = dot(dh, h) / (bug('a sum in place of the mean') ? 1 : N);
        return {
          value: r(dot(h, dh)),
          gradient: {
            x: h.map((v, i) => (dh[i] - (bug('the length is held fixed') ? 0 : inner * v)) / length),
            gain: h.map((v, i) => v * c[i]),
          },
        };
      };
    },
  ),
  byHand(
    'embedding with a repeated word and positions',
    (rng, n) => ({ table: matrix(rng, 8, n), positions: matrix(rng, 5, n), w: vector(rng, n) }),
    () =>
      ({ table, positions, w }, r, bug) => {
        const ids = [3, 1, 3, 7];
        const h = ids.map((id, t) => w.map((_, k) => r(Math.tanh(table[id][k] + positions[t][k]))));
        const g = zerosLike({ table, positions, w });
        let value = 0;
        ids.forEach((id, t) => {
          value = r(value + dot(h[t], w));
          w.forEach((wk, k) => {
            const dz = wk * (1 - h[t][k] ** 2);
            g.table[id][k] = bug('a word that comes twice is overwritten') ? dz : g.table[id][k] + dz;
            g.positions[bug('positions begin at 1') ? t + 1 : t][k] += dz;
            g.w[k] += h[t][k];
          });
        });
        return { value, gradient: g };
      },
  ),
  byHand(
    'sinusoidal positions with a learned scale',
    (rng, n) => ({ x: matrix(rng, 5, n), frequencies: times(n, (k) => 1.5 ** -k), scale: 1 + 0.2 * rng.normal() }),
    (rng, n) => {
      const c = matrix(rng, 5, n);
      return ({ x, frequencies, scale }, r, bug) => {
        const wave = x.map((row, t) => row.map((_, k) => r((k % 2 === 0 ? Math.sin : Math.cos)(t * frequencies[k]))));
        const slope = x.map((row, t) =>
          row.map((_, k) =>
            k % 2 === 0
              ? Math.cos(t * frequencies[k])
              : (bug('the sign of the cosine') ? 1 : -1) * Math.sin(t * frequencies[k]),
          ),
        );
        const [value, dy] = energy(
          x.map((row, t) => row.map((v, k) => r(v + scale * wave[t][k]))),
          c,
          r,
        );
        const time = (t: number): number => (bug('the position is forgotten') ? 1 : t);
        return {
          value,
          gradient: {
            x: dy,
            frequencies: frequencies.map((_, k) => scale * sum(5, (t) => dy[t][k] * slope[t][k] * time(t))),
            scale: sum(5, (t) => dot(dy[t], wave[t])),
          },
        };
      };
    },
  ),
  byHand(
    'gated linear unit with swish',
    (rng, n) => ({ W: matrix(rng, n, 4, 0.5), V: matrix(rng, n, 4, 0.5) }),
    (rng, n) => {
      const [X, c] = [matrix(rng, 3, n), matrix(rng, 3, 4)];
      return ({ W, V }, r, bug) => {
        const z = X.map((x) => times(4, (k) => r(dot(x, column(W, k)))));
        const v = X.map((x) => times(4, (k) => r(dot(x, column(V, k)))));
        const s = z.map((row) => row.map((y) => r(sigmoid(y))));
        const [value, dy] = energy(
          z.map((row, i) => row.map((y, k) => r(y * s[i][k] * v[i][k]))),
          c,
          r,
        );
        const dz = dy.map((row, i) =>
          row.map(
            (d, k) =>
              d *
              v[i][k] *
              (bug("the sigmoid alone is swish's slope") ? s[i][k] : s[i][k] * (1 + z[i][k] * (1 - s[i][k]))),
          ),
        );
        const dv = dy.map((row, i) =>
          row.map((d, k) => d * (bug('the gate is not activated') ? z[i][k] : z[i][k] * s[i][k])),
        );
        const back = (d: number[][]): number[][] => times(n, (j) => times(4, (k) => sum(3, (i) => X[i][j] * d[i][k])));
        return { value, gradient: { W: back(dz), V: back(dv) } };
      };
    },
  ),
  byHand(
    'dropout with a residual',
    (rng, n) => ({ x: matrix(rng, 4, n), W: matrix(rng, n, n, 0.5) }),
    (rng, n) => {
      const [keep, c] = [times(4, () => times(n, () => Number(rng.uniform() < 0.7))), matrix(rng, 4, n)];
      return ({ x, W }, r, bug) => {
        const h = x.map((row) => times(n, (k) => r(Math.tanh(dot(row, column(W, k))))));
        const [value, dy] = energy(
          x.map((row, i) => row.map((v, k) => r(v + (h[i][k] * keep[i][k]) / 0.7))),
          c,
          r,
        );
        const dz = dy.map((row, i) =>
          row.map(
            (d, k) =>
              (bug('no mask in the backward pass') ? d : (d * keep[i][k]) / (bug('the mask is not scaled') ? 1 : 0.7)) *
              (1 - h[i][k] ** 2),
          ),
        );
        const skip = bug('the residual is forgotten') ? 0 : 1;
        return {
          value,
          gradient: {
            x: dy.map((row, i) => row.map((d, k) => skip * d + dot(dz[i], W[k]))),
            W: W.map((row, j) => row.map((_, k) => sum(4, (i) => x[i][j] * dz[i][k]))),
          },
        };
      };
    },
  ),
];

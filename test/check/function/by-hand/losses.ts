// Losses and regressions with their gradients by hand.
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
  zerosLike,
} from './define.ts';
import type { TestFunction } from '../functions.ts';

export const LOSSES: readonly TestFunction[] = [
  byHand(
    'logistic regression',
    (rng, n) => ({ w: vector(rng, n), b: rng.normal() }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 7, n), times(7, (i) => i % 2)];
      return ({ w, b }, r, bug) => {
        const z = X.map((x) => r(dot(x, w) + b));
        const losses = z.map((zi, i) => r(r(Math.log1p(Math.exp(-Math.abs(zi)))) + Math.max(zi, 0) - y[i] * zi));
        const over = bug('a sum in place of the mean') ? 1 : 7;
        const d = z.map((zi, i) => (sigmoid(zi) - y[i]) / over);
        if (bug('labels of -1 and 1')) d.forEach((_, i) => (d[i] = (sigmoid(z[i]) - (2 * y[i] - 1)) / over));
        const db = bug('the bias has the last example alone') ? d[6] : sum(7, (i) => d[i]);
        return { value: sum(7, (i) => losses[i]) / 7, gradient: { w: w.map((_, j) => dot(d, column(X, j))), b: db } };
      };
    },
  ),
  byHand(
    'softmax regression with label smoothing',
    (rng, n) => ({ W: matrix(rng, n, 3), b: vector(rng, 3) }),
    (rng, n) => {
      const X = matrix(rng, 6, n);
      return ({ W, b }, r, bug) => {
        const g = zerosLike({ W, b });
        let value = 0;
        X.forEach((x, i) => {
          const z = b.map((bk, k) => r(bk + dot(x, column(W, k))));
          const target = times(3, (k) => (k === i % 3 ? 0.9 : 0) + 0.1 / 3);
          value += r(logSumExp(z, r) - dot(target, z)) / 6;
          const q = softmax(z, r);
          const hot = bug('the label is not smoothed');
          const dz = q.map((qk, k) => (qk - (hot ? Number(k === i % 3) : target[k])) / 6);
          dz.forEach((d, k) => {
            g.b[k] += d;
            x.forEach((xj, j) => (g.W[j][k] += xj * d));
          });
        });
        if (bug('the bias is forgotten')) g.b = zeros(3);
        if (bug('the last input is forgotten')) g.W[n - 1] = zeros(3);
        return { value, gradient: g };
      };
    },
  ),
  byHand(
    'softmax with a temperature',
    (rng, n) => ({ z: vector(rng, n + 1), T: 0.5 + rng.uniform() }),
    (_rng, n) =>
      ({ z, T }, r, bug) => {
        const s = z.map((x) => r(x / T));
        const q = softmax(s, r);
        const ds = q.map((x, k) => x - Number(k === n));
        const dz = ds.map((d) => (bug('not divided by the temperature') ? d : d / T));
        const dT = -dot(ds, z) / (bug('the temperature is not squared') ? T : T * T);
        return { value: logSumExp(s, r) - s[n], gradient: { z: dz, T: dT } };
      },
  ),
  byHand(
    'Huber regression',
    (rng, n) => ({ w: vector(rng, n), b: rng.normal() }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 9, n), vector(rng, 9, 2)];
      return ({ w, b }, r, bug) => {
        const e = X.map((x, i) => r(r(dot(x, w) + b) - y[i]));
        const value = sum(9, (i) => r(Math.abs(e[i]) <= 1 ? (e[i] * e[i]) / 2 : Math.abs(e[i]) - 0.5));
        const d = e.map((x) => Math.max(-1, Math.min(1, x)));
        if (bug('not clipped')) d.forEach((_, i) => (d[i] = e[i]));
        if (bug('clipped to 0')) d.forEach((x, i) => (d[i] = Math.abs(x) === 1 ? 0 : x));
        return { value, gradient: { w: w.map((_, j) => dot(d, column(X, j))), b: sum(9, (i) => d[i]) } };
      };
    },
    true,
  ),
  byHand(
    'quantile regression',
    (rng, n) => ({ w: vector(rng, n) }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 9, n), vector(rng, 9, 2)];
      return ({ w }, r, bug) => {
        const e = X.map((x, i) => r(y[i] - r(dot(x, w))));
        const q = bug('the quantile the other way round') ? 0.8 : 0.2;
        const d = e.map((x) => (x > 0 ? -q : 1 - q));
        if (bug('the sign of the error')) d.forEach((x, i) => (d[i] = -x));
        return {
          value: sum(9, (i) => r(e[i] > 0 ? 0.2 * e[i] : -0.8 * e[i])) / 9,
          gradient: { w: w.map((_, j) => dot(d, column(X, j)) / 9) },
        };
      };
    },
    true,
  ),
  byHand(
    'multiclass hinge loss with weight decay',
    (rng, n) => ({ W: matrix(rng, n, 4) }),
    (rng, n) => {
      const X = matrix(rng, 6, n);
      return ({ W }, r, bug) => {
        const g = zerosLike({ W });
        let value = 0;
        X.forEach((x, i) => {
          const z = times(4, (k) => r(dot(x, column(W, k))));
          const label = i % 4;
          z.forEach((zk, k) => {
            const margin = r(zk - z[label] + 1);
            if (k === label || margin <= 0) return;
            value += margin / 6;
            x.forEach((xj, j) => {
              g.W[j][k] += xj / 6;
              if (!bug("the label's own column is forgotten")) g.W[j][label] -= xj / 6;
            });
          });
        });
        const decay = bug('the decay is not doubled') ? 0.1 : 0.2;
        W.forEach((row, j) =>
          row.forEach((w, k) => {
            value += 0.1 * w * w;
            g.W[j][k] += decay * w;
          }),
        );
        return { value, gradient: g };
      };
    },
    true,
  ),
  byHand(
    'focal loss',
    (rng, n) => ({ z: vector(rng, 2 * n) }),
    () =>
      ({ z }, r, bug) => {
        const p = z.map((x, i) => r(sigmoid(i % 2 === 0 ? x : -x)));
        const value = sum(z.length, (i) => -r((1 - p[i]) ** 2 * Math.log(p[i])));
        const dz = p.map((q, i) => {
          const first = 2 * (1 - q) * Math.log(q);
          const dp = (bug('the focus is held fixed') ? 0 : first) - (1 - q) ** 2 / q;
          const ds = dp * q * (1 - q);
          return i % 2 === 0 || bug('the sign of the negatives') ? ds : -ds;
        });
        return { value, gradient: { z: dz } };
      },
  ),
  byHand(
    'cosine similarity',
    (rng, n) => ({ a: vector(rng, n + 1), b: vector(rng, n + 1) }),
    () =>
      ({ a, b }, r, bug) => {
        const [la, lb] = [r(Math.sqrt(dot(a, a))), r(Math.sqrt(dot(b, b)))];
        const c = r(r(dot(a, b)) / r(la * lb));
        const da = a.map((x, i) => b[i] / (la * lb) - (bug('the length of a is held fixed') ? 0 : (c * x) / (la * la)));
        const db = b.map((x, i) => a[i] / (la * lb) - (c * x) / (bug('the length is not squared') ? lb : lb * lb));
        return { value: c, gradient: { a: da, b: db } };
      },
  ),
  byHand(
    'triplet loss',
    (rng, n) => ({ anchor: vector(rng, n), positive: vector(rng, n), negative: vector(rng, n) }),
    () =>
      ({ anchor, positive, negative }, r, bug) => {
        const [u, v] = [anchor.map((x, i) => r(x - positive[i])), anchor.map((x, i) => r(x - negative[i]))];
        const [du, dv] = [r(Math.sqrt(dot(u, u))), r(Math.sqrt(dot(v, v)))];
        const unit = (x: number[], length: number): number[] => x.map((y) => y / length);
        const [a, b] = [unit(u, du), unit(v, dv)];
        return {
          value: r(du - dv) + 8, // far from the hinge
          gradient: {
            anchor: a.map((x, i) => (bug('the anchor has the positive alone') ? x : x - b[i])),
            positive: a.map((x) => -x),
            negative: bug('the negative is pulled') ? b.map((x) => -x) : b,
          },
        };
      },
  ),
  byHand(
    'symmetric contrastive loss',
    (rng, n) => ({ a: matrix(rng, 4, n), b: matrix(rng, 4, n), logScale: -1 + 0.1 * rng.normal() }),
    () =>
      ({ a, b, logScale }, r, bug) => {
        const scale = r(Math.exp(logScale));
        const plain = a.map((x) => b.map((y) => r(dot(x, y))));
        const S = plain.map((row) => row.map((s) => r(s * scale)));
        const cols = S[0].map((_, j) => column(S, j));
        const value = sum(4, (i) => r(logSumExp(S[i], r) + logSumExp(cols[i], r) - 2 * S[i][i])) / 8;
        const [P, Q] = [S.map((row) => softmax(row, r)), cols.map((col) => softmax(col, r))];
        const dS = S.map((row, i) => row.map((_, j) => (P[i][j] + Q[j][i] - 2 * Number(i === j)) / 8));
        if (bug('columns have no softmax'))
          dS.forEach((row, i) => row.forEach((_, j) => (row[j] = (P[i][j] - Number(i === j)) / 4)));
        const dScale = sum(4, (i) => dot(dS[i], plain[i])) * (bug('the scale is not exponentiated') ? 1 : scale);
        return {
          value,
          gradient: {
            a: a.map((x, i) => x.map((_, k) => scale * sum(4, (j) => dS[i][j] * b[j][k]))),
            b: b.map((x, j) =>
              x.map((_, k) => scale * sum(4, (i) => (bug('dS is not transposed') ? dS[j][i] : dS[i][j]) * a[i][k])),
            ),
            logScale: dScale,
          },
        };
      },
  ),
  byHand(
    'Poisson regression',
    (rng, n) => ({ w: vector(rng, n, 0.4), b: 0.3 * rng.normal() }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 8, n), times(8, (i) => i % 4)];
      return ({ w, b }, r, bug) => {
        const z = X.map((x) => r(dot(x, w) + b));
        const d = z.map((s, i) => (bug('the rate is not exponentiated') ? s : Math.exp(s)) - y[i]);
        return {
          value: sum(8, (i) => r(r(Math.exp(z[i])) - y[i] * z[i])) / 8,
          gradient: { w: w.map((_, j) => dot(d, column(X, j)) / 8), b: sum(8, (i) => d[i]) / 8 },
        };
      };
    },
  ),
  byHand(
    'soft Dice loss',
    (rng, n) => ({ z: matrix(rng, n, 4) }),
    (_rng, n) =>
      ({ z }, r, bug) => {
        const p = z.map((row) => row.map((x) => r(sigmoid(x))));
        const y = z.map((row, i) => row.map((_, j) => Number((i + j) % 2 === 0)));
        const both = r(sum(n, (i) => dot(p[i], y[i])));
        const all = r(sum(n, (i) => sum(4, (j) => p[i][j] + y[i][j])) + 1);
        const dz = p.map((row, i) =>
          row.map((q, j) => {
            const dp = (-2 * y[i][j]) / all + (bug('the denominator is held fixed') ? 0 : (2 * both) / (all * all));
            return dp * (bug('no derivative of the sigmoid') ? 1 : q * (1 - q));
          }),
        );
        return { value: 1 - (2 * both) / all, gradient: { z: dz } };
      },
  ),
  byHand(
    'elastic net',
    (rng, n) => ({ w: vector(rng, n + 2) }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 6, n + 2), vector(rng, 6)];
      return ({ w }, r, bug) => {
        const e = X.map((x, i) => r(dot(x, w) - y[i]));
        const value = r(dot(e, e) / 2) + 0.3 * r(sum(w.length, (j) => Math.abs(w[j]))) + 0.1 * r(dot(w, w));
        const sign = (x: number): number => (bug('the sign is the number itself') ? x : Math.sign(x));
        const dw = w.map(
          (x, j) => dot(e, column(X, j)) + 0.3 * sign(x) + (bug('the square is not doubled') ? 0.1 : 0.2) * x,
        );
        return { value, gradient: { w: dw } };
      };
    },
    true,
  ),
  byHand(
    'matrix factorisation',
    (rng, n) => ({ U: matrix(rng, n, 3), V: matrix(rng, n + 1, 3) }),
    (rng, n) => {
      const [R, seen] = [matrix(rng, n, n + 1, 2), times(n, (i) => times(n + 1, (j) => (i + 2 * j) % 3 !== 0))];
      return ({ U, V }, r, bug) => {
        const all = bug('what was not seen counts, too');
        const e = U.map((u, i) => V.map((v, j) => r(dot(u, v) - R[i][j])));
        const d = e.map((row, i) => row.map((x, j) => (seen[i][j] || all ? 2 * x : 0)));
        const order = bug('the errors are not transposed');
        return {
          value: r(sum(n, (i) => sum(n + 1, (j) => (seen[i][j] ? e[i][j] ** 2 : 0)))),
          gradient: {
            U: U.map((u, i) => u.map((_, k) => dot(d[i], column(V, k)))),
            V: V.map((v, j) => v.map((_, k) => sum(n, (i) => (order ? d[j % n][i] : d[i][j]) * U[i][k]))),
          },
        };
      };
    },
  ),
];

// Statistics, geometry and solvers with their gradients by hand.
import type { TestFunction } from '../functions.ts';
import {
  byHand,
  column,
  dot,
  logSumExp,
  matrix,
  softmax,
  solve,
  sum,
  times,
  transposed,
  vector,
  zeros,
  zeros2,
  zerosLike,
} from './define.ts';

export const NUMERICS: readonly TestFunction[] = [
  byHand(
    'Gaussian likelihood with log deviations',
    (rng, n) => ({ mean: vector(rng, n), logDeviation: vector(rng, n, 0.5) }),
    (rng, n) => {
      const y = matrix(rng, 5, n);
      return ({ mean, logDeviation }, r, bug) => {
        const s = logDeviation.map((l) => r(Math.exp(-l)));
        const z = y.map((row) => row.map((v, j) => r((v - mean[j]) * s[j])));
        return {
          value: r(sum(5, (i) => sum(n, (j) => r(z[i][j] ** 2 / 2 + logDeviation[j])))),
          gradient: {
            mean: mean.map(
              (_, j) => -sum(5, (i) => z[i][j]) * (bug('the deviation once too often') ? s[j] ** 2 : s[j]),
            ),
            logDeviation: mean.map((_, j) =>
              sum(5, (i) => (bug('the normaliser is forgotten') ? 0 : 1) - z[i][j] ** 2),
            ),
          },
        };
      };
    },
  ),
  byHand(
    'Gaussian likelihood with a covariance',
    (rng, n) => ({ A: matrix(rng, n, n), y: vector(rng, n) }),
    (_rng, n) =>
      ({ A, y }, r, bug) => {
        const S = A.map((a, i) => A.map((b, j) => r(dot(a, b) + Number(i === j))));
        const L = zeros2(n, n);
        for (let i = 0; i < n; i++)
          for (let j = 0; j <= i; j++) {
            const s = r(S[i][j] - sum(j, (k) => L[i][k] * L[j][k]));
            L[i][j] = r(i === j ? Math.sqrt(s) : s / L[j][j]);
          }
        const alpha = solve(S, y, r);
        const inverse = times(n, (j) =>
          solve(
            S,
            times(n, (i) => Number(i === j)),
            r,
          ),
        );
        const quadratic = bug('the quadratic form is forgotten') ? 0 : 1;
        const dS = S.map((row, i) => row.map((_, j) => (inverse[j][i] - quadratic * alpha[i] * alpha[j]) / 2));
        const twice = bug('A is there twice') ? 1 : 2;
        return {
          value: r(sum(n, (i) => Math.log(L[i][i]))) + r(dot(y, alpha)) / 2,
          gradient: { A: A.map((_, i) => times(n, (k) => twice * dot(dS[i], column(A, k)))), y: alpha },
        };
      },
  ),
  byHand(
    'log-determinant',
    (rng, n) => ({ A: matrix(rng, n, n).map((row, i) => row.map((x, j) => x + (i === j ? 3 : 0))) }),
    (_rng, n) =>
      ({ A }, r, bug) => {
        const U = A.map((row) => [...row]);
        let value = 0;
        for (let k = 0; k < n; k++) {
          value = r(value + Math.log(Math.abs(U[k][k])));
          for (let i = k + 1; i < n; i++) {
            const q = r(U[i][k] / U[k][k]);
            for (let j = k; j < n; j++) U[i][j] = r(U[i][j] - q * U[k][j]);
          }
        }
        const inverse = times(n, (j) =>
          solve(
            A,
            times(n, (i) => Number(i === j)),
            r,
          ),
        ); // [j][i]: column j
        return { value, gradient: { A: bug('the inverse is not transposed') ? transposed(inverse) : inverse } };
      },
  ),
  byHand(
    'radial basis functions',
    (rng, n) => ({ c: vector(rng, 4), centres: matrix(rng, 4, n), logWidth: 0.2 * rng.normal() }),
    (rng, n) => {
      const [X, y] = [matrix(rng, 6, n), vector(rng, 6)];
      return ({ c, centres, logWidth }, r, bug) => {
        const gamma = r(Math.exp(-2 * logWidth) / 4);
        const square = X.map((x) => centres.map((m) => r(sum(n, (j) => (x[j] - m[j]) ** 2))));
        const K = square.map((row) => row.map((d) => r(Math.exp(-gamma * d))));
        const e = K.map((k, i) => r(dot(k, c) - y[i]));
        const g = zerosLike({ c, centres, logWidth });
        e.forEach((d, i) =>
          c.forEach((ck, k) => {
            g.c[k] += d * K[i][k];
            const dk = d * (bug('the weight is forgotten') ? 1 : ck) * K[i][k];
            g.logWidth += 2 * gamma * dk * square[i][k];
            centres[k].forEach(
              (m, j) => (g.centres[k][j] += (bug('the sign of the difference') ? -2 : 2) * gamma * dk * (X[i][j] - m)),
            );
          }),
        );
        return { value: dot(e, e) / 2, gradient: g };
      };
    },
  ),
  byHand(
    'Kalman filter',
    (rng) => ({ a: 0.8 + 0.1 * rng.normal(), logQ: 0.5 * rng.normal(), logR: 0.5 * rng.normal(), start: rng.normal() }),
    (rng) => {
      const y = vector(rng, 8, 2);
      return ({ a, logQ, logR, start }, r, bug) => {
        const [Q, R] = [r(Math.exp(logQ)), r(Math.exp(logR))];
        let [x, P, value] = [start, 1, 0];
        let [dx, dP, dv] = [[0, 0, 0, 1], zeros(4), zeros(4)]; // by a, logQ, logR, start
        for (const yt of y) {
          const [m, V] = [r(a * x), r(a * a * P + Q)];
          const dm = dx.map((d, k) => a * d + (k === 0 ? x : 0));
          const dV = dP.map(
            (d, k) => a * a * d + (k === 0 && !bug('a is not squared') ? 2 * a * P : 0) + (k === 1 ? Q : 0),
          );
          const [S, e] = [r(V + R), r(yt - m)];
          const dS = dV.map((d, k) => d + (k === 2 ? R : 0));
          value = r(value + (Math.log(S) + (e * e) / S) / 2);
          dv = dv.map((d, k) => d + (dS[k] / S - (2 * e * dm[k]) / S - (e * e * dS[k]) / (S * S)) / 2);
          const G = r(V / S);
          const dG = dV.map((d, k) => (bug('the gain is held fixed') ? 0 : d / S - (V * dS[k]) / (S * S)));
          [x, P] = [r(m + G * e), r((1 - G) * V)];
          dx = dm.map((d, k) => d * (1 - G) + dG[k] * e);
          dP = dV.map((d, k) => d * (1 - G) - dG[k] * V);
        }
        return { value, gradient: { a: dv[0], logQ: dv[1], logR: dv[2], start: dv[3] } };
      };
    },
  ),
  byHand(
    'mixture of Gaussians',
    (rng, n) => ({ logits: vector(rng, n), mean: vector(rng, n, 2), logDeviation: vector(rng, n, 0.3) }),
    (rng) => {
      const y = vector(rng, 7, 2);
      return ({ logits, mean, logDeviation }, r, bug) => {
        const w = softmax(logits, r);
        const g = zerosLike({ logits, mean, logDeviation });
        const norm = logSumExp(logits, r);
        let value = 0;
        for (const yt of y) {
          const z = mean.map((m, k) => r((yt - m) * Math.exp(-logDeviation[k])));
          const terms = z.map((x, k) => r(logits[k] - norm - logDeviation[k] - (x * x) / 2));
          value = r(value + logSumExp(terms, r));
          softmax(terms, r).forEach((q, k) => {
            g.logits[k] += q - (bug('the weights are not normalised') ? 0 : w[k]);
            const share = bug('the prior in place of the posterior') ? w[k] : q;
            g.mean[k] += share * z[k] * Math.exp(-logDeviation[k]);
            g.logDeviation[k] += q * (z[k] ** 2 - 1);
          });
        }
        return { value, gradient: g };
      };
    },
  ),
  byHand(
    'rotation by a quaternion',
    (rng) => ({ q: vector(rng, 4), v: vector(rng, 3) }),
    (rng) => {
      const c = vector(rng, 3);
      return ({ q, v }, r, bug) => {
        const length = r(Math.sqrt(dot(q, q)));
        const [w, x, y, z] = q.map((t) => r(t / length));
        const [a, b, d] = v;
        const R = [
          [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
          [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
          [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ].map((row) => row.map(r));
        const by = [
          [2 * (y * d - z * b), 2 * (z * a - x * d), 2 * (x * b - y * a)],
          [2 * (y * b + z * d), 2 * (y * a - 2 * x * b - w * d), 2 * (z * a + w * b - 2 * x * d)],
          [2 * (x * b - 2 * y * a + w * d), 2 * (x * a + z * d), 2 * (z * b - w * a - 2 * y * d)],
          [2 * (x * d - w * b - 2 * z * a), 2 * (y * d + w * a - 2 * z * b), 2 * (x * a + y * b)],
        ].map((row) => dot(row, c));
        const unit = [w, x, y, z];
        const inner = bug('the length is held fixed') ? 0 : dot(by, unit);
        return {
          value: sum(3, (i) => c[i] * r(dot(R[i], v))),
          gradient: {
            q: by.map((g, k) => (g - inner * unit[k]) / length),
            v: v.map((_, j) => (bug('the rotation is not turned back') ? dot(R[j], c) : dot(column(R, j), c))),
          },
        };
      };
    },
  ),
  byHand(
    'bilinear interpolation',
    (rng, n) => ({ picture: matrix(rng, n + 1, n + 1), at: times(4, () => [rng.uniform() * n, rng.uniform() * n]) }),
    (rng, n) => {
      const c = vector(rng, 4);
      return ({ picture, at }, r, bug) => {
        const g = zerosLike({ picture, at });
        let value = 0;
        at.forEach(([u, v], k) => {
          const [i, j] = [Math.min(Math.floor(u), n - 1), Math.min(Math.floor(v), n - 1)];
          const [s, t] = [u - i, v - j];
          const [p, q, a, b] = [picture[i][j], picture[i][j + 1], picture[i + 1][j], picture[i + 1][j + 1]];
          const y = r((1 - s) * (1 - t) * p + (1 - s) * t * q + s * (1 - t) * a + s * t * b);
          value = r(value + (c[k] * y * y) / 2);
          const d = c[k] * y;
          g.picture[i][j] += d * (1 - s) * (1 - t);
          g.picture[i][j + 1] += d * (1 - s) * t;
          g.picture[i + 1][j] += d * s * (1 - t);
          g.picture[i + 1][j + 1] += d * s * t;
          const [du, dv] = [d * ((1 - t) * (a - p) + t * (b - q)), d * ((1 - s) * (q - p) + s * (b - a))];
          g.at[k] = bug('rows and columns exchanged') ? [dv, du] : [du, dv];
          if (bug('the fourth corner is forgotten')) g.picture[i + 1][j + 1] -= d * s * t;
        });
        return { value, gradient: g };
      };
    },
    true,
  ),
  byHand(
    'spectral loss',
    (rng, n) => ({ x: vector(rng, 2 * n) }),
    (rng, n) => {
      const target = vector(rng, n + 1).map(Math.abs);
      return ({ x }, r, bug) => {
        const N = 2 * n;
        const turn = (k: number, t: number): number => (2 * Math.PI * k * t) / N;
        const g = zeros(N);
        let value = 0;
        for (let k = 0; k <= n; k++) {
          const re = r(sum(N, (t) => x[t] * Math.cos(turn(k, t))));
          const im = r(-sum(N, (t) => x[t] * Math.sin(turn(k, t))));
          const power = r(re * re + im * im);
          const e = r(power / N - target[k]);
          value = r(value + e * e);
          for (let t = 0; t < N; t++) {
            const sign = bug('the conjugate is forgotten') ? 1 : -1;
            g[t] +=
              ((4 * e) / (bug('not divided by the length') ? 1 : N)) *
              (re * Math.cos(turn(k, t)) + sign * im * Math.sin(turn(k, t)));
          }
        }
        return { value, gradient: { x: g } };
      };
    },
  ),
  byHand(
    'product of complex numbers',
    (rng, n) => ({ re: vector(rng, n), im: vector(rng, n) }),
    () =>
      ({ re, im }, r, bug) => {
        const n = re.length;
        const multiply = ([a, b]: number[], [c, d]: number[]): number[] => [r(a * c - b * d), r(a * d + b * c)];
        const before = [[1, 0]];
        for (let k = 0; k < n; k++) before.push(multiply(before[k], [re[k], im[k]]));
        const after = times(n + 1, () => [1, 0]);
        for (let k = n - 1; k >= 0; k--) after[k] = multiply([re[k], im[k]], after[k + 1]);
        const rest = times(n, (k) => multiply(before[k], after[k + 1]));
        const minus = bug('the conjugate is forgotten') ? 1 : -1;
        // value = Re P + 2 Im P
        return {
          value: before[n][0] + 2 * before[n][1],
          gradient: { re: rest.map(([a, b]) => a + 2 * b), im: rest.map(([a, b]) => minus * b + 2 * a) },
        };
      },
  ),
  byHand(
    'sum of the largest',
    (rng, n) => ({ x: vector(rng, 4 * n), w: vector(rng, n) }),
    () =>
      ({ x, w }, r, bug) => {
        const order = [...x.keys()].sort((i, j) => x[j] - x[i]);
        const g = zerosLike({ x, w });
        let value = 0;
        w.forEach((wk, k) => {
          const y = x[order[k]];
          value = r(value + wk * y * y);
          g.w[k] = y * y;
          g.x[bug('scattered by rank, not by place') ? k : order[k]] += 2 * wk * y;
        });
        if (bug('all entries have a gradient')) g.x = x.map((y) => 2 * y * w[0]);
        return { value, gradient: g };
      },
    true,
  ),
  byHand(
    'Wasserstein distance by sorting, with ties',
    (rng, n) => ({ x: times(2 * n, (i) => (i % 3 === 0 ? 0.5 : rng.normal())) }),
    (rng, n) => {
      const sorted = vector(rng, 2 * n).sort((a, b) => a - b);
      return ({ x }, r, bug) => {
        const order = [...x.keys()].sort((i, j) => x[i] - x[j]);
        const g = zeros(2 * n);
        let value = 0;
        order.forEach((i, k) => {
          const e = r(x[i] - sorted[k]);
          value = r(value + e * e);
          g[bug('the order is not undone') ? k : i] += 2 * e;
        });
        return { value, gradient: { x: g } };
      };
    },
    true,
  ),
  byHand(
    "roots by Newton's method",
    (rng, n) => ({ a: vector(rng, n).map((x) => 1 + Math.abs(x)), b: vector(rng, n, 2) }),
    () =>
      ({ a, b }, r, bug) => {
        const x = a.map((ai, i) => {
          let y = b[i];
          for (let k = 0; k < 60; k++) y = r(y - (y * y * y + ai * y - b[i]) / (3 * y * y + ai));
          return y;
        });
        const slope = x.map((y, i) => (bug('the linear term is forgotten') ? 3 * y * y + 1 : 3 * y * y + a[i]));
        return {
          value: r(dot(x, x)),
          gradient: {
            a: x.map((y, i) => ((bug('the sign of the theorem') ? 2 : -2) * y * y) / slope[i]),
            b: x.map((y, i) => (2 * y) / slope[i]),
          },
        };
      },
  ),
  byHand(
    'equilibrium by iteration',
    (rng, n) => ({ W: matrix(rng, n, n, 0.6 / n), b: vector(rng, n) }),
    (_rng, n) =>
      ({ W, b }, r, bug) => {
        let x = zeros(n);
        for (let k = 0; k < 200; k++) {
          const next = b.map((bi, i) => r(Math.tanh(r(dot(W[i], x) + bi))));
          const change = Math.max(...next.map((y, i) => Math.abs(y - x[i])));
          x = next;
          if (change === 0) break;
        }
        const s = x.map((y) => 1 - y * y);
        const J = W.map((row, i) => row.map((w, j) => Number(i === j) - s[i] * w)); // of x - tanh(W x + b)
        const lambda = solve(
          bug('the system is not transposed') ? J : transposed(J),
          x.map((y) => 2 * y),
          r,
        );
        const dz = (bug('one step of the iteration alone') ? x.map((y) => 2 * y) : lambda).map((l, i) => l * s[i]);
        return { value: r(dot(x, x)), gradient: { W: W.map((row, i) => row.map((_, j) => dz[i] * x[j])), b: dz } };
      },
  ),
  byHand(
    'ridge regression and its validation',
    (rng, n) => ({ y: vector(rng, 6), logRidge: 0.3 * rng.normal() + Number(n > 9) }),
    (rng, n) => {
      const [X, V, t] = [matrix(rng, 6, n), matrix(rng, 4, n), vector(rng, 4)];
      return ({ y, logRidge }, r, bug) => {
        const ridge = r(Math.exp(logRidge));
        const A = times(n, (i) => times(n, (j) => r(dot(column(X, i), column(X, j)) + (i === j ? ridge : 0))));
        const w = solve(
          A,
          times(n, (j) => r(dot(column(X, j), y))),
          r,
        );
        const e = V.map((v, i) => r(dot(v, w) - t[i]));
        const adjoint = solve(
          A,
          times(n, (j) => 2 * dot(column(V, j), e)),
          r,
        );
        return {
          value: r(dot(e, e)),
          gradient: {
            y: X.map((x) => dot(x, bug('the direct way alone') ? w : adjoint)),
            logRidge: -dot(adjoint, w) * (bug('the ridge is not exponentiated') ? 1 : ridge),
          },
        };
      };
    },
  ),
  byHand(
    'natural cubic spline',
    (rng, n) => ({ y: vector(rng, n + 3) }),
    (rng, n) => {
      const N = n + 3;
      const points = times(9, () => rng.uniform() * (N - 1));
      const target = vector(rng, 9);
      const A = times(N, (i) =>
        times(N, (j) => (i === 0 || i === N - 1 ? Number(i === j) : i === j ? 4 : Math.abs(i - j) === 1 ? 1 : 0)),
      );
      return ({ y }, r, bug) => {
        const right = y.map((v, i) => (i === 0 || i === N - 1 ? 0 : r(6 * (y[i - 1] - 2 * v + y[i + 1]))));
        const M = solve(A, right, r);
        const [dy, dM] = [zeros(N), zeros(N)];
        let value = 0;
        points.forEach((x, k) => {
          const i = Math.floor(x);
          const [t, u] = [x - i, 1 - x + i];
          const [p, q] = [(u ** 3 - u) / 6, (t ** 3 - t) / 6];
          const e = r(u * y[i] + t * y[i + 1] + p * M[i] + q * M[i + 1] - target[k]);
          value = r(value + e * e);
          dy[i] += 2 * e * u;
          dy[i + 1] += 2 * e * t;
          dM[i] += 2 * e * p;
          dM[i + 1] += 2 * e * q;
        });
        const lambda = solve(bug('the system is not transposed') ? A : transposed(A), dM, r);
        if (!bug('the second derivatives are held fixed'))
          for (let i = 1; i < N - 1; i++) {
            dy[i - 1] += 6 * lambda[i];
            dy[i] -= 12 * lambda[i];
            dy[i + 1] += 6 * lambda[i];
          }
        return { value, gradient: { y: dy } };
      };
    },
  ),
  byHand(
    'predators and prey by Euler steps, adjoint',
    (rng) => ({
      start: [1 + 0.3 * rng.uniform(), 0.5 + 0.3 * rng.uniform()],
      rates: times(4, () => 0.5 + 0.5 * rng.uniform()),
    }),
    () =>
      ({ start, rates }, r, bug) => {
        const [a, b, c, d] = rates;
        const h = 0.1;
        const path = [start];
        for (let k = 0; k < 15; k++) {
          const [x, y] = path[k];
          path.push([r(x + h * (a * x - b * x * y)), r(y + h * (d * x * y - c * y))]);
        }
        let [lx, ly] = [2 * path[15][0], bug('the prey alone at the end') ? 0 : 1];
        const g = zeros(4);
        for (let k = 14; k >= 0; k--) {
          const [x, y] = path[bug('the state after the step') ? k + 1 : k];
          g[0] += h * lx * x;
          g[1] -= h * lx * x * y;
          g[2] -= h * ly * y;
          g[3] += h * ly * x * y;
          [lx, ly] = [
            lx * (1 + h * (a - b * y)) + ly * h * d * y,
            ly * (1 + h * (d * x - c)) - (bug('the species are not coupled') ? 0 : lx * h * b * x),
          ];
        }
        return { value: r(path[15][0] ** 2 + path[15][1]), gradient: { start: [lx, ly], rates: g } };
      },
  ),
  byHand(
    'k-means',
    (rng, n) => ({ centres: matrix(rng, 3, n) }),
    (rng, n) => {
      const X = matrix(rng, 12, n, 2);
      return ({ centres }, r, bug) => {
        const g = zerosLike({ centres });
        let value = 0;
        for (const x of X) {
          const d = centres.map((c) => r(sum(n, (j) => (c[j] - x[j]) ** 2)));
          const k = d.indexOf(Math.min(...d));
          value = r(value + d[k] / 12);
          centres[k].forEach(
            (c, j) => (g.centres[k][j] += ((bug('the square is not doubled') ? 1 : 2) * (c - x[j])) / 12),
          );
        }
        if (bug('the last cluster is empty')) g.centres[2] = zeros(n);
        return { value, gradient: g };
      };
    },
    true,
  ),
];

// Recurrent networks, attention and dynamic programs with their backward passes by hand.
import type { TestFunction } from '../functions.ts';
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

export const SEQUENCES: readonly TestFunction[] = [
  byHand(
    'recurrent network through time',
    (rng, n) => ({ Wx: matrix(rng, 2, n, 0.5), Wh: matrix(rng, n, n, 0.5), b: vector(rng, n, 0.2) }),
    (rng, n) => {
      const X = matrix(rng, 5, 2);
      return ({ Wx, Wh, b }, r, bug) => {
        const h = [vector(rng, n, 0)];
        for (const x of X)
          h.push(b.map((bk, k) => r(Math.tanh(bk + dot(x, column(Wx, k)) + dot(h[h.length - 1], column(Wh, k))))));
        const g = zerosLike({ Wx, Wh, b });
        let dh = h[5].map((y) => 2 * y);
        for (let t = 5; t >= 1; t--) {
          const dz = dh.map((d, k) => d * (1 - h[t][k] ** 2));
          dz.forEach((d, k) => {
            g.b[k] += d;
            X[t - 1].forEach((x, j) => (g.Wx[j][k] += x * d));
            h[bug('the state after in place of before') ? t : t - 1].forEach((y, j) => (g.Wh[j][k] += y * d));
          });
          dh = Wh.map((row) => dot(row, dz));
          if (bug('Wh is not transposed')) dh = Wh.map((_, j) => dot(column(Wh, j), dz));
          if (bug('one step back alone')) break;
        }
        return { value: r(sum(n, (k) => h[5][k] ** 2)), gradient: g };
      };
    },
  ),
  byHand(
    'LSTM',
    (rng, n) => ({ W: matrix(rng, 2 + n, 4 * n, 0.5), b: vector(rng, 4 * n, 0.2) }),
    (rng, n) => {
      const X = matrix(rng, 4, 2);
      return ({ W, b }, r, bug) => {
        const steps: { input: number[]; gates: number[][]; before: number[]; c: number[] }[] = [];
        let [h, c] = [zeros(n), zeros(n)];
        for (const x of X) {
          const input = [...x, ...h];
          const z = b.map((bk, k) => r(bk + dot(input, column(W, k))));
          const gates = times(4, (q) => z.slice(q * n, (q + 1) * n).map((y) => r(q === 3 ? Math.tanh(y) : sigmoid(y))));
          const before = c;
          c = times(n, (k) => r(gates[1][k] * before[k] + gates[0][k] * gates[3][k]));
          h = c.map((y, k) => r(Math.tanh(y) * gates[2][k]));
          steps.push({ input, gates, before, c });
        }
        const g = zerosLike({ W, b });
        const value = r(dot(h, h));
        let [dh, dc] = [h.map((y) => 2 * y), zeros(n)];
        for (const { input, gates, before, c: cell } of steps.toReversed()) {
          const [i, f, o, a] = gates;
          const T = cell.map(Math.tanh);
          dc = dc.map((d, k) => d + dh[k] * o[k] * (bug('no derivative of the tanh of the cell') ? 1 : 1 - T[k] ** 2));
          const forF = bug('the forget gate has the cell after') ? cell : before;
          const dz = [
            ...i.map((y, k) => dc[k] * a[k] * y * (1 - y)),
            ...f.map((y, k) => dc[k] * forF[k] * y * (1 - y)),
            ...o.map((y, k) => dh[k] * T[k] * y * (1 - y)),
            ...a.map((y, k) => dc[k] * i[k] * (bug('a sigmoid for the candidate') ? y * (1 - y) : 1 - y * y)),
          ];
          dz.forEach((d, k) => {
            g.b[k] += d;
            input.forEach((x, j) => (g.W[j][k] += x * d));
          });
          dc = dc.map((d, k) => (bug('the cell is not carried back') ? 0 : d * f[k]));
          dh = times(n, (k) => dot(W[2 + k], dz));
        }
        return { value, gradient: g };
      };
    },
  ),
  byHand(
    'GRU',
    (rng, n) => ({ W: matrix(rng, 2 + n, 2 * n, 0.5), U: matrix(rng, 2 + n, n, 0.5) }),
    (rng, n) => {
      const X = matrix(rng, 4, 2);
      return ({ W, U }, r, bug) => {
        const steps: { h: number[]; R: number[]; Z: number[]; C: number[]; input: number[]; reset: number[] }[] = [];
        let h = zeros(n).map(() => 0.1);
        for (const x of X) {
          const input = [...x, ...h];
          const gates = times(2 * n, (k) => r(sigmoid(dot(input, column(W, k)))));
          const [R, Z] = [gates.slice(0, n), gates.slice(n)];
          const reset = [...x, ...h.map((y, k) => r(y * R[k]))];
          const C = times(n, (k) => r(Math.tanh(dot(reset, column(U, k)))));
          steps.push({ h, R, Z, C, input, reset });
          h = h.map((y, k) => r(y * Z[k] + C[k] * (1 - Z[k])));
        }
        const g = zerosLike({ W, U });
        const value = r(dot(h, h));
        let dh = h.map((y) => 2 * y);
        for (const { h: H, R, Z, C, input, reset } of steps.toReversed()) {
          const dC = dh.map((d, k) => d * (1 - Z[k]) * (1 - C[k] ** 2));
          dC.forEach((d, k) =>
            (bug('U has the state that is not reset') ? input : reset).forEach((x, j) => (g.U[j][k] += x * d)),
          );
          const dReset = times(n, (j) => dot(U[2 + j], dC));
          const dZ = dh.map(
            (d, k) =>
              d * (H[k] - (bug('the candidate is forgotten in the update gate') ? 0 : C[k])) * Z[k] * (1 - Z[k]),
          );
          const dGates = [...R.map((y, k) => dReset[k] * H[k] * y * (1 - y)), ...dZ];
          dGates.forEach((d, k) => input.forEach((x, j) => (g.W[j][k] += x * d)));
          const through = bug('no way back through the reset') ? zeros(n) : dReset.map((d, k) => d * R[k]);
          dh = dh.map((d, k) => d * Z[k] + through[k] + dot(W[2 + k], dGates));
        }
        return { value, gradient: g };
      };
    },
  ),
  byHand(
    'attention with a mask',
    (rng, n) => ({ Q: matrix(rng, n, 4), K: matrix(rng, n, 4), V: matrix(rng, n, 3) }),
    (rng, n) => {
      const c = matrix(rng, n, 3);
      return ({ Q, K, V }, r, bug) => {
        const P = Q.map((q, i) =>
          softmax(
            times(i + 1, (t) => r(dot(q, K[t]) / 2)),
            r,
          ),
        );
        const O = P.map((p) => times(3, (k) => r(sum(p.length, (t) => p[t] * V[t][k]))));
        const g = zerosLike({ Q, K, V });
        P.forEach((p, i) => {
          const dp = p.map((_, t) => dot(c[i], V[t]));
          const inner = bug('softmax without its sum') ? 0 : dot(p, dp);
          const scale = bug('the scale is forgotten') ? 1 : 0.5;
          p.forEach((w, t) => {
            const ds = w * (dp[t] - inner) * scale;
            K[t].forEach((k, a) => {
              g.Q[i][a] += ds * k;
              g.K[bug('dK at the place of the query') ? i : t][a] += ds * Q[i][a];
            });
            c[i].forEach((d, k) => (g.V[t][k] += (bug('V has the scores, not the weights') ? dp[t] : w) * d));
          });
        });
        return { value: r(sum(n, (i) => dot(O[i], c[i]))), gradient: g };
      };
    },
  ),
  byHand(
    'multi-head attention',
    (rng, n) => ({
      Wq: matrix(rng, n, 4, 0.5),
      Wk: matrix(rng, n, 4, 0.5),
      Wv: matrix(rng, n, 4, 0.5),
      Wo: matrix(rng, 4, n, 0.5),
    }),
    (rng, n) => {
      const [X, c] = [matrix(rng, 3, n), matrix(rng, 3, n)];
      return ({ Wq, Wk, Wv, Wo }, r, bug) => {
        const times4 = (W: number[][]): number[][] => X.map((x) => times(4, (k) => r(dot(x, column(W, k)))));
        const [Q, K, V] = [Wq, Wk, Wv].map(times4);
        const O = zeros2(3, 4);
        const [dQ, dK, dV] = [zeros2(3, 4), zeros2(3, 4), zeros2(3, 4)];
        const dO = c.map((row) => Wo.map((w) => dot(w, row)));
        for (const from of [0, 2]) {
          const head = (A: number[][]): number[][] => A.map((row) => row.slice(from, from + 2));
          const [q, k, v] = [Q, K, V].map(head);
          const d = head(dO);
          q.forEach((qi, i) => {
            const p = softmax(
              k.map((kt) => r(dot(qi, kt) * Math.SQRT1_2)),
              r,
            );
            const dp = v.map((vt) => dot(d[i], vt));
            const inner = dot(p, dp);
            p.forEach((w, t) => {
              const ds = w * (dp[t] - inner) * (bug('scaled by the width of all heads') ? 0.5 : Math.SQRT1_2);
              for (let a = 0; a < 2; a++) {
                O[i][from + a] = r(O[i][from + a] + w * v[t][a]);
                dQ[i][from + a] += ds * k[t][a];
                dK[t][from + a] += ds * qi[a];
                dV[t][(bug('the heads exchanged in dV') ? 2 - from : from) + a] += w * d[i][a];
              }
            });
          });
        }
        const back = (D: number[][]): number[][] => times(n, (j) => times(4, (k) => sum(3, (i) => X[i][j] * D[i][k])));
        const dWo = Wo.map((row, j) =>
          row.map((_, k) => sum(3, (i) => (bug('Wo has V, not the weighted V') ? V : O)[i][j] * c[i][k])),
        );
        const value = sum(3, (i) => sum(n, (k) => c[i][k] * r(dot(O[i], column(Wo, k)))));
        return { value, gradient: { Wq: back(dQ), Wk: back(dK), Wv: back(dV), Wo: dWo } };
      };
    },
  ),
  byHand(
    'CTC',
    (rng, n) => ({ z: matrix(rng, n + 4, 4) }),
    (_rng, n) =>
      ({ z }, r, bug) => {
        const T = n + 4;
        const path = [0, 1, 0, 2, 0, 2, 0]; // blanks between the labels 1, 2, 2
        const S = path.length;
        const logs = z.map((row) => row.map((x) => r(x - logSumExp(row, r))));
        const mayJump = (s: number): boolean => s >= 2 && path[s] !== 0 && path[s] !== path[s - 2];
        const before = (s: number): number[] => [s, s - 1, ...(mayJump(s) ? [s - 2] : [])].filter((q) => q >= 0);
        const alpha = times(T, () => times(S, () => -Infinity));
        alpha[0][0] = logs[0][0];
        alpha[0][1] = logs[0][1];
        for (let t = 1; t < T; t++)
          for (let s = 0; s < S; s++)
            alpha[t][s] = r(
              logSumExp(
                before(s).map((q) => alpha[t - 1][q]),
                r,
              ) + logs[t][path[s]],
            );
        const total = logSumExp([alpha[T - 1][S - 1], alpha[T - 1][S - 2]], r);
        const beta = times(T, () => times(S, () => -Infinity)); // without the symbol at t
        beta[T - 1][S - 1] = beta[T - 1][S - 2] = 0;
        for (let t = T - 2; t >= 0; t--)
          for (let s = 0; s < S; s++) {
            const after = times(S, (q) => q).filter((q) =>
              bug('repeated labels may be jumped')
                ? q >= s && q <= s + 2 && (q < s + 2 || path[q] !== 0)
                : before(q).includes(s),
            );
            beta[t][s] = r(
              logSumExp(
                after.map((q) => beta[t + 1][q] + logs[t + 1][path[q]]),
                r,
              ),
            );
          }
        const gradient = z.map((row, t) => {
          const posterior = zeros(4);
          path.forEach((label, s) => (posterior[label] += Math.exp(alpha[t][s] + beta[t][s] - total)));
          if (bug('the blank is forgotten')) posterior[0] = 0;
          const q = softmax(row, r);
          return bug('the gradient of the log-probabilities')
            ? posterior.map((x) => -x)
            : q.map((x, k) => x - posterior[k]);
        });
        return { value: -total, gradient: { z: gradient } };
      },
  ),
  byHand(
    'hidden Markov model',
    (rng, n) => ({ start: vector(rng, n), step: matrix(rng, n, n), mean: vector(rng, n, 2) }),
    (rng, n) => {
      const y = vector(rng, 6, 2);
      return ({ start, step, mean }, r, bug) => {
        const A = step.map((row) => softmax(row, r));
        const pi = softmax(start, r);
        const emit = y.map((yt) => mean.map((m) => r(Math.exp(-((yt - m) ** 2) / 4))));
        const scale: number[] = [];
        const alpha: number[][] = [];
        for (let t = 0; t < 6; t++) {
          const a = times(n, (j) => r(emit[t][j] * (t === 0 ? pi[j] : sum(n, (i) => alpha[t - 1][i] * A[i][j]))));
          scale.push(r(sum(n, (j) => a[j])));
          alpha.push(a.map((x) => r(x / scale[t])));
        }
        const beta = times(6, () => times(n, () => 1));
        for (let t = 4; t >= 0; t--)
          beta[t] = times(n, (i) => r(sum(n, (j) => A[i][j] * emit[t + 1][j] * beta[t + 1][j]) / scale[t + 1]));
        const gamma = alpha.map((a, t) => a.map((x, j) => x * beta[t][j]));
        if (bug('filtered, not smoothed')) gamma.splice(0, 6, ...alpha);
        const g = zerosLike({ start, step, mean });
        g.start = gamma[0].map((x, j) => x - pi[j]);
        const last = bug('the last step is missing') ? 4 : 5;
        for (let t = 0; t < last; t++)
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) {
              g.step[i][j] += (alpha[t][i] * A[i][j] * emit[t + 1][j] * beta[t + 1][j]) / scale[t + 1];
              g.step[i][j] -= bug('rows of the steps are not normalised') ? 0 : alpha[t][i] * beta[t][i] * A[i][j];
            }
        g.mean = mean.map((m, j) => sum(6, (t) => (gamma[t][j] * (y[t] - m)) / 2));
        return { value: sum(6, (t) => r(Math.log(scale[t]))), gradient: g };
      };
    },
  ),
  byHand(
    'soft edit distance',
    (rng, n) => ({ costs: matrix(rng, n + 1, n + 2).map((row) => row.map(Math.abs)), gap: 1 + 0.2 * rng.normal() }),
    () =>
      ({ costs, gap }, r, bug) => {
        const [I, J] = [costs.length, costs[0].length];
        const D = zeros2(I + 1, J + 1);
        const E = zeros2(I + 1, J + 1); // dD[I][J] / dD[i][j]
        const ways = (i: number, j: number): [number, number, number][] => {
          const all: [number, number, number][] = [
            [i - 1, j, gap],
            [i, j - 1, gap],
            [i - 1, j - 1, i > 0 && j > 0 ? costs[i - 1][j - 1] : 0],
          ];
          return all.filter(([a, b]) => a >= 0 && b >= 0);
        };
        for (let i = 0; i <= I; i++)
          for (let j = 0; j <= J; j++)
            if (i + j > 0)
              D[i][j] = r(
                -logSumExp(
                  ways(i, j).map(([a, b, c]) => -r(D[a][b] + c)),
                  r,
                ),
              );
        E[I][J] = 1;
        const g = zerosLike({ costs, gap });
        for (let i = I; i >= 0; i--)
          for (let j = J; j >= 0; j--)
            for (const [a, b, c] of i + j > 0 ? ways(i, j) : []) {
              const share = bug('the hard minimum')
                ? Number(ways(i, j).every(([s, t, k]) => D[s][t] + k >= D[a][b] + c))
                : Math.exp(D[i][j] - D[a][b] - c);
              E[a][b] += E[i][j] * share;
              if (a < i && b < j) g.costs[a][b] = E[i][j] * (bug('the table in place of the step') ? 1 : share);
              else if (!(bug('insertions have no gap') && a === i)) g.gap += E[i][j] * share;
            }
        return { value: D[I][J], gradient: g };
      },
  ),
];

// Where the gradient may have started: at the outputs, and on its way back through an output
// activation over all scores.
import { log } from '../../../numeric/elementary.ts';
import { dot } from '../../../numeric/norms.ts';
import { total } from '../loss/loss-parts.ts';
import type { Example } from './example.ts';
import type { Signal } from './signal.ts';

function outputsOf({ layers }: Example): Float64Array {
  return layers[layers.length - 1].a;
}

/** p - t (K) */
export function errorOf(e: Example): Float64Array {
  return outputsOf(e).map((p, k) => p - e.t[k]);
}

/** 1 at the largest output, 0 elsewhere. */
function largestOf(e: Example): Float64Array {
  const p = outputsOf(e);
  const at = p.indexOf(Math.max(...p));
  return p.map((_, k) => (k === at ? 1 : 0));
}

/** Which target stands in for target k of K. */
const SHIFTED: readonly (readonly [string, (k: number, K: number) => number])[] = [
  ['moved on by one class', (k, K) => (k + K - 1) % K],
  ['moved back by one class', (k, K) => (k + 1) % K],
  ['moved on by one class, 0 first', (k) => k - 1],
  ['moved back by one class, 0 last', (k) => k + 1],
  ['in reverse order', (k, K) => K - 1 - k],
];

/** What the gradient may start with: a gradient of some loss with respect to the outputs p. */
export const STARTS: readonly Signal[] = [
  { text: 'p - t', cost: 0, at: errorOf },
  { text: '-t / p', cost: 1, at: (e) => outputsOf(e).map((p, k) => -e.t[k] / p) },
  {
    text: '(p - t) / (p (1 - p))',
    cost: 1,
    at: (e) => outputsOf(e).map((p, k) => (p - e.t[k]) / (p * (1 - p))),
  },
  { text: 'sign(p - t)', cost: 2, at: (e) => errorOf(e).map(Math.sign) },
  { text: 'p', cost: 2, at: (e) => outputsOf(e) },
  { text: '-t', cost: 2, at: (e) => e.t.map((t) => -t) },
  { text: '(p - t)²', cost: 2, at: (e) => errorOf(e).map((x) => x * x) },
  { text: '|p - t|', cost: 2, at: (e) => errorOf(e).map(Math.abs) },
  { text: '(p - t) ⊙ t', cost: 2, at: (e) => errorOf(e).map((x, k) => x * e.t[k]) },
  { text: '(p - t) ⊙ p', cost: 3, at: (e) => errorOf(e).map((x, k) => x * outputsOf(e)[k]) },
  { text: '(p - t)³', cost: 3, at: (e) => errorOf(e).map((x) => x * x * x) },
  { text: 'p + t', cost: 3, at: (e) => outputsOf(e).map((p, k) => p + e.t[k]) },
  ...SHIFTED.map(([how, from]): Signal => ({
    text: `p - t with t ${how}`,
    cost: 3,
    at: (e) => outputsOf(e).map((p, k) => p - (e.t[from(k, e.t.length)] ?? 0)),
  })),
  {
    text: 'p - t with t 1 at the largest p, not at the target',
    cost: 3,
    at: (e) => outputsOf(e).map((p, k) => p - largestOf(e)[k]),
  },
  {
    text: 'y - t with y = 1 at the largest p, else 0',
    cost: 3,
    at: (e) => largestOf(e).map((one, k) => one - e.t[k]),
  },
  {
    text: 'p - t, but 0 where the largest p is that of the target',
    cost: 3,
    at: (e) => errorOf(e).map((x) => (largestOf(e).some((one, k) => one * e.t[k] > 0) ? 0 : x)),
  },
  { text: 'z - t', cost: 2, at: (e) => e.layers[e.layers.length - 1].z.map((z, k) => z - e.t[k]) },
  { text: 'log p - t', cost: 3, at: (e) => outputsOf(e).map((p, k) => log(p) - e.t[k]) },
];

/** How a row of gradients of outputs p may be taken back to scores z. */
interface RowDerivative {
  readonly text: (start: string) => string;
  readonly cost: number;
  readonly at: (dp: Float64Array, p: Float64Array, z: Float64Array) => Float64Array;
}

/** Slips in Σ dp ⊙ p. */
const PARTIAL_SUMS: readonly (readonly [string, (dp: Float64Array, p: Float64Array) => number])[] = [
  ['the sum without its first entry', (dp, p) => dot(dp.subarray(1), p.subarray(1))],
  ['the sum without its last entry', (dp, p) => dot(dp.subarray(0, -1), p.subarray(0, -1))],
  ['the first entry of the sum without p', (dp, p) => dp[0] + dot(dp.subarray(1), p.subarray(1))],
  ['with the sum of dp in place of it', (dp) => total(dp)],
  ['with the mean of dp in place of it', (dp) => total(dp) / dp.length],
];

/** Through softmax, or any output over all scores. */
const OF_ROWS: readonly RowDerivative[] = [
  { text: (dp) => dp, cost: 0, at: (dp) => dp },
  {
    text: (dp) => `p ⊙ (dp - Σ dp ⊙ p), with dp = ${dp}`,
    cost: 0.5,
    at: (dp, p) => dp.map((x, k) => p[k] * (x - dot(dp, p))),
  },
  { text: (dp) => `dp - Σ dp ⊙ p, with dp = ${dp}`, cost: 1, at: (dp, p) => dp.map((x) => x - dot(dp, p)) },
  { text: (dp) => `(${dp}) ⊙ p (1 - p)`, cost: 1, at: (dp, p) => dp.map((x, k) => x * p[k] * (1 - p[k])) },
  { text: (dp) => `(${dp}) ⊙ p`, cost: 2, at: (dp, p) => dp.map((x, k) => x * p[k]) },
  { text: (dp) => `(${dp}) ⊙ (1 - p)`, cost: 2, at: (dp, p) => dp.map((x, k) => x * (1 - p[k])) },
  { text: (dp) => `(${dp}) ⊙ (1 - p²)`, cost: 2, at: (dp, p) => dp.map((x, k) => x * (1 - p[k] * p[k])) },
  {
    text: (dp) => `(${dp}) ⊙ p - Σ (${dp}) ⊙ p`,
    cost: 3,
    at: (dp, p) => dp.map((x, k) => x * p[k] - dot(dp, p)),
  },
  {
    text: (dp) => `p ⊙ (dp + Σ dp ⊙ p), with dp = ${dp}`,
    cost: 3,
    at: (dp, p) => dp.map((x, k) => p[k] * (x + dot(dp, p))),
  },
  ...PARTIAL_SUMS.map(([text, of]): RowDerivative => ({
    text: (dp) => `p ⊙ (dp - Σ dp ⊙ p), ${text}, with dp = ${dp}`,
    cost: 3,
    at: (dp, p) => dp.map((x, k) => p[k] * (x - of(dp, p))),
  })),
  {
    text: (dp) => `-p ⊙ Σ dp ⊙ p, with dp = ${dp}`,
    cost: 3,
    at: (dp, p) => dp.map((_x, k) => -p[k] * dot(dp, p)),
  },
];

/** What may be divided by the sum in the derivative of `ratio`. */
const SHARES: readonly {
  readonly text: string;
  readonly cost: number;
  readonly of: (dp: Float64Array, p: Float64Array) => Float64Array;
}[] = [
  { text: '(dp - Σ dp ⊙ p)', cost: 0.5, of: (dp, p) => dp.map((x) => x - dot(dp, p)) },
  { text: 'dp', cost: 1, of: (dp) => dp },
  { text: 'dp (1 - p)', cost: 1, of: (dp, p) => dp.map((x, k) => x * (1 - p[k])) },
  { text: '(dp + Σ dp ⊙ p)', cost: 2, of: (dp, p) => dp.map((x) => x + dot(dp, p)) },
  { text: '-Σ dp ⊙ p', cost: 2, of: (dp, p) => dp.map(() => -dot(dp, p)) },
];

/** Through `ratio`: r_k / Σ_j r_j with r = max(0, z). */
const OF_RATIO: readonly RowDerivative[] = SHARES.flatMap(({ text, cost, of }) =>
  [true, false].flatMap((isDivided) =>
    [true, false].map((hasStep): RowDerivative => ({
      text: (dp) => {
        const asConstant = text === 'dp' && isDivided ? ', as if the sum were a constant' : '';
        return `${text}${isDivided ? ' / Σ_j r_j' : ''}${hasStep ? ' where z_k > 0, else 0' : ''}${asConstant}, with dp = ${dp}`;
      },
      cost: cost + (isDivided ? 0 : 0.5) + (hasStep ? 0 : 0.5),
      at(dp, p, z) {
        const sum = total(z.map((x) => Math.max(0, x)));
        return of(dp, p).map((x, k) => (hasStep && z[k] <= 0 ? 0 : sum > 0 ? x / (isDivided ? sum : 1) : 0));
      },
    })),
  ),
);

/** Those of an output activation, by name. */
export function rowDerivatives(activation: string): readonly RowDerivative[] {
  return activation === 'ratio' ? [...OF_ROWS, ...OF_RATIO] : OF_ROWS;
}

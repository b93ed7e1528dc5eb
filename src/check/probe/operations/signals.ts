// What a layer may have got from above in place of what it should, and where the gradient may have
// started.
import { log } from '../../../numeric/elementary.ts';
import { activationOf } from '../../../ops/registry.ts';
import type { Derivative } from './derivative.ts';
import { dot } from '../../../numeric/norms.ts';
import { passedBack } from './example.ts';
import type { Example } from './example.ts';

/** A vector with one number per unit of a layer, before the derivative of its activation. */
export interface Signal {
  /** "dz2 W2ᵀ" */
  readonly text: string;
  readonly cost: number;
  /** null where it does not exist. */
  readonly at: (example: Example, above: Float64Array | null) => Float64Array | null;
  /** The vector that is multiplied by Wᵀ of the layer above, if it is that. */
  readonly from?: (example: Example, above: Float64Array | null) => Float64Array | null;
}

/** The gradient that leaves a layer of one example, whatever it is made of. */
export type Above = (example: Example, n: number) => Float64Array;

/**
 * What the layer l (from 0) may have been given from layer l + 1.
 * @param layers how many there are
 */
export function signalsFrom(l: number, layers: number): Signal[] {
  const up = l + 2; // its number in formulas
  const isLast = l + 2 === layers;
  const back = (e: Example, s: Float64Array): Float64Array => passedBack(e.layers[l + 1], s);
  const signals: Signal[] = [
    { text: `dz${up} W${up}ᵀ`, cost: 0, at: (e, s) => (s === null ? null : back(e, s)), from: (_e, s) => s },
    {
      text: `dz${up} W${up}ᵀ where it is > 0, else 0`,
      cost: 3,
      at: (e, s) => (s === null ? null : back(e, s).map((x) => (x > 0 ? x : 0))),
    },
    {
      text: `the running sum of dz${up} W${up}ᵀ over the units`,
      cost: 3,
      at: (e, s) =>
        s === null
          ? null
          : back(e, s).map(
              (
                (sum) =>
                (x: number): number =>
                  (sum += x)
              )(0),
            ),
    },
    { text: '1', cost: 2, at: ({ layers: all }) => all[l].z.map(() => 1) },
    { text: `dz${up}`, cost: 3, at: (e, s) => (s !== null && s.length === e.layers[l].z.length ? s : null) },
    ...[true, false].map((isSquare): Signal => ({
      text: isSquare ? `dz${up} W${up}` : `dz${up} times W${up} reshaped, not transposed`,
      cost: 3,
      at: (e, s) => (s === null || (s.length === e.layers[l].z.length) !== isSquare ? null : misread(e, l + 1, s)),
    })),
    {
      text: `dz${up} Wᵀ, W being W${up} moved down by one row, b${up} first`,
      cost: 3,
      at: (e, s) => (s === null ? null : backShifted(e.layers[l + 1], s)),
    },
    {
      text: `dz${up} dW${up}ᵀ`,
      cost: 3,
      at: ({ layers: all }, s) => (s === null ? null : all[l + 1].x.map((x) => x * dot(s, s))), // dW = xᵀ dz
    },
    {
      text: `dz${up} |W${up}|ᵀ`,
      cost: 4,
      at: (e, s) => (s === null ? null : passedBack({ ...e.layers[l + 1], W: e.layers[l + 1].W.map(Math.abs) }, s)),
    },
    {
      text: `Σ dz${up}`,
      cost: 4,
      at: (e, s) => (s === null ? null : e.layers[l].z.map(() => s.reduce((sum, x) => sum + x, 0))),
    },
    {
      text: `(dz${up} ⊙ f'(z${up})) W${up}ᵀ`,
      cost: 3,
      at: (e, s) => (s === null ? null : slopeTimes(e, l + 1, s, (x, d) => x * d, back)),
    },
    {
      text: `(dz${up} / f'(z${up})) W${up}ᵀ`,
      cost: 2,
      at: (e, s) => (s === null ? null : slopeTimes(e, l + 1, s, (x, d) => x / d, back)),
    },
  ];
  const error: Signal = { text: `(a${up} - t) W${up}ᵀ`, cost: 1, at: (e) => back(e, error_(e)), from: error_ };
  return isLast ? [...signals, error] : signals;
}

/** W (I, O) read as if it were (O, I), row by row. */
function misread({ layers }: Example, l: number, s: Float64Array): Float64Array {
  const { x, W } = layers[l];
  return x.map((_, i) => s.reduce((sum, value, o) => sum + W[o * x.length + i] * value, 0));
}

/** The bias counts as the first row of the weights, so each row is one too far down. */
function backShifted({ b, ...layer }: Example['layers'][number], s: Float64Array): Float64Array {
  const rows = passedBack({ b, ...layer }, s);
  return rows.map((_, i) => (i === 0 ? dot(b, s) : rows[i - 1]));
}

function slopeTimes(
  e: Example,
  l: number,
  s: Float64Array,
  combine: (x: number, slope: number) => number,
  back: (e: Example, s: Float64Array) => Float64Array,
): Float64Array | null {
  const { activation, z, a } = e.layers[l];
  const page = activationOf(activation);
  if (page.kind !== 'elementwise') return null;
  const slope = new Float64Array(z.length);
  page.backward(slope, new Float64Array(z.length).fill(1), z, a);
  if (slope.every((d) => d === 0 || d === 1)) return null; // what is multiplied twice is the same
  const out = back(
    e,
    s.map((x, i) => combine(x, slope[i])),
  );
  return out.every(Number.isFinite) ? out : null;
}

function outputsOf({ layers }: Example): Float64Array {
  return layers[layers.length - 1].a;
}

function error_(e: Example): Float64Array {
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
  { text: 'p - t', cost: 0, at: error_ },
  { text: '-t / p', cost: 1, at: (e) => outputsOf(e).map((p, k) => -e.t[k] / p) },
  {
    text: '(p - t) / (p (1 - p))',
    cost: 1,
    at: (e) => outputsOf(e).map((p, k) => (p - e.t[k]) / (p * (1 - p))),
  },
  { text: 'sign(p - t)', cost: 2, at: (e) => error_(e).map(Math.sign) },
  { text: 'p', cost: 2, at: (e) => outputsOf(e) },
  { text: '-t', cost: 2, at: (e) => e.t.map((t) => -t) },
  { text: '(p - t)²', cost: 2, at: (e) => error_(e).map((x) => x * x) },
  { text: '|p - t|', cost: 2, at: (e) => error_(e).map(Math.abs) },
  { text: '(p - t) ⊙ t', cost: 2, at: (e) => error_(e).map((x, k) => x * e.t[k]) },
  { text: '(p - t) ⊙ p', cost: 3, at: (e) => error_(e).map((x, k) => x * outputsOf(e)[k]) },
  { text: '(p - t)³', cost: 3, at: (e) => error_(e).map((x) => x * x * x) },
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
    text: 't taken from 1 at the largest p, 0 elsewhere',
    cost: 3,
    at: (e) => largestOf(e).map((one, k) => one - e.t[k]),
  },
  {
    text: 'p - t, but 0 where the largest p is that of the target',
    cost: 3,
    at: (e) => error_(e).map((x) => (largestOf(e).some((one, k) => one * e.t[k] > 0) ? 0 : x)),
  },
  { text: 'z - t', cost: 2, at: (e) => e.layers[e.layers.length - 1].z.map((z, k) => z - e.t[k]) },
  { text: 'log p - t', cost: 3, at: (e) => outputsOf(e).map((p, k) => log(p) - e.t[k]) },
];

/** How a row of outputs may be taken back through softmax, or any output over all scores. */
export const ROW_DERIVATIVES: readonly {
  readonly text: (start: string) => string;
  readonly cost: number;
  readonly at: (dp: Float64Array, p: Float64Array) => Float64Array;
}[] = [
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
  {
    text: (dp) => `-p ⊙ Σ dp ⊙ p, with dp = ${dp}`,
    cost: 3,
    at: (dp, p) => dp.map((_x, k) => -p[k] * dot(dp, p)),
  },
];

/** A derivative as the formula of one layer: z1 for z, a1 for a. */
export function inLayer({ text }: Pick<Derivative, 'text'>, l: number): string {
  return text.replace(/\b([za])\b(?!\()/g, `$1${l + 1}`);
}

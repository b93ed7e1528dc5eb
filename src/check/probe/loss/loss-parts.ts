// What losses are written with: sums over the outputs of an example, and their derivatives.
import { exp, log, log1p, square } from '../../../numeric/elementary.ts';

/** What a loss is computed from, for one example: scores z, outputs p and targets t, (K) each. */
export interface Outcome {
  readonly z: Float64Array;
  readonly p: Float64Array;
  readonly t: Float64Array;
}

/** A gradient with respect to the outputs p or to the scores z of the last layer. (K) */
export interface Start {
  readonly of: 'p' | 'z';
  readonly values: Float64Array;
}

/** A loss with at most one number in it that is not fixed: δ, ε, γ. */
export interface KnownLoss {
  readonly id: string;
  /** To follow "the loss is": "binary cross-entropy". */
  readonly name: string;
  /** What is summed over the outputs k, or the whole. */
  readonly formula: string;
  /** outputs: a sum over k. example: one number of all outputs. */
  readonly over: 'outputs' | 'example';
  /** The free number: how formulas call it, and the values that are tried, the usual ones first. */
  readonly free: { readonly symbol: string; readonly usual: readonly number[]; readonly range: Range } | null;
  /** (K) numbers whose sum is the loss of the example. */
  readonly terms: (e: Outcome, s: number) => Float64Array;
  readonly gradient: (e: Outcome, s: number) => Start;
  /** The loss that it is a slip of, and looked for with alone; missing: of none. */
  readonly slipOf?: string;
}

type Range = readonly [from: number, to: number];

/** A term of one output and its derivative with respect to p, or to z. t and s as above. */
export type Term = (x: number, t: number, s: number, K: number) => readonly [value: number, slope: number];

type Head = Omit<KnownLoss, 'over' | 'free' | 'terms' | 'gradient'> & Partial<Pick<KnownLoss, 'free'>>;

/** A sum over the outputs of a term of each alone. */
export function sumOf(head: Head, term: Term, of: 'p' | 'z' = 'p'): KnownLoss {
  const part =
    (n: 0 | 1) =>
    (e: Outcome, s: number): Float64Array =>
      e[of].map((x, k) => term(x, e.t[k], s, e.t.length)[n]);
  return { free: null, ...head, over: 'outputs', terms: part(0), gradient: (e, s) => ({ of, values: part(1)(e, s) }) };
}

/** One number of all outputs. */
export function wholeOf(
  head: Head,
  value: (x: Float64Array, t: Float64Array, s: number) => number,
  slope: (x: Float64Array, t: Float64Array, s: number) => Float64Array,
  of: 'p' | 'z' = 'p',
): KnownLoss {
  return {
    free: null,
    ...head,
    over: 'example',
    terms: (e, s) => Float64Array.from(e.t, (_, k) => (k === 0 ? value(e[of], e.t, s) : 0)),
    gradient: (e, s) => ({ of, values: slope(e[of], e.t, s) }),
  };
}

export const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, k) => sum + x * b[k], 0);
export const total = (a: Float64Array): number => a.reduce((sum, x) => sum + x, 0);
/** c log p, and 0 where there is nothing to count. */
export const times = (c: number, value: number): number => (c === 0 ? 0 : c * value);
export const sigmoid = (z: number): number => 1 / (1 + exp(-z));
/** log(1 + e^z) */
export const softplus = (z: number): number => Math.max(0, z) + log1p(exp(-Math.abs(z)));
/** 1 for a target above ½, else -1. */
export const sign = (t: number): number => (t > 0.5 ? 1 : -1);
export const clip = (p: number, s: number): number => Math.min(Math.max(p, s), 1 - s);
export const inside = (p: number, s: number): number => (p > s && p < 1 - s ? 1 : 0);

export function softmax(x: Float64Array): Float64Array {
  const top = Math.max(...x);
  const e = x.map((v) => exp(v - top));
  const sum = total(e);
  return e.map((v) => v / sum);
}

export const crossEntropyOf = (q: (x: Float64Array) => Float64Array, x: Float64Array, t: Float64Array): number => {
  const p = q(x);
  return -t.reduce((sum, own, k) => sum + times(own, log(p[k])), 0);
};
export const softmaxSlope = (x: Float64Array, t: Float64Array): Float64Array =>
  softmax(x).map((p, k) => p * total(t) - t[k]);
export const logistic: Term = (x, t) => [softplus(x) - t * x, sigmoid(x) - t];
export const squared: Term = (x, t) => [square(x - t), 2 * (x - t)];
export const binary = (p: number, t: number): number => -times(t, log(p)) - times(1 - t, log(1 - p));
export const binarySlope = (p: number, t: number): number => (p - t) / (p * (1 - p));
export const smoothed = (t: number, s: number, n: number): number => t * (1 - s) + s / n;

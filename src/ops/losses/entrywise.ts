// Losses that are sums of a term of each entry alone, divided by a count: the loops and bounds that
// they share. Letters: B examples, K outputs, x one score or output, t its target.
//
// Entries are summed in binary64, rounded once and divided, as TensorFlow.js's cpu backend does.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import type { Fresh } from '../../numeric/bounds/rows.ts';
import { dtypeOf, roundingOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { elementaryOf, exp, log1p } from '../../numeric/elementary.ts';
import { total } from '../../numeric/scalar.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { afterLoss } from '../piece-fault.ts';
import type { PieceFault } from '../piece-fault.ts';
import { loss } from './page.ts';
import type { LossPage } from './page.ts';

/** The arithmetic of one precision. */
export interface Arithmetic {
  /** f32: operation by operation as TensorFlow.js. */
  readonly isSingle: boolean;
  readonly round: (x: number) => number;
  readonly exp: (x: number) => number;
  readonly log1p: (x: number) => number;
}

const DOUBLE: Arithmetic = { isSingle: false, round: (x) => x, exp, log1p };

function arithmeticOf(values: FloatArray): Arithmetic {
  const [round, own] = [roundingOf(values), elementaryOf(values)];
  return dtypeOf(values) === 'f64'
    ? DOUBLE
    : { isSingle: true, round, exp: (x) => round(own.exp(x)), log1p: (x) => round(own.log1p(x)) };
}

/** Bounds on the errors of one entry's term and of its slope, given the error ex of x. */
export interface EntryBound {
  value(x: number, ex: number, t: number, fresh: Fresh): number;
  slope(x: number, ex: number, t: number, fresh: Fresh): number;
  /** As in LossBound. */
  undecided?(x: number, ex: number, t: number): boolean;
  /** How far the slope at x is from the farthest one that is right where that is undecided. */
  jump?(x: number, t: number): number;
}

type Shared<Id extends string, FaultName extends string> = Pick<
  LossPage<Id, FaultName>,
  'id' | 'formula' | 'from' | 'on' | 'targets' | 'decidesAt' | 'changes' | 'known' | 'tfjs' | 'plain' | 'faults'
>;

interface Entrywise<Id extends string, FaultName extends string> extends Shared<Id, FaultName> {
  /** What the sum over all entries is divided by: the entries, or ones that do not depend on K. */
  readonly over: 'entries' | 'half the examples';
  /** The term of one entry. */
  term(x: number, t: number, a: Arithmetic): number;
  /** d term / dx times `share`, which is 1 / count. */
  slope(x: number, t: number, share: number, a: Arithmetic): number;
  readonly bound: EntryBound;
  graph<S extends Scalar<S>>(x: S, t: number): S;
}

/** (1/n) Σ_b Σ_k term, and the gradient (1/n) d term / dx, with n = B·K or n = 2B. */
export function entrywise<const Id extends string, const FaultName extends string = never>(
  page: Entrywise<Id, FaultName>,
): LossPage<Id, FaultName> {
  const { over, term, slope, bound, graph, ...rest } = page;
  const count = (B: number, K: number): number => (over === 'entries' ? B * K : 2 * B);
  return loss({
    ...rest,
    ...(over === 'entries' && { perExample: { mean: () => 1, sum: (K) => K, 'half-sum': (K) => K / 2 } }),

    forward(kept, from, t) {
      const a = arithmeticOf(from.data);
      let sum = 0;
      for (let i = 0; i < from.data.length; i++) sum += a.round(term(from.data[i], t.data[i], a));
      if (rest.from === 'scores') kept.data.set(from.data);
      return a.round(a.round(sum) / count(from.rows, from.cols));
    },
    backward(start, kept, t) {
      const a = arithmeticOf(start.data);
      const share = a.round(1 / count(kept.rows, kept.cols));
      for (let i = 0; i < start.data.length; i++) start.data[i] = slope(kept.data[i], t.data[i], share, a);
    },
    bound: {
      row(start, from, t, B, fresh, open) {
        const K = t.length;
        const [n, u] = [count(B, K), fresh.rounding * oneRounding];
        let [value, error] = [0, 0];
        for (let k = 0; k < K; k++) {
          const [x, ex] = [from.value[k], from.error[k]];
          value += term(x, t[k], DOUBLE);
          error += bound.value(x, ex, t[k], fresh);
          const exact = slope(x, t[k], 1, DOUBLE);
          start.value[k] = exact / n;
          const jump = open(k) ? (bound.jump?.(x, t[k]) ?? 0) : 0; // both sides are right
          start.error[k] =
            (bound.slope(x, ex, t[k], fresh) + jump) / n + 4 * u * Math.abs(start.value[k]) + underflow(2);
        }
        return { value: (value * B) / n, error: (error * B) / n };
      },
      ...(bound.undecided !== undefined && {
        undecided: (x: number, ex: number, t: number) => bound.undecided?.(x, ex, t) ?? false,
      }),
      averages: 'entries',
    },

    graph: (from, t) =>
      total(from.map((x, k) => graph(x, t[k]))).over(from[0].constant(over === 'entries' ? t.length : 2)),
  });
}

/** The gradient of another term, in binary64 or binary32: for mistakes. */
export function insteadOfSlope(wrong: (x: number, t: number) => number): PieceFault['recipe'] {
  return afterLoss((start, kept, t) => {
    const n = start.rows * start.cols;
    for (let i = 0; i < start.data.length; i++) start.data[i] = wrong(kept.data[i], t.data[i]) / n;
  });
}

/** The loss is averaged over the outputs, its gradient is not. */
export const NOT_AVERAGED: PieceFault = {
  description: 'the loss is averaged over the outputs, but its gradient is not: it is K times too large',
  remedy: 'divide the gradient of the loss by the number of outputs K as well',
  where: (layers, at) => layers[at].units > 1,
  recipe: afterLoss((start: Matrix) => {
    for (let i = 0; i < start.data.length; i++) start.data[i] *= start.cols;
  }),
};

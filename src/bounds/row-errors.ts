// How errors pass through functions that mix the units of one example: softmax, ratio and the
// losses; u: one rounding, as arithmetic.ts has it.
import { arithmetic, u } from '../numeric/bounds/arithmetic.ts';
import type { ArithmeticId } from '../numeric/bounds/arithmetic.ts';
import { LAMBDA } from '../numeric/bounds/error-bound.ts';
import { zeros } from '../numeric/matrix.ts';
import { row } from '../numeric/bounds/rows.ts';
import type { Fresh, Mixed, Row } from '../numeric/bounds/rows.ts';
import { numbersOf } from '../numeric/bounds/tracked.ts';
import type { Numbers, Tracked } from '../numeric/bounds/tracked.ts';

/**
 * Sends one row through `compute`, which knows only plain bounds, three times: with the systematic
 * part of the input errors, with all of them on their scale, and with the worst case. The
 * difference between the first two, divided by λ, is the scale of the output errors. Softmax, ratio
 * and the losses make that scale shared.
 */
export function inThreeParts(
  out: Tracked,
  r: number,
  inputs: readonly Tracked[],
  compute: (inputs: Row[], out: Row, fresh: Fresh) => void,
): void {
  const K = out.value.cols;
  const from = r * K;
  const { results, rows } = roomFor(K, inputs);
  PARTS[arithmetic].forEach((part, p) => {
    inputs.forEach((m, n) => {
      const [{ value, error }, all, first] = [clear(rows[n]), numbersOf(m), r * m.value.cols];
      for (let k = 0; k < value.length; k++) value[k] = all.value[first + k];
      part.take(error, all, first);
    });
    compute(rows, clear(results[p]), part.fresh);
  });
  const [{ value, shift, error: systematic }, { error: onScale }, { error: worst }] = results;
  if (shift.some((x) => x !== 0)) (out.shift ??= zeros('f64', out.value.rows, K)).data.set(shift, from);
  const to = numbersOf(out);
  for (let k = 0, i = from; k < K; k++, i++) {
    to.value[i] = value[k];
    to.systematic[i] = systematic[k];
    to.shared[i] = Math.max(0, onScale[k] - systematic[k]) / LAMBDA;
    to.worst[i] = worst[k];
  }
}

/** Rows for one call after another: there are three for each example of a batch. */
interface Room {
  readonly K: number;
  /** One for each input. */
  readonly rows: Row[];
  /** One for each part. */
  readonly results: readonly Row[];
}
let room: Room = { K: 0, rows: [], results: [] };

function roomFor(K: number, inputs: readonly Tracked[]): Room {
  const isFit = (one: Row, n: number): boolean => one.value.length === inputs[n].value.cols;
  if (room.K === K && room.rows.length === inputs.length && room.rows.every(isFit)) return room;
  room = { K, rows: inputs.map(({ value }) => row(value.cols)), results: [row(K), row(K), row(K)] };
  return room;
}

function clear(of: Row): Row {
  of.value.fill(0);
  of.error.fill(0);
  of.shift.fill(0);
  return of;
}

/** No entry takes errors from another. */
export const NOTHING_MIXED: Mixed = { scale: 0, taken: 0, p: null };

/**
 * Splits the scale of row r of `out` into the part from each entry's own errors in `from` and the
 * part that it shares with other entries.
 */
export function separate(out: Tracked, r: number, from: Tracked, { scale, taken, p }: Mixed): void {
  for (let i = r * out.value.cols; i < (r + 1) * out.value.cols; i++) {
    const weight = p === null ? 1 : 1 - p.data[i];
    const [own, shared, all] = [weight * from.own.data[i], weight * from.shared.data[i], out.shared.data[i]];
    const ofItself = p === null ? 0 : p.data[i] * (from.own.data[i] + from.shared.data[i]);
    const whole = own + shared + Math.max(0, taken - ofItself);
    if (!(whole > 0)) continue;
    out.own.data[i] = (all * own) / whole;
    out.shared.data[i] = (all * (shared + scale)) / whole;
  }
}

/**
 * One of the three passes: which input errors it takes, and how much the errors made on the
 * way count.
 */
interface Part {
  readonly take: (errors: Float64Array, m: Numbers, from: number) => void;
  readonly fresh: Fresh;
}

/**
 * Mean error of the engines' exp over short intervals, as a share of the allowed error: 0.32
 * measured; for log 0.13.
 */
const BIAS_OF_EXP = 0.35;

/** @param bias mean error of exp, as a share of the allowed one */
const partsWith = (bias: number): readonly Part[] => [
  { take: takeSystematic, fresh: { rounding: 0, functions: bias, sum: () => 0 } },
  {
    take: takeAllOnScale,
    fresh: { rounding: LAMBDA, functions: bias + LAMBDA, sum: (n) => LAMBDA * Math.sqrt(n) * u },
  },
  { take: takeWorst, fresh: { rounding: 1, functions: 1, sum: (n) => n * u } },
];

/** Nothing is known of the mean errors of shaders. */
const IN_SHADERS = partsWith(1);
const PARTS: Readonly<Record<ArithmeticId, readonly Part[]>> = {
  ieee: partsWith(BIAS_OF_EXP),
  gpu: IN_SHADERS,
  gpu16: IN_SHADERS,
};

function takeSystematic(errors: Float64Array, { systematic }: Numbers, from: number): void {
  for (let k = 0; k < errors.length; k++) errors[k] = systematic[from + k];
}

function takeAllOnScale(errors: Float64Array, { systematic, own, shared }: Numbers, from: number): void {
  for (let k = 0, i = from; k < errors.length; k++, i++) errors[k] = systematic[i] + LAMBDA * (own[i] + shared[i]);
}

function takeWorst(errors: Float64Array, { worst }: Numbers, from: number): void {
  for (let k = 0; k < errors.length; k++) errors[k] = worst[from + k];
}

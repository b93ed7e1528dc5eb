// How errors pass through functions that mix the units of one example: softmax, ratio and the
// losses; u: one rounding, as arithmetic.ts has it.
import { arithmetic, u } from '../numeric/bounds/arithmetic.ts';
import type { ArithmeticId } from '../numeric/bounds/arithmetic.ts';
import { LAMBDA } from '../numeric/bounds/error-bound.ts';
import { zeros } from '../numeric/matrix.ts';
import { row } from '../numeric/bounds/rows.ts';
import type { Fresh, Mixed, Row } from '../numeric/bounds/rows.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';

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
  const [from, to] = [r * K, (r + 1) * K];
  const parts = PARTS[arithmetic].map((part) => {
    const result = row(K);
    compute(
      inputs.map((m) => rowOf(m, r, part.of)),
      result,
      part.fresh,
    );
    return result;
  });
  out.value.data.set(parts[0].value, from);
  const { shift } = parts[0];
  if (shift.some((x) => x !== 0)) (out.shift ??= zeros('f64', out.value.rows, K)).data.set(shift, from);
  for (let k = 0, i = from; i < to; k++, i++) {
    const [systematic, onScale, worst] = [parts[0].error[k], parts[1].error[k], parts[2].error[k]];
    out.systematic.data[i] = systematic;
    out.shared.data[i] = Math.max(0, onScale - systematic) / LAMBDA;
    out.worst.data[i] = worst;
  }
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
  readonly of: (m: Tracked, i: number) => number;
  readonly fresh: Fresh;
}

/**
 * Mean error of the engines' exp over short intervals, as a share of the allowed error: 0.32
 * measured; for log 0.13.
 */
const BIAS_OF_EXP = 0.35;

/** @param bias mean error of exp, as a share of the allowed one */
const partsWith = (bias: number): readonly Part[] => [
  { of: (m, i) => m.systematic.data[i], fresh: { rounding: 0, functions: bias, sum: () => 0 } },
  {
    of: (m, i) => m.systematic.data[i] + LAMBDA * (m.own.data[i] + m.shared.data[i]),
    fresh: { rounding: LAMBDA, functions: bias + LAMBDA, sum: (n) => LAMBDA * Math.sqrt(n) * u },
  },
  { of: (m, i) => m.worst.data[i], fresh: { rounding: 1, functions: 1, sum: (n) => n * u } },
];

/** Nothing is known of the mean errors of shaders. */
const IN_SHADERS = partsWith(1);
const PARTS: Readonly<Record<ArithmeticId, readonly Part[]>> = {
  ieee: partsWith(BIAS_OF_EXP),
  gpu: IN_SHADERS,
  gpu16: IN_SHADERS,
};

function rowOf(m: Tracked, r: number, of: Part['of']): Row {
  const [from, K] = [r * m.value.cols, m.value.cols];
  const own = row(K);
  own.value.set(m.value.data.subarray(from, from + K));
  for (let k = 0; k < K; k++) own.error[k] = of(m, from + k);
  return own;
}

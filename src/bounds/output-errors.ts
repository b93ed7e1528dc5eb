// The same for softmax, ratio and the losses: bounds on one example's outputs, loss and score gradients. Letters: K classes, t targets.
//
// Names: e + the name of a value is the bound on that value's error; u = 2⁻²⁴.
import type { LossId, RowActivationId } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { exp, expm1, log } from '../numeric/elementary.ts';
import { underflow } from '../numeric/bounds/error-bound.ts';
import { FUNCTION_ERROR } from '../numeric/bounds/function-errors.ts';

const U = UNIT_ROUNDOFF.f32;

/** How much of the errors made here counts, as multiples: of a rounding, of an engine's own function; and the relative error of a sum of n. */
export interface Fresh {
  readonly rounding: number;
  readonly functions: number;
  readonly sum: (n: number) => number;
}

/** Larger than any binary32 number, yet finite: the bound of what may be anything (0 times infinity would be NaN). */
const UNKNOWN = 2 ** 130;

/** K values with the bounds on their errors. */
export interface Row {
  readonly value: Float64Array;
  readonly error: Float64Array;
  /** As in Tracked. */
  readonly shift: Float64Array;
}

export function row(K: number): Row {
  return { value: new Float64Array(K), error: new Float64Array(K), shift: new Float64Array(K) };
}

/** log Σ_j e^z_j with its error, the shares p_j, and the errors of log p_j that come from the scores. */
interface LogSumExp {
  readonly value: number;
  /** Of which `computed` is made in computing it, whatever the scores are off by. */
  readonly error: number;
  readonly computed: number;
  readonly shares: Float64Array;
  readonly carried: Float64Array;
}

/** First order in ez, with the second order kept as a factor. log p_k = z_k - log Σ_j e^z_j moves with z_k by 1 - p_k, and with each other score by -p_j. */
function logSumExp(z: Row, { rounding, functions, sum: sumError }: Fresh): LogSumExp {
  const max = Math.max(...z.value);
  const shares = z.value.map((x) => exp(x - max));
  const sum = shares.reduce((a, b) => a + b, 0);
  // a score's own error, and the rounding of z - max
  const ez = z.error.map((error, k) => error + rounding * U * Math.abs(z.value[k] - max));
  let [moved, largest] = [0, 0];
  shares.forEach((s, k) => {
    shares[k] = s / sum;
    moved += shares[k] * ez[k];
    largest = Math.max(largest, z.error[k]);
  });
  const secondOrder = 1 + 2 * largest;
  const logSum = log(sum);
  const computed =
    functions * (FUNCTION_ERROR.exp + FUNCTION_ERROR.log * Math.abs(logSum)) +
    sumError(shares.length) +
    rounding * U * Math.abs(max + logSum);
  const carried = ez.map((e, k) => secondOrder * ((1 - shares[k]) * e + Math.max(0, moved - shares[k] * e)));
  return { value: max + logSum, error: moved * secondOrder + computed, computed, shares, carried };
}

/** Error of the share p = e^l where l is off by el; a share of 1 is never off by more than 1, however little is known of l. */
function shareError(p: number, el: number): number {
  const error = p * expm1(el) + underflow(1);
  return error <= 1 ? error : 1;
}

/** p = softmax(z) or ratio(z), with error; `undecided` where ratio's total may or may not be 0 in binary32. */
export function outputRow(activation: RowActivationId, p: Row, z: Row, fresh: Fresh): { undecided: boolean } {
  const u = fresh.rounding * U;
  if (activation === 'softmax') {
    const { computed, shares, carried } = logSumExp(z, fresh);
    shares.forEach((s, k) => {
      p.value[k] = s;
      p.error[k] = shareError(s, carried[k] + computed + 2 * fresh.functions * FUNCTION_ERROR.exp);
    });
    return { undecided: false };
  }
  const { a, S, eS } = scoresAndTotal(z, fresh);
  const undecided = eS > 0 && S <= eS;
  for (let k = 0; k < a.value.length; k++) {
    p.value[k] = S > 0 ? a.value[k] / S : 1 / a.value.length;
    p.error[k] = undecided
      ? 1
      : S > 0
        ? (a.error[k] + p.value[k] * eS) / (S - eS) + 2 * u * p.value[k]
        : u * p.value[k];
  }
  return { undecided };
}

function scoresAndTotal(z: Row, { sum }: Fresh): { a: Row; S: number; eS: number } {
  const a = row(z.value.length);
  let [S, eS] = [0, 0];
  z.value.forEach((x, k) => {
    a.value[k] = Math.max(0, x);
    a.error[k] = x + z.error[k] <= 0 ? 0 : z.error[k];
    S += a.value[k];
    eS += a.error[k];
  });
  return { a, S, eS: eS + sum(z.value.length) * S };
}

/** dz from dp, through the output: softmax or ratio. @param open whether a score's sign is undecided, which matters to ratio */
export function outputRowBackward(
  activation: RowActivationId,
  dz: Row,
  dp: Row,
  z: Row,
  p: Row,
  open: (k: number) => boolean,
  fresh: Fresh,
): void {
  if (activation === 'softmax') softmaxBackward(dz, dp, p, fresh);
  else ratioBackward(dz, dp, z, open, fresh);
}

/** dz_k = p_k dp_k - p_k Σ_j p_j dp_j */
function softmaxBackward(dz: Row, dp: Row, p: Row, fresh: Fresh): void {
  const u = fresh.rounding * U;
  const K = p.value.length;
  let [sum, size, eSum] = [0, 0, 0];
  const product = (k: number): number => p.error[k] * Math.abs(dp.value[k]) + (p.value[k] + p.error[k]) * dp.error[k];
  for (let k = 0; k < K; k++) {
    const term = p.value[k] * dp.value[k];
    sum += term;
    size += Math.abs(term);
    eSum += product(k);
  }
  eSum += (fresh.sum(K) + u) * size;
  for (let k = 0; k < K; k++) {
    const [first, second] = [p.value[k] * dp.value[k], p.value[k] * sum];
    dz.value[k] = first - second;
    const carried = product(k) + p.error[k] * Math.abs(sum) + (p.value[k] + p.error[k]) * eSum;
    dz.error[k] = carried + 2 * u * (Math.abs(first) + Math.abs(second)) + underflow(2);
  }
}

/** a = relu(z), da_k = dp_k / S - Σ_j dp_j a_j / S², dz_k = da_k where z_k > 0, and anything from 0 to da_k where that is undecided */
function ratioBackward(dz: Row, dp: Row, z: Row, open: (k: number) => boolean, fresh: Fresh): void {
  const u = fresh.rounding * U;
  const K = z.value.length;
  const { a, S, eS } = scoresAndTotal(z, fresh);
  dz.value.fill(0);
  dz.error.fill(0);
  if (S === 0 && eS === 0) return;
  const low = S - eS; // S is at least this
  let [dot, size, eDot] = [0, 0, 0];
  for (let k = 0; k < K; k++) {
    const term = dp.value[k] * a.value[k];
    dot += term;
    size += Math.abs(term);
    eDot += dp.error[k] * (a.value[k] + a.error[k]) + Math.abs(dp.value[k]) * a.error[k];
  }
  eDot += (fresh.sum(K) + u) * size;
  const shared = S > 0 ? dot / (S * S) : 0;
  const eShared =
    low > 0 ? (eDot + Math.abs(shared) * (2 * S + eS) * eS) / (low * low) + 3 * u * Math.abs(shared) : UNKNOWN;
  for (let k = 0; k < K; k++) {
    const own = S > 0 ? dp.value[k] / S : 0;
    const da = own - shared;
    const eOwn = low > 0 ? (dp.error[k] + Math.abs(own) * eS) / low + u * Math.abs(own) : UNKNOWN;
    const eda = eOwn + eShared + u * Math.abs(da) + underflow(2);
    dz.value[k] = z.value[k] > 0 ? da : 0;
    if (open(k)) {
      dz.error[k] = eda + Math.abs(da) / 2;
      dz.shift[k] = da / 2 - dz.value[k];
    } else if (z.value[k] > 0) {
      dz.error[k] = eda;
    }
  }
}

/** One example's share of a loss: its value, error, and (into `gradient`) the gradient it starts: dz for cross-entropy, dp for mse. */
export function lossRow(
  loss: LossId,
  gradient: Row,
  scores: Row,
  t: Float64Array,
  B: number,
  fresh: Fresh,
): { value: number; error: number } {
  return loss === 'cross-entropy'
    ? crossEntropyRow(gradient, scores, t, B, fresh)
    : squaredErrorRow(gradient, scores, t, B, fresh);
}

/** -Σ_k t_k log p_k and dz = (p - t) / B, from scores z */
function crossEntropyRow(dz: Row, z: Row, t: Float64Array, B: number, fresh: Fresh): { value: number; error: number } {
  const u = fresh.rounding * U;
  const total = logSumExp(z, fresh);
  let [value, error, size] = [0, 0, 0];
  for (let k = 0; k < t.length; k++) {
    const logp = z.value[k] - total.value;
    const elogp = total.carried[k] + total.computed + u * Math.abs(logp);
    value -= t[k] * logp;
    size += Math.abs(t[k] * logp);
    error += Math.abs(t[k]) * elogp;
    const p = total.shares[k];
    const ep = shareError(p, elogp + fresh.functions * FUNCTION_ERROR.exp);
    dz.value[k] = (p - t[k]) / B;
    dz.error[k] = ep / B + 3 * u * Math.abs(dz.value[k]) + underflow(1);
  }
  return { value, error: error + fresh.sum(t.length + 1) * size };
}

/** Σ_k (t_k - p_k)² / K and dp = 2 (p - t) / (B·K), from outputs p */
function squaredErrorRow(dp: Row, p: Row, t: Float64Array, B: number, fresh: Fresh): { value: number; error: number } {
  const K = t.length;
  const u = fresh.rounding * U;
  let [value, error] = [0, 0];
  for (let k = 0; k < K; k++) {
    const d = p.value[k] - t[k];
    value += d * d;
    error += (2 * Math.abs(d) + p.error[k]) * p.error[k] + 3 * u * d * d;
    dp.value[k] = (2 * d) / (B * K);
    dp.error[k] = (2 * p.error[k]) / (B * K) + 4 * u * Math.abs(dp.value[k]) + underflow(1);
  }
  // engines add up the squares of all examples in one sum of B·K terms
  return { value: value / K, error: error / K }; // adding them up is the caller's: engines add those of all examples at once
}

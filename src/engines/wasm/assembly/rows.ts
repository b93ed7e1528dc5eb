// Outputs and losses: everything that reads the K scores of one example together. The formulas are
// those on the pages of ops/outputs/ and ops/losses/.
//
// Letters: B examples, K outputs. A row is given by its address in the first panel; panels are
// `panel` bytes apart.
import { exp2, lower, rounded, upper } from './exp';
import { PANEL } from './plan';

/** Address of entry k of a row. */
// @ts-ignore: decorator
@inline
function at(row: usize, panel: usize, k: i32): usize {
  return row + (<usize>k / PANEL) * panel + (<usize>k % PANEL) * 4;
}

/**
 * The largest score, subtracted before exp so that e^z cannot overflow. It cancels in the quotient.
 */
function rowMax(z: usize, panel: usize, K: i32): f32 {
  let most: f32 = -Infinity;
  for (let k = 0; k < K; k++) most = max(most, load<f32>(at(z, panel, k)));
  return most;
}

/**
 * e = e^(z - most), in lanes of four.
 * @returns their sum
 */
function exponentials(e: usize, z: usize, panel: usize, K: i32, most: f32): f64 {
  const shift = f64x2.splat(<f64>most);
  for (let k = 0; k < K; k += 4) {
    const x = v128.load(at(z, panel, k));
    v128.store(at(e, panel, k), rounded(exp2(f64x2.sub(lower(x), shift)), exp2(f64x2.sub(upper(x), shift))));
  }
  let sum: f64 = 0;
  for (let k = 0; k < K; k++) sum += load<f32>(at(e, panel, k));
  return sum;
}

/** Resets to 0 what lanes of four wrote beyond column K. */
function clearRest(row: usize, panel: usize, K: i32): void {
  for (let k = K; k % 4 != 0; k++) store<f32>(at(row, panel, k), 0);
}

/** p_k = e^z_k / Σ_j e^z_j */
export function softmax(p: usize, z: usize, panel: usize, K: i32): void {
  const sum = exponentials(p, z, panel, K, rowMax(z, panel, K));
  for (let k = 0; k < K; k++) store<f32>(at(p, panel, k), <f32>(<f64>load<f32>(at(p, panel, k)) / sum));
  clearRest(p, panel, K);
}

/** dz_k = p_k (dp_k - Σ_j dp_j p_j), in place: d holds dp on entry, dz on return */
export function softmaxBackward(d: usize, p: usize, panel: usize, K: i32): void {
  let sum: f64 = 0;
  for (let k = 0; k < K; k++) sum += <f64>load<f32>(at(d, panel, k)) * <f64>load<f32>(at(p, panel, k));
  for (let k = 0; k < K; k++) {
    const dp = <f64>load<f32>(at(d, panel, k));
    store<f32>(at(d, panel, k), <f32>(<f64>load<f32>(at(p, panel, k)) * (dp - sum)));
  }
}

/** Σ_k relu(z_k): the total that `ratio` divides by. */
function ratioTotal(z: usize, panel: usize, K: i32): f64 {
  let sum: f64 = 0;
  for (let k = 0; k < K; k++) sum += max(0, <f64>load<f32>(at(z, panel, k)));
  return <f64>(<f32>sum);
}

/** a = relu(z), p_k = a_k / Σ_j a_j. If all a_j are 0, there is nothing to share: p_k = 1/K. */
export function ratio(p: usize, z: usize, panel: usize, K: i32): void {
  const total = ratioTotal(z, panel, K);
  for (let k = 0; k < K; k++) {
    const share = total > 0 ? max(0, <f64>load<f32>(at(z, panel, k))) / total : 1.0 / <f64>K;
    store<f32>(at(p, panel, k), <f32>share);
  }
}

/** da_k = dp_k / S - Σ_j dp_j a_j / S², in place; relu'(0) = 0; gradient 0 where S = 0 */
export function ratioBackward(d: usize, z: usize, panel: usize, K: i32): void {
  const total = ratioTotal(z, panel, K);
  let sum: f64 = 0;
  for (let k = 0; k < K; k++) sum += <f64>load<f32>(at(d, panel, k)) * max(0, <f64>load<f32>(at(z, panel, k)));
  const shared = sum / (total * total);
  for (let k = 0; k < K; k++) {
    const positive = total > 0 && load<f32>(at(z, panel, k)) > 0;
    store<f32>(at(d, panel, k), positive ? <f32>(<f64>load<f32>(at(d, panel, k)) / total - shared) : 0);
  }
}

/**
 * -Σ_k t_k · log p_k with p = softmax(z), and dz = (p - t) / B
 * Forward and backward pass of ops/losses/cross-entropy.ts
 */
export function softmaxCrossEntropy(dz: usize, z: usize, t: usize, panel: usize, K: i32, B: i32): f64 {
  const most = rowMax(z, panel, K);
  const sum = exponentials(dz, z, panel, K, most);
  const logSumExp = <f64>most + Math.log(sum);
  let loss: f64 = 0;
  for (let k = 0; k < K; k++) {
    const target = <f64>load<f32>(at(t, panel, k));
    const p = <f64>load<f32>(at(dz, panel, k)) / sum;
    loss += target * (logSumExp - <f64>load<f32>(at(z, panel, k)));
    store<f32>(at(dz, panel, k), <f32>((p - target) / <f64>B));
  }
  clearRest(dz, panel, K);
  return loss;
}

/**
 * (1/K) Σ_k (t - p)², and dp = 2 (p - t) / (B·K)
 * `meanSquaredErrorForward` and `...Backward` of ops/losses/mean-squared-error.ts
 */
export function meanSquaredError(dp: usize, p: usize, t: usize, panel: usize, K: i32, B: i32): f64 {
  let sum: f64 = 0;
  const share = 2 / (<f64>B * <f64>K);
  for (let k = 0; k < K; k++) {
    const difference = <f64>load<f32>(at(p, panel, k)) - <f64>load<f32>(at(t, panel, k));
    sum += difference * difference;
    store<f32>(at(dp, panel, k), <f32>(difference * share));
  }
  return sum / <f64>K;
}

// First half of a step: examples forward and backward, to the dz of every layer.
import { activate, activateBackward } from './activations';
import { enterRows } from './enter';
import { CROSS_ENTROPY, MSE, RATIO, SOFTMAX } from './numbers';
import { BACKWARD, FROM_DATA, Layer, Plan, layerOf, panels, share } from './plan';
import { multiply } from './products/dense';
import { multiplyEntries } from './products/sparse';
import { meanSquaredError, ratio, ratioBackward, softmax, softmaxBackward, softmaxCrossEntropy } from './rows';

/** Outputs that read all scores of an example together; all others are elementwise. */
// @ts-ignore: decorator
@inline
function mixes(activation: i32): bool {
  return activation == SOFTMAX || activation == RATIO;
}

/**
 * z = x W + b, a = f(z) for rows from .. to-1. Computes `dense` of ops/layers/dense.ts, and the
 * activation's forward.
 */
function layerForward(plan: Plan, l: i32, from: i32, to: i32, activated: bool): void {
  const layer = layerOf(plan, l);
  const R = plan.capacity;
  const x = l > 0 ? layerOf(plan, l - 1).a : plan.x;
  const bytes = <usize>(to - from) * 128;
  for (let p = 0; p < panels(layer.units); p++) {
    const offset = (<usize>p * R + from) * 128;
    if (l == 0 && plan.sparse) multiplyEntries(plan, layer, p, from, to);
    else multiply(layer.z, x, layer.W, R, layer.inputs, layer.units, p, from, to);
    addBias(layer.z + offset, layer.b + <usize>p * 128, bytes);
    if (activated && !mixes(layer.activation)) activate(layer.activation, layer.a + offset, layer.z + offset, bytes);
  }
  if (!activated || !mixes(layer.activation)) return;
  for (let r = from; r < to; r++) {
    const row = <usize>r * 128;
    if (layer.activation == SOFTMAX) softmax(layer.a + row, layer.z + row, <usize>R * 128, layer.units);
    else ratio(layer.a + row, layer.z + row, <usize>R * 128, layer.units);
  }
}

/** Adds one panel of b to rows of z. */
function addBias(z: usize, b: usize, bytes: usize): void {
  for (let i: usize = 0; i < 128; i += 32) {
    const l = v128.load(b + i);
    const r = v128.load(b + i, 16);
    for (let at = z + i; at < z + bytes; at += 128) {
      v128.store(at, f32x4.add(v128.load(at), l));
      v128.store(at, f32x4.add(v128.load(at, 16), r), 16);
    }
  }
}

/** The loss of each example, and dz of the last layer, for rows from .. to-1. */
function lossBackward(plan: Plan, from: i32, to: i32): void {
  const last = layerOf(plan, plan.depth - 1);
  const panel = <usize>plan.capacity * 128;
  const K = last.units;
  for (let r = from; r < to; r++) {
    const row = <usize>r * 128;
    const loss = plan.losses + <usize>r * 8;
    const t = plan.t + row;
    const dz = last.dz + row;
    if (plan.lossKind == CROSS_ENTROPY) {
      store<f64>(loss, softmaxCrossEntropy(dz, last.z + row, t, panel, K, plan.rows));
      continue;
    }
    if (plan.lossKind != MSE) unreachable();
    store<f64>(loss, meanSquaredError(dz, last.a + row, t, panel, K, plan.rows));
    if (last.activation == SOFTMAX) softmaxBackward(dz, last.a + row, panel, K);
    else if (last.activation == RATIO) ratioBackward(dz, last.z + row, panel, K);
  }
  if (plan.lossKind == CROSS_ENTROPY || mixes(last.activation)) return;
  for (let p = 0; p < panels(K); p++) elementwiseBackward(plan, last, p, from, to);
}

/** dz = da · f' for panel p. */
function elementwiseBackward(plan: Plan, layer: Layer, p: i32, from: i32, to: i32): void {
  const offset = (<usize>p * plan.capacity + from) * 128;
  activateBackward(layer.activation, layer.dz + offset, layer.z + offset, layer.a + offset, <usize>(to - from) * 128);
}

/** Thread t's examples forward and, if ordered, backward. */
export function examplesHalf(plan: Plan, order: i32, step: i32, t: i32): void {
  const from = share(plan.rows, t, plan.threads);
  const to = share(plan.rows, t + 1, plan.threads);
  const backward = (order & BACKWARD) != 0;
  enterRows(plan, from, to, step, (order & FROM_DATA) != 0, t);
  const last = plan.depth - 1;
  for (let l = 0; l <= last; l++) {
    const scoresSuffice = backward && l == last && plan.lossKind == CROSS_ENTROPY;
    layerForward(plan, l, from, to, !scoresSuffice);
  }
  if (!backward) return;
  lossBackward(plan, from, to);
  for (let l = last; l > 0; l--) {
    const layer = layerOf(plan, l);
    const below = layerOf(plan, l - 1);
    for (let p = 0; p < panels(below.units); p++) {
      multiply(below.dz, layer.dz, layer.Wt, plan.capacity, layer.units, layer.inputs, p, from, to);
      elementwiseBackward(plan, below, p, from, to);
    }
  }
}

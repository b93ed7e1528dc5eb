// A whole training step, in two halves with a barrier after each.
//
// Forward and backward through the layers run by example: each thread has its share of the batch.
// The gradients of the weights and their update run by weight: each thread has its share of the
// inputs of each layer, and sums over all examples in order. So every number is one sum in one
// order, and the bits do not depend on the number of threads.
import { activate, activateBackward } from './activations';
import { CROSS_ENTROPY, MSE, RATIO, SGD, SOFTMAX } from './numbers';
import { Layer, LAYER_BYTES, PANEL, Plan, layerOf, panels, share } from './plan';
import { multiply, multiplyTransposedLeft, sumOverExamples, transpose } from './products/dense';
import { meanSquaredError, ratio, ratioBackward, softmax, softmaxBackward, softmaxCrossEntropy } from './rows';
import { enterExample, enterNumbers, multiplyEntries, multiplyTransposedLeftEntries, packBytes } from './products/sparse';
import { breakUp, barrier, giveOrder, isBroken, nextOrder, ordersSoFar, SYNC_BYTES } from './sync';
import { nextStep, update } from './update';
import { madd } from './simd';

export { breakUp, isBroken, ordersSoFar, packBytes };

/** The first free byte, and the sizes of records: ../plan.ts computes its layout from them. */
export const heapBase: usize = __heap_base;
export const layerBytes: usize = LAYER_BYTES;
export const planBytes: usize = offsetof<Plan>();
export const syncBytes: usize = SYNC_BYTES;

/** Outputs that read all scores of an example together; all others are elementwise. */
// @ts-ignore: decorator
@inline
function mixes(activation: i32): bool {
  return activation == SOFTMAX || activation == RATIO;
}

/**
 * The orders. FORWARD | BACKWARD is lossAndGradients; with UPDATE it is trainStep. QUIT ends
 * `serve`.
 */
const QUIT = 0, FORWARD = 1, BACKWARD = 2, UPDATE = 4, FROM_DATA = 8;

/** Loads the example at row r of the batch of this step from where it is stored. */
function enterRow(plan: Plan, r: i32, step: i32, fromData: bool): void {
  const I = layerOf(plan, 0).inputs;
  const K = layerOf(plan, plan.depth - 1).units;
  const panel = <usize>plan.capacity * 128;
  if (fromData) {
    const example = load<i32>(plan.order + <usize>(step * plan.rows + r) * 4);
    if (plan.sparse) enterExample(plan, r, example, I);
    else enterBytes(plan.x + <usize>r * 128, panel, plan.data + <usize>example * I, plan.table, I);
    const label = <i32>load<u8>(plan.labels + <usize>example);
    for (let k = 0; k < K; k++) {
      const t: f32 = label == k ? 1 : 0;
      store<f32>(plan.t + (<usize>k / PANEL) * panel + <usize>r * 128 + (<usize>k % PANEL) * 4, t);
    }
    return;
  }
  const source = plan.stagedInputs + <usize>r * I * 4;
  if (plan.sparse) enterNumbers(plan, r, source, I);
  else enterPanels(plan.x, r, panel, source, I);
  enterPanels(plan.t, r, panel, plan.stagedTargets + <usize>r * K * 4, K);
}

/** Writes a row in panels from n contiguous bytes, each an index into a table of numbers. */
function enterBytes(row: usize, panel: usize, source: usize, table: usize, n: i32): void {
  for (let first = 0; first < n; first += PANEL) {
    const end = source + <usize>min(PANEL, n - first);
    for (let to = row; source < end; to += 4) store<f32>(to, load<f32>(table + <usize>load<u8>(source++) * 4));
    row += panel;
  }
}

/** Writes row r in panels from n contiguous numbers. */
function enterPanels(to: usize, r: i32, panel: usize, source: usize, n: i32): void {
  for (let first = 0; first < n; first += PANEL) {
    memory.copy(to + (<usize>first / PANEL) * panel + <usize>r * 128, source + <usize>first * 4, <usize>min(PANEL, n - first) * 4);
  }
}

/**
 * z = x W + b, a = f(z) for rows from .. to-1. Computes `dense` of ops/layers/dense.ts, and the
 * activation's forward.
 */
function layerForward(plan: Plan, l: i32, from: i32, to: i32, activated: bool): void {
  const layer = layerOf(plan, l);
  const R = plan.capacity;
  if (l > 0) multiply(layer.z, layerOf(plan, l - 1).a, layer.W, R, layer.inputs, layer.units, from, to);
  else if (plan.sparse) multiplyEntries(plan, layer, from, to);
  else multiply(layer.z, plan.x, layer.W, R, layer.inputs, layer.units, from, to);
  const bytes = <usize>(to - from) * 128;
  for (let p = 0; p < panels(layer.units); p++) {
    const offset = (<usize>p * R + from) * 128;
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
  if (plan.lossKind != CROSS_ENTROPY && !mixes(last.activation)) elementwiseBackward(plan, last, from, to);
}

function elementwiseBackward(plan: Plan, layer: Layer, from: i32, to: i32): void {
  for (let p = 0; p < panels(layer.units); p++) {
    const offset = (<usize>p * plan.capacity + from) * 128;
    activateBackward(layer.activation, layer.dz + offset, layer.z + offset, layer.a + offset, <usize>(to - from) * 128);
  }
}

/** First half: thread t's examples forward and, if ordered, backward to the dz of every layer. */
function examplesHalf(plan: Plan, order: i32, step: i32, t: i32): void {
  const from = share(plan.rows, t, plan.threads);
  const to = share(plan.rows, t + 1, plan.threads);
  const backward = (order & BACKWARD) != 0;
  for (let r = from; r < to; r++) enterRow(plan, r, step, (order & FROM_DATA) != 0);
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
    multiply(below.dz, layer.dz, layer.Wt, plan.capacity, layer.units, layer.inputs, from, to);
    elementwiseBackward(plan, below, from, to);
  }
}

/** The first of the inputs of layer l whose weights thread t owns. */
function firstOwned(plan: Plan, l: i32, t: i32): i32 {
  if (l == 0 && plan.sparse) return load<i32>(plan.bounds + <usize>t * 4);
  const inputs = layerOf(plan, l).inputs;
  const blocks = (inputs + 3) / 4; // in fours, the size of tiles
  return min(inputs, share(blocks, t, plan.threads) * 4);
}

/**
 * Second half: gradient and update of the weights that thread t owns; the last thread also has
 * the biases.
 */
function weightsHalf(plan: Plan, order: i32, t: i32): void {
  const backward = (order & BACKWARD) != 0;
  const updates = (order & UPDATE) != 0;
  for (let l = plan.depth - 1; l >= 0; l--) {
    const layer = layerOf(plan, l);
    const from = firstOwned(plan, l, t);
    const to = firstOwned(plan, l, t + 1);
    const atOnce = l == 0 && plan.sparse != 0 && backward && updates && plan.optimizer == SGD;
    if (backward) weightGradient(plan, l, from, to, atOnce);
    if (updates && !atOnce) updateRows(plan, layer, from, to);
    if (updates && l > 0) transpose(layer.Wt, layer.W, layer.inputs, layer.units, from, to);
    if (t == plan.threads - 1) {
      if (backward) sumOverExamples(layer.db, layer.dz, plan.capacity, plan.rows, layer.units);
      if (updates) update(plan, layer.b, layer.db, layer.bSlot1, layer.bSlot2, <usize>panels(layer.units) * 128);
    }
  }
}

function weightGradient(plan: Plan, l: i32, from: i32, to: i32, atOnce: bool): void {
  const layer = layerOf(plan, l);
  if (l == 0 && plan.sparse) return multiplyTransposedLeftEntries(plan, layer, from, to, atOnce);
  const x = l > 0 ? layerOf(plan, l - 1).a : plan.x;
  multiplyTransposedLeft(layer.dW, x, layer.dz, plan.capacity, plan.rows, layer.inputs, layer.units, from, to);
}

function updateRows(plan: Plan, layer: Layer, from: i32, to: i32): void {
  for (let p = 0; p < panels(layer.units); p++) {
    const at = (<usize>p * layer.inputs + from) * 128;
    const slot1 = layer.slot1 == 0 ? <usize>0 : layer.slot1 + at;
    const slot2 = layer.slot2 == 0 ? <usize>0 : layer.slot2 + at;
    update(plan, layer.W + at, layer.dW + at, slot1, slot2, <usize>(to - from) * 128);
  }
}

/** The mean loss of the batch, summed in the order of examples. */
function meanLoss(plan: Plan): f64 {
  let sum: f64 = 0;
  for (let r = 0; r < plan.rows; r++) sum += load<f64>(plan.losses + <usize>r * 8);
  return sum / plan.rows;
}

/**
 * Thread t's part of an order, for all its steps (one, if the batch is not from the data set).
 * @returns false if a thread failed
 */
function work(plan: Plan, sync: usize, order: i32, t: i32): bool {
  const steps = order & FROM_DATA ? plan.steps : 1;
  for (let step = 0; step < steps; step++) {
    if (order & FORWARD) {
      examplesHalf(plan, order, step, t);
      if (!barrier(sync, plan.threads)) return false;
    }
    if (order & BACKWARD && t == 0) store<f64>(plan.stepLosses + <usize>step * 8, meanLoss(plan));
    if (order & (BACKWARD | UPDATE)) {
      weightsHalf(plan, order, t);
      if (!barrier(sync, plan.threads)) return false;
    }
    if (order & UPDATE && t == 0) nextStep(plan); // no thread reads them before the next barrier
  }
  return true;
}

/**
 * Called by the first thread: all threads carry out this order.
 * @returns false if a thread failed
 */
export function run(plan: Plan, sync: usize, order: i32): bool {
  if (plan.threads > 1) giveOrder(sync, order);
  return work(plan, sync, order, 0);
}

/**
 * Called by all other threads: carries out orders until QUIT.
 * @param soFar how many orders were given before this thread started
 */
export function serve(plan: Plan, sync: usize, t: i32, soFar: i32): void {
  for (let seen = soFar; ; seen++) {
    const order = nextOrder(sync, seen);
    if (order == QUIT || !work(plan, sync, order, t)) return;
  }
}

/** Tells all other threads to end. */
export function quit(sync: usize): void {
  giveOrder(sync, QUIT);
}

/** How many of n numbers are not 0. */
export function countNonZeros(numbers: usize, n: i32): i32 {
  let count = 0;
  for (let i = 0; i < n; i++) if (load<f32>(numbers + <usize>i * 4) != 0) count++;
  return count;
}

/** Computes Wt of every layer except the first, from W. */
export function transposeAll(plan: Plan): void {
  for (let l = 1; l < plan.depth; l++) {
    const layer = layerOf(plan, l);
    transpose(layer.Wt, layer.W, layer.inputs, layer.units, 0, layer.inputs);
  }
}

/**
 * n rounds of twelve independent multiply-adds on four lanes: as many as the processor can do, 96 n
 * floating-point operations.
 */
export function multiplyAddLoop(n: i32): f32 {
  const a = f32x4.splat(1);
  const b = f32x4.splat(0.5);
  let c0 = a, c1 = a, c2 = a, c3 = a, c4 = a, c5 = a, c6 = a, c7 = a, c8 = a, c9 = a, c10 = a, c11 = a;
  for (let i = 0; i < n; i++) {
    c0 = madd(c0, b, a);
    c1 = madd(c1, b, a);
    c2 = madd(c2, b, a);
    c3 = madd(c3, b, a);
    c4 = madd(c4, b, a);
    c5 = madd(c5, b, a);
    c6 = madd(c6, b, a);
    c7 = madd(c7, b, a);
    c8 = madd(c8, b, a);
    c9 = madd(c9, b, a);
    c10 = madd(c10, b, a);
    c11 = madd(c11, b, a);
  }
  const left = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(c4, c5));
  const right = f32x4.add(f32x4.add(f32x4.add(c6, c7), f32x4.add(c8, c9)), f32x4.add(c10, c11));
  return f32x4.extract_lane(f32x4.add(left, right), 0);
}

// Second half of a step: the gradients of the weights and their update, block by block of 32 inputs
// and 32 units, so that a gradient is used while it is in the first-level cache.
import { SGD } from './numbers';
import { BACKWARD, Layer, PANEL, Plan, UPDATE, layerOf, panels, scratchOf, share } from './plan';
import { multiplyTransposedLeft, sumOverExamples, transpose } from './products/dense';
import { fillBuckets, multiplyTransposedLeftEntries, stepEntries } from './products/sparse';
import { update } from './update';

/** Gradient and update of the weights that thread t owns; the last thread also has the biases. */
export function weightsHalf(plan: Plan, order: i32, t: i32): void {
  const backward = (order & BACKWARD) != 0;
  const updates = (order & UPDATE) != 0;
  for (let l = plan.depth - 1; l >= 0; l--) {
    const layer = layerOf(plan, l);
    const from = firstOwned(plan, l, t);
    const to = firstOwned(plan, l, t + 1);
    if (l == 0 && plan.sparse && backward) sparseWeights(plan, layer, from, to, updates, t);
    else denseWeights(plan, l, from, to, backward, updates, t);
    if (t == plan.threads - 1) {
      if (backward) sumOverExamples(layer.db, layer.dz, plan.capacity, plan.rows, layer.units);
      if (updates) update(plan, layer.b, layer.db, layer.bSlot1, layer.bSlot2, <usize>panels(layer.units) * 128);
    }
  }
}

/** The first of the inputs of layer l whose weights thread t owns. */
function firstOwned(plan: Plan, l: i32, t: i32): i32 {
  if (l == 0 && plan.sparse) return load<i32>(plan.bounds + <usize>t * 4);
  const inputs = layerOf(plan, l).inputs;
  const blocks = (inputs + 3) / 4; // in fours, the size of tiles
  return min(inputs, share(blocks, t, plan.threads) * 4);
}

/** A gradient that is used at once is not stored: it stays in the thread's scratch. */
function denseWeights(plan: Plan, l: i32, from: i32, to: i32, backward: bool, updates: bool, t: i32): void {
  const layer = layerOf(plan, l);
  const x = l > 0 ? layerOf(plan, l - 1).a : plan.x;
  for (let first = from, end = 0; first < to; first = end) {
    end = min(to, (first / PANEL + 1) * PANEL); // inside one panel of x
    for (let p = 0; p < panels(layer.units); p++) {
      const at = (<usize>p * layer.inputs + first) * 128;
      const gradient = backward && updates ? scratchOf(plan, t) : layer.dW + at;
      if (backward) multiplyTransposedLeft(gradient, x, layer.dz, plan.capacity, plan.rows, layer.units, p, first, end);
      if (!updates) continue;
      updateBlock(plan, layer, at, gradient, end - first);
      if (l > 0) transpose(layer.Wt, layer.W, layer.inputs, layer.units, p, first, end);
    }
  }
}

/** The same from entries; plain SGD needs no step where there is no gradient. */
function sparseWeights(plan: Plan, layer: Layer, from: i32, to: i32, updates: bool, t: i32): void {
  fillBuckets(plan, layer.inputs, from, to);
  for (let p = 0; p < panels(layer.units); p++) {
    if (updates && plan.optimizer == SGD) {
      stepEntries(plan, layer, p, from, to);
      continue;
    }
    for (let first = from, end = 0; first < to; first = end) {
      end = min(to, first + PANEL);
      const at = (<usize>p * layer.inputs + first) * 128;
      const gradient = updates ? scratchOf(plan, t) : layer.dW + at;
      multiplyTransposedLeftEntries(gradient, plan, layer, p, first, end);
      if (updates) updateBlock(plan, layer, at, gradient, end - first);
    }
  }
}

/** The step of the weights at this offset: `rows` rows of a panel. */
function updateBlock(plan: Plan, layer: Layer, at: usize, gradient: usize, rows: i32): void {
  const slot1 = layer.slot1 == 0 ? <usize>0 : layer.slot1 + at;
  const slot2 = layer.slot2 == 0 ? <usize>0 : layer.slot2 + at;
  update(plan, layer.W + at, gradient, slot1, slot2, <usize>rows * 128);
}

/** Computes Wt of every layer except the first, from W. */
export function transposeAll(plan: Plan): void {
  for (let l = 1; l < plan.depth; l++) {
    const layer = layerOf(plan, l);
    const inputs = layer.inputs;
    for (let p = 0; p < panels(layer.units); p++) {
      for (let first = 0; first < inputs; first += PANEL) {
        transpose(layer.Wt, layer.W, inputs, layer.units, p, first, min(inputs, first + PANEL));
      }
    }
  }
}

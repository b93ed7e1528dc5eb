// A whole training step, in two halves with a barrier after each.
// Forward and backward through the layers run by example: each thread has its share of the batch.
// The gradients of the weights and their update run by weight: each thread has its share of the
// inputs of each layer, and sums over all examples in order. So every number is one sum in one
// order, and the bits do not depend on the number of threads.
import { examplesHalf } from './examples';
import { multiplyAddLoads, multiplyAddLoop } from './peak';
import { BACKWARD, FORWARD, FROM_DATA, LAYER_BYTES, Plan, QUIT, UPDATE } from './plan';
import { multiply, multiplyTransposedLeft } from './products/dense';
import { packBytes } from './products/sparse';
import { breakUp, barrier, giveOrder, isBroken, nextOrder, ordersSoFar, SYNC_BYTES } from './sync';
import { nextStep } from './update';
import { transposeAll, weightsHalf } from './weights';

export { breakUp, isBroken, ordersSoFar, packBytes, transposeAll };
export { multiply, multiplyAddLoads, multiplyAddLoop, multiplyTransposedLeft }; // for benchmarks

/** The first free byte, and the sizes of records: ../plan.ts computes its layout from them. */
export const heapBase: usize = __heap_base;
export const layerBytes: usize = LAYER_BYTES;
export const planBytes: usize = offsetof<Plan>();
export const syncBytes: usize = SYNC_BYTES;

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

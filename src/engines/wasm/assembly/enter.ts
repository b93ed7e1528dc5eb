// Copies the examples of a batch to where the first layer reads them: into panels, or into lists of
// their non-zero inputs.
import { Plan, PANEL, layerOf, scratchOf } from './plan';
import { enterExample, enterNumbers } from './products/sparse';

/**
 * How many examples are fetched at once. Their lines fit in the first-level cache, and as many
 * misses overlap as the processor allows.
 */
const FETCHED: i32 = 8;
const LINE: usize = 64; // bytes of a cache line

/** Rows from .. to-1 of the batch of this step. */
export function enterRows(plan: Plan, from: i32, to: i32, step: i32, fromData: bool, t: i32): void {
  if (!fromData) {
    for (let r = from; r < to; r++) enterStaged(plan, r);
    return;
  }
  const order = plan.order + <usize>(step * plan.rows) * 4;
  for (let first = from, end = 0; first < to; first = end) {
    end = min(to, first + FETCHED);
    // stored so that no compiler removes the loads
    store<u32>(scratchOf(plan, t), fetch(plan, order, first, end));
    for (let r = first; r < end; r++) enterStored(plan, r, load<i32>(order + <usize>r * 4));
  }
}

/** Reads a byte of every cache line of these examples, which lie anywhere in the data set. */
function fetch(plan: Plan, order: usize, first: i32, end: i32): u32 {
  const I = <usize>layerOf(plan, 0).inputs;
  let sum: u32 = 0;
  for (let r = first; r < end; r++) {
    const example = <usize>load<i32>(order + <usize>r * 4);
    let at = plan.data + example * I;
    let last = at + I;
    if (plan.sparse) {
      const starts = plan.dataStarts + example * 4;
      at = plan.dataEntries + <usize>load<u32>(starts) * 4;
      last = plan.dataEntries + <usize>load<u32>(starts, 4) * 4;
    }
    for (; at < last; at += LINE) sum += load<u8>(at);
    sum += load<u8>(plan.labels + example);
  }
  return sum;
}

/** Row r from an example of the data set. */
function enterStored(plan: Plan, r: i32, example: i32): void {
  const I = layerOf(plan, 0).inputs;
  const K = layerOf(plan, plan.depth - 1).units;
  const panel = <usize>plan.capacity * 128;
  if (plan.sparse) enterExample(plan, r, example, I);
  else enterBytes(plan.x + <usize>r * 128, panel, plan.data + <usize>example * I, plan.table, I);
  const label = <i32>load<u8>(plan.labels + <usize>example);
  for (let k = 0; k < K; k++) {
    const t: f32 = label == k ? 1 : 0;
    store<f32>(plan.t + (<usize>k / PANEL) * panel + <usize>r * 128 + (<usize>k % PANEL) * 4, t);
  }
}

/** Row r from the batch as it was given. */
function enterStaged(plan: Plan, r: i32): void {
  const I = layerOf(plan, 0).inputs;
  const K = layerOf(plan, plan.depth - 1).units;
  const panel = <usize>plan.capacity * 128;
  const source = plan.stagedInputs + <usize>r * I * 4;
  if (plan.sparse) enterNumbers(plan, r, source, I);
  else enterPanels(plan.x, r, panel, source, I);
  enterPanels(plan.t, r, panel, plan.stagedTargets + <usize>r * K * 4, K);
}

/** Writes a row in panels from n contiguous bytes, each an index into a table of numbers. */
function enterBytes(row: usize, panel: usize, source: usize, table: usize, n: i32): void {
  for (; n > 0; n -= PANEL) {
    const end = source + <usize>min(PANEL, n);
    let to = row;
    for (; source + 8 <= end; source += 8) {
      store<u32>(to, numberOf(table, load<u8>(source, 0)), 0);
      store<u32>(to, numberOf(table, load<u8>(source, 1)), 4);
      store<u32>(to, numberOf(table, load<u8>(source, 2)), 8);
      store<u32>(to, numberOf(table, load<u8>(source, 3)), 12);
      store<u32>(to, numberOf(table, load<u8>(source, 4)), 16);
      store<u32>(to, numberOf(table, load<u8>(source, 5)), 20);
      store<u32>(to, numberOf(table, load<u8>(source, 6)), 24);
      store<u32>(to, numberOf(table, load<u8>(source, 7)), 28);
      to += 32;
    }
    for (; source < end; source++) {
      store<u32>(to, numberOf(table, load<u8>(source)));
      to += 4;
    }
    row += panel;
  }
}

/** The bits of the number that a byte stands for. */
// @ts-ignore: decorator
@inline
function numberOf(table: usize, byte: u8): u32 {
  return load<u32>(table + (<usize>byte << 2));
}

/** Writes row r in panels from n contiguous numbers. */
function enterPanels(to: usize, r: i32, panel: usize, source: usize, n: i32): void {
  for (let first = 0; first < n; first += PANEL) {
    memory.copy(to + (<usize>first / PANEL) * panel + <usize>r * 128, source + <usize>first * 4, <usize>min(PANEL, n - first) * 4);
  }
}

// The first layer's products for inputs that are mostly 0: only non-zero inputs are multiplied.
//
// An entry is a pair (row in bytes u32, value f32). Grouped by example, it names the row of W that
// an input multiplies; grouped by input (a bucket), the row of dz.
import { gather16, gather32, step16, step32 } from './gather';
import { Layer, PANEL, Plan } from '../plan';

const ENTRY: usize = 8;
const ROW: i32 = 128; // bytes per row of a panel

/** Writes the entries of example r from a row of I numbers, and their number to counts. */
export function enterNumbers(plan: Plan, r: i32, source: usize, I: i32): void {
  const first = plan.entries + <usize>r * I * ENTRY;
  let entry = first;
  for (let i = 0; i < I; i++) {
    const x = load<f32>(source + <usize>i * 4);
    if (x == 0) continue;
    store<u32>(entry, i * ROW);
    store<f32>(entry, x, 4);
    entry += ENTRY;
  }
  store<u32>(plan.counts + <usize>r * 4, <u32>((entry - first) / ENTRY));
}

/** Writes the entries of example r from those of example e of the data set. */
export function enterExample(plan: Plan, r: i32, e: i32, I: i32): void {
  const starts = plan.dataStarts + <usize>e * 4;
  let from = plan.dataEntries + <usize>load<u32>(starts) * 4;
  const to = plan.dataEntries + <usize>load<u32>(starts, 4) * 4;
  let entry = plan.entries + <usize>r * I * ENTRY;
  store<u32>(plan.counts + <usize>r * 4, <u32>((to - from) / 4));
  const table = plan.table;
  for (; from < to; from += 4) {
    const packed = load<u32>(from);
    store<u32>(entry, (packed >> 8) * ROW);
    store<f32>(entry, load<f32>(table + <usize>(packed & 255) * 4), 4);
    entry += ENTRY;
  }
}

/** Panel p of z = x W, rows from .. to-1. Computes `multiply` of numeric/products.ts. */
export function multiplyEntries(plan: Plan, layer: Layer, p: i32, from: i32, to: i32): void {
  const I = layer.inputs;
  const base = layer.W + (<usize>p * I) * ROW;
  const z = layer.z + (<usize>p * plan.capacity) * ROW;
  const narrow = layer.units - p * PANEL <= 16;
  for (let r = from; r < to; r++) {
    const entry = plan.entries + (<usize>r * I) * ENTRY;
    const count = load<u32>(plan.counts + <usize>r * 4);
    if (narrow) gather16(z + <usize>r * ROW, base, entry, count);
    else gather32(z + <usize>r * ROW, base, entry, count);
  }
}

/** Sorts the entries of all examples into the buckets of inputs from .. to-1. */
export function fillBuckets(plan: Plan, I: i32, from: i32, to: i32): void {
  const bucket = <usize>plan.capacity * ENTRY;
  const cursors = plan.cursors;
  for (let i = from; i < to; i++) store<u32>(cursors + <usize>i * 4, <u32>(plan.buckets + <usize>i * bucket));
  const end = <u32>(to * ROW);
  for (let r = 0; r < plan.rows; r++) {
    let entry = plan.entries + (<usize>r * I) * ENTRY;
    const last = entry + <usize>load<u32>(plan.counts + <usize>r * 4) * ENTRY;
    if (from > 0) entry = firstFrom(entry, last, <u32>(from * ROW));
    for (; entry < last; entry += ENTRY) {
      const both = load<u64>(entry); // the row is in the lower half
      const row = <u32>both;
      if (row >= end) break;
      const cursor = cursors + row / 32; // 128 bytes per row of W, 4 per cursor
      const place = load<u32>(cursor);
      store<u64>(place, both - row + r * ROW);
      store<u32>(cursor, place + <u32>ENTRY);
    }
  }
}

/** The first entry whose row is not before this one. The entries are in ascending order. */
function firstFrom(entry: usize, last: usize, row: u32): usize {
  let n = (last - entry) / ENTRY;
  while (n > 0) {
    const half = n / 2;
    const middle = entry + half * ENTRY;
    if (load<u32>(middle) < row) {
      entry = middle + ENTRY;
      n -= half + 1;
    } else n = half;
  }
  return entry;
}

/** How many entries the bucket of input i has. */
// @ts-ignore: decorator
@inline
function countOf(plan: Plan, i: i32, bucket: usize): i32 {
  return <i32>((<usize>load<u32>(plan.cursors + <usize>i * 4) - bucket) / ENTRY);
}

/**
 * Panel p of dW = xᵀ dz, rows from .. to-1, from the buckets. Computes `multiplyTransposedLeft` of
 * numeric/products.ts; block is where the first row goes.
 */
export function multiplyTransposedLeftEntries(block: usize, plan: Plan, layer: Layer, p: i32, from: i32, to: i32): void {
  const dz = layer.dz + (<usize>p * plan.capacity) * ROW;
  const narrow = layer.units - p * PANEL <= 16;
  for (let i = from; i < to; i++) {
    const bucket = plan.buckets + <usize>i * <usize>plan.capacity * ENTRY;
    const count = countOf(plan, i, bucket);
    const row = block + <usize>(i - from) * ROW;
    if (narrow) gather16(row, dz, bucket, count);
    else gather32(row, dz, bucket, count);
  }
}

/**
 * The same with plain SGD's step instead of a stored gradient: rows without a gradient then need no
 * step.
 */
export function stepEntries(plan: Plan, layer: Layer, p: i32, from: i32, to: i32): void {
  const dz = layer.dz + (<usize>p * plan.capacity) * ROW;
  const narrow = layer.units - p * PANEL <= 16;
  const rate = f32x4.splat(-plan.learningRate);
  for (let i = from; i < to; i++) {
    const bucket = plan.buckets + <usize>i * <usize>plan.capacity * ENTRY;
    const count = countOf(plan, i, bucket);
    const row = layer.W + (<usize>p * layer.inputs + i) * ROW;
    if (count == 0) continue;
    if (narrow) step16(row, dz, bucket, count, rate);
    else step32(row, dz, bucket, count, rate);
  }
}

/**
 * Writes the entries of n bytes (one example) as input << 8 | byte, starting at `to`.
 * @returns where they end
 */
export function packBytes(source: usize, n: i32, to: usize): usize {
  const zero = i8x16.splat(0);
  let i = 0;
  for (; i + 16 <= n; i += 16) {
    let mask = i8x16.bitmask(i8x16.ne(v128.load(source + <usize>i), zero));
    while (mask != 0) {
      const at = i + ctz(mask);
      store<u32>(to, (at << 8) | <i32>load<u8>(source + <usize>at));
      to += 4;
      mask &= mask - 1;
    }
  }
  for (; i < n; i++) {
    const byte = <i32>load<u8>(source + <usize>i);
    if (byte == 0) continue;
    store<u32>(to, (i << 8) | byte);
    to += 4;
  }
  return to;
}

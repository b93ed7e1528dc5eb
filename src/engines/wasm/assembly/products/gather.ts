// Sums of the few rows of a panel whose factor is not 0: the innermost loops of the sparse
// products.
//
// Each sum adds the entries in order in one chain: the same sums as those of a tile, without the
// terms that are 0.
import { madd } from '../simd';

/**
 * 32 columns of out = Σ value · row, over `count` entries: pairs of a row's offset from base in
 * bytes (u32) and its factor (f32).
 */
// @ts-ignore: decorator
@inline
export function gather32(out: usize, base: usize, entry: usize, count: i32): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0), c4 = f32x4.splat(0), c5 = f32x4.splat(0), c6 = f32x4.splat(0), c7 = f32x4.splat(0);
  let row: usize, x: v128;
  for (const end = entry + <usize>count * 8; entry < end; entry += 8) {
    row = base + load<u32>(entry, 0);
    x = v128.load32_splat(entry, 4);
    c0 = madd(x, v128.load(row, 0), c0);
    c1 = madd(x, v128.load(row, 16), c1);
    c2 = madd(x, v128.load(row, 32), c2);
    c3 = madd(x, v128.load(row, 48), c3);
    c4 = madd(x, v128.load(row, 64), c4);
    c5 = madd(x, v128.load(row, 80), c5);
    c6 = madd(x, v128.load(row, 96), c6);
    c7 = madd(x, v128.load(row, 112), c7);
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
  v128.store(out, c4, 64);
  v128.store(out, c5, 80);
  v128.store(out, c6, 96);
  v128.store(out, c7, 112);
}

/**
 * 16 columns of out = Σ value · row, over `count` entries: pairs of a row's offset from base in
 * bytes (u32) and its factor (f32).
 */
// @ts-ignore: decorator
@inline
export function gather16(out: usize, base: usize, entry: usize, count: i32): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  let row: usize, x: v128;
  for (const end = entry + <usize>count * 8; entry < end; entry += 8) {
    row = base + load<u32>(entry, 0);
    x = v128.load32_splat(entry, 4);
    c0 = madd(x, v128.load(row, 0), c0);
    c1 = madd(x, v128.load(row, 16), c1);
    c2 = madd(x, v128.load(row, 32), c2);
    c3 = madd(x, v128.load(row, 48), c3);
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

/** w ← w - lr · Σ value · row for 32 columns: the same sum, with plain SGD's step in one go. */
// @ts-ignore: decorator
@inline
export function step32(w: usize, base: usize, entry: usize, count: i32, rate: v128): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0), c4 = f32x4.splat(0), c5 = f32x4.splat(0), c6 = f32x4.splat(0), c7 = f32x4.splat(0);
  let row: usize, x: v128;
  for (const end = entry + <usize>count * 8; entry < end; entry += 8) {
    row = base + load<u32>(entry, 0);
    x = v128.load32_splat(entry, 4);
    c0 = madd(x, v128.load(row, 0), c0);
    c1 = madd(x, v128.load(row, 16), c1);
    c2 = madd(x, v128.load(row, 32), c2);
    c3 = madd(x, v128.load(row, 48), c3);
    c4 = madd(x, v128.load(row, 64), c4);
    c5 = madd(x, v128.load(row, 80), c5);
    c6 = madd(x, v128.load(row, 96), c6);
    c7 = madd(x, v128.load(row, 112), c7);
  }
  v128.store(w, madd(rate, c0, v128.load(w, 0)), 0);
  v128.store(w, madd(rate, c1, v128.load(w, 16)), 16);
  v128.store(w, madd(rate, c2, v128.load(w, 32)), 32);
  v128.store(w, madd(rate, c3, v128.load(w, 48)), 48);
  v128.store(w, madd(rate, c4, v128.load(w, 64)), 64);
  v128.store(w, madd(rate, c5, v128.load(w, 80)), 80);
  v128.store(w, madd(rate, c6, v128.load(w, 96)), 96);
  v128.store(w, madd(rate, c7, v128.load(w, 112)), 112);
}

/** w ← w - lr · Σ value · row for 16 columns: the same sum, with plain SGD's step in one go. */
// @ts-ignore: decorator
@inline
export function step16(w: usize, base: usize, entry: usize, count: i32, rate: v128): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  let row: usize, x: v128;
  for (const end = entry + <usize>count * 8; entry < end; entry += 8) {
    row = base + load<u32>(entry, 0);
    x = v128.load32_splat(entry, 4);
    c0 = madd(x, v128.load(row, 0), c0);
    c1 = madd(x, v128.load(row, 16), c1);
    c2 = madd(x, v128.load(row, 32), c2);
    c3 = madd(x, v128.load(row, 48), c3);
  }
  v128.store(w, madd(rate, c0, v128.load(w, 0)), 0);
  v128.store(w, madd(rate, c1, v128.load(w, 16)), 16);
  v128.store(w, madd(rate, c2, v128.load(w, 32)), 32);
  v128.store(w, madd(rate, c3, v128.load(w, 48)), 48);
}

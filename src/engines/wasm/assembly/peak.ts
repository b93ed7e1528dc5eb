// What this processor can do at most: scripts/bench/roofline.ts compares the products with it.
import { madd } from './simd';

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

/**
 * n rounds over `bytes` bytes (a multiple of 128) with a load for each of bytes/16 multiply-adds,
 * as in the sparse products.
 */
export function multiplyAddLoads(at: usize, bytes: usize, n: i32): f32 {
  const b = f32x4.splat(0.5);
  let c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b;
  for (let i = 0; i < n; i++) {
    for (let from = at; from < at + bytes; from += 128) {
      c0 = madd(b, v128.load(from, 0), c0);
      c1 = madd(b, v128.load(from, 16), c1);
      c2 = madd(b, v128.load(from, 32), c2);
      c3 = madd(b, v128.load(from, 48), c3);
      c4 = madd(b, v128.load(from, 64), c4);
      c5 = madd(b, v128.load(from, 80), c5);
      c6 = madd(b, v128.load(from, 96), c6);
      c7 = madd(b, v128.load(from, 112), c7);
    }
  }
  const sum = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)));
  return f32x4.extract_lane(sum, 0);
}

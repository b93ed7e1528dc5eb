// The innermost loops of the dense products along rows: a tile of up to 6 x 8 sums that stay in
// registers (12 of the 15 that x64 has).
//
// Everything is in panels: 32 contiguous columns, 128 bytes per row, so that all distances inside a
// tile are constants. Each sum runs over ascending k in one chain, whatever the tile: results do
// not depend on how the work is split.
//
// The second of two columns has an address of its own, with the same offsets: V8 adds the offset of
// a splat to the base of memory in an instruction of its own, but only once per offset.
import { PANEL } from '../plan';
import { madd } from '../simd';

/**
 * c (+=) a w: 6 rows of a, whose next panel of 32 columns is aPanel bytes further; k columns of a,
 * and rows of w.
 */
export function rows6(c: usize, a: usize, aPanel: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let c1l = fresh ? f32x4.splat(0) : v128.load(c, 128), c1r = fresh ? f32x4.splat(0) : v128.load(c, 144);
  let c2l = fresh ? f32x4.splat(0) : v128.load(c, 256), c2r = fresh ? f32x4.splat(0) : v128.load(c, 272);
  let c3l = fresh ? f32x4.splat(0) : v128.load(c, 384), c3r = fresh ? f32x4.splat(0) : v128.load(c, 400);
  let c4l = fresh ? f32x4.splat(0) : v128.load(c, 512), c4r = fresh ? f32x4.splat(0) : v128.load(c, 528);
  let c5l = fresh ? f32x4.splat(0) : v128.load(c, 640), c5r = fresh ? f32x4.splat(0) : v128.load(c, 656);
  let l: v128, r: v128, x: v128;
  while (true) {
    let n = min(k, PANEL);
    k -= n;
    const next = a + aPanel;
    for (; n >= 2; n -= 2) {
      const a1 = a + 4;
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      x = v128.load32_splat(a, 512);
      c4l = madd(x, l, c4l);
      c4r = madd(x, r, c4r);
      x = v128.load32_splat(a, 640);
      c5l = madd(x, l, c5l);
      c5r = madd(x, r, c5r);
      l = v128.load(w, 128);
      r = v128.load(w, 144);
      x = v128.load32_splat(a1, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a1, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a1, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a1, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      x = v128.load32_splat(a1, 512);
      c4l = madd(x, l, c4l);
      c4r = madd(x, r, c4r);
      x = v128.load32_splat(a1, 640);
      c5l = madd(x, l, c5l);
      c5r = madd(x, r, c5r);
      a += 8;
      w += 256;
    }
    if (n > 0) {
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      x = v128.load32_splat(a, 512);
      c4l = madd(x, l, c4l);
      c4r = madd(x, r, c4r);
      x = v128.load32_splat(a, 640);
      c5l = madd(x, l, c5l);
      c5r = madd(x, r, c5r);
      w += 128;
    }
    if (k == 0) break;
    a = next;
  }
  v128.store(c, c0l, 0);
  v128.store(c, c0r, 16);
  v128.store(c, c1l, 128);
  v128.store(c, c1r, 144);
  v128.store(c, c2l, 256);
  v128.store(c, c2r, 272);
  v128.store(c, c3l, 384);
  v128.store(c, c3r, 400);
  v128.store(c, c4l, 512);
  v128.store(c, c4r, 528);
  v128.store(c, c5l, 640);
  v128.store(c, c5r, 656);
}

/**
 * c (+=) a w: 4 rows of a, whose next panel of 32 columns is aPanel bytes further; k columns of a,
 * and rows of w.
 */
export function rows4(c: usize, a: usize, aPanel: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let c1l = fresh ? f32x4.splat(0) : v128.load(c, 128), c1r = fresh ? f32x4.splat(0) : v128.load(c, 144);
  let c2l = fresh ? f32x4.splat(0) : v128.load(c, 256), c2r = fresh ? f32x4.splat(0) : v128.load(c, 272);
  let c3l = fresh ? f32x4.splat(0) : v128.load(c, 384), c3r = fresh ? f32x4.splat(0) : v128.load(c, 400);
  let l: v128, r: v128, x: v128;
  while (true) {
    let n = min(k, PANEL);
    k -= n;
    const next = a + aPanel;
    for (; n >= 2; n -= 2) {
      const a1 = a + 4;
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      l = v128.load(w, 128);
      r = v128.load(w, 144);
      x = v128.load32_splat(a1, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a1, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a1, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a1, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      a += 8;
      w += 256;
    }
    if (n > 0) {
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      x = v128.load32_splat(a, 128);
      c1l = madd(x, l, c1l);
      c1r = madd(x, r, c1r);
      x = v128.load32_splat(a, 256);
      c2l = madd(x, l, c2l);
      c2r = madd(x, r, c2r);
      x = v128.load32_splat(a, 384);
      c3l = madd(x, l, c3l);
      c3r = madd(x, r, c3r);
      w += 128;
    }
    if (k == 0) break;
    a = next;
  }
  v128.store(c, c0l, 0);
  v128.store(c, c0r, 16);
  v128.store(c, c1l, 128);
  v128.store(c, c1r, 144);
  v128.store(c, c2l, 256);
  v128.store(c, c2r, 272);
  v128.store(c, c3l, 384);
  v128.store(c, c3r, 400);
}

/**
 * c (+=) a w: 1 row of a, whose next panel of 32 columns is aPanel bytes further; k columns of a,
 * and rows of w.
 */
export function rows1(c: usize, a: usize, aPanel: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let l: v128, r: v128, x: v128;
  while (true) {
    let n = min(k, PANEL);
    k -= n;
    const next = a + aPanel;
    for (; n >= 2; n -= 2) {
      const a1 = a + 4;
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      l = v128.load(w, 128);
      r = v128.load(w, 144);
      x = v128.load32_splat(a1, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      a += 8;
      w += 256;
    }
    if (n > 0) {
      l = v128.load(w, 0);
      r = v128.load(w, 16);
      x = v128.load32_splat(a, 0);
      c0l = madd(x, l, c0l);
      c0r = madd(x, r, c0r);
      w += 128;
    }
    if (k == 0) break;
    a = next;
  }
  v128.store(c, c0l, 0);
  v128.store(c, c0r, 16);
}

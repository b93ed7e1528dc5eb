// The innermost loops of the dense product with a transposed left side, along columns. Tiles as in
// row-tiles.ts.
import { madd } from '../simd';

/** c (+=) aᵀ w: 6 columns of a panel of a; k rows of both. */
export function columns6(c: usize, a: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let c1l = fresh ? f32x4.splat(0) : v128.load(c, 128), c1r = fresh ? f32x4.splat(0) : v128.load(c, 144);
  let c2l = fresh ? f32x4.splat(0) : v128.load(c, 256), c2r = fresh ? f32x4.splat(0) : v128.load(c, 272);
  let c3l = fresh ? f32x4.splat(0) : v128.load(c, 384), c3r = fresh ? f32x4.splat(0) : v128.load(c, 400);
  let c4l = fresh ? f32x4.splat(0) : v128.load(c, 512), c4r = fresh ? f32x4.splat(0) : v128.load(c, 528);
  let c5l = fresh ? f32x4.splat(0) : v128.load(c, 640), c5r = fresh ? f32x4.splat(0) : v128.load(c, 656);
  let l: v128, r: v128, x: v128;
  for (; k >= 2; k -= 2) {
    const a1 = a + 128;
    l = v128.load(w, 0);
    r = v128.load(w, 16);
    x = v128.load32_splat(a, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
    x = v128.load32_splat(a, 16);
    c4l = madd(x, l, c4l);
    c4r = madd(x, r, c4r);
    x = v128.load32_splat(a, 20);
    c5l = madd(x, l, c5l);
    c5r = madd(x, r, c5r);
    l = v128.load(w, 128);
    r = v128.load(w, 144);
    x = v128.load32_splat(a1, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a1, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a1, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a1, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
    x = v128.load32_splat(a1, 16);
    c4l = madd(x, l, c4l);
    c4r = madd(x, r, c4r);
    x = v128.load32_splat(a1, 20);
    c5l = madd(x, l, c5l);
    c5r = madd(x, r, c5r);
    a += 256;
    w += 256;
  }
  if (k > 0) {
    l = v128.load(w, 0);
    r = v128.load(w, 16);
    x = v128.load32_splat(a, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
    x = v128.load32_splat(a, 16);
    c4l = madd(x, l, c4l);
    c4r = madd(x, r, c4r);
    x = v128.load32_splat(a, 20);
    c5l = madd(x, l, c5l);
    c5r = madd(x, r, c5r);
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

/** c (+=) aᵀ w: 4 columns of a panel of a; k rows of both. */
export function columns4(c: usize, a: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let c1l = fresh ? f32x4.splat(0) : v128.load(c, 128), c1r = fresh ? f32x4.splat(0) : v128.load(c, 144);
  let c2l = fresh ? f32x4.splat(0) : v128.load(c, 256), c2r = fresh ? f32x4.splat(0) : v128.load(c, 272);
  let c3l = fresh ? f32x4.splat(0) : v128.load(c, 384), c3r = fresh ? f32x4.splat(0) : v128.load(c, 400);
  let l: v128, r: v128, x: v128;
  for (; k >= 2; k -= 2) {
    const a1 = a + 128;
    l = v128.load(w, 0);
    r = v128.load(w, 16);
    x = v128.load32_splat(a, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
    l = v128.load(w, 128);
    r = v128.load(w, 144);
    x = v128.load32_splat(a1, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a1, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a1, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a1, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
    a += 256;
    w += 256;
  }
  if (k > 0) {
    l = v128.load(w, 0);
    r = v128.load(w, 16);
    x = v128.load32_splat(a, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
    x = v128.load32_splat(a, 4);
    c1l = madd(x, l, c1l);
    c1r = madd(x, r, c1r);
    x = v128.load32_splat(a, 8);
    c2l = madd(x, l, c2l);
    c2r = madd(x, r, c2r);
    x = v128.load32_splat(a, 12);
    c3l = madd(x, l, c3l);
    c3r = madd(x, r, c3r);
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

/** c (+=) aᵀ w: 1 column of a panel of a; k rows of both. */
export function columns1(c: usize, a: usize, w: usize, k: i32, fresh: bool): void {
  let c0l = fresh ? f32x4.splat(0) : v128.load(c, 0), c0r = fresh ? f32x4.splat(0) : v128.load(c, 16);
  let l: v128, r: v128, x: v128;
  for (; k >= 2; k -= 2) {
    const a1 = a + 128;
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
    a += 256;
    w += 256;
  }
  if (k > 0) {
    l = v128.load(w, 0);
    r = v128.load(w, 16);
    x = v128.load32_splat(a, 0);
    c0l = madd(x, l, c0l);
    c0r = madd(x, r, c0r);
  }
  v128.store(c, c0l, 0);
  v128.store(c, c0r, 16);
}

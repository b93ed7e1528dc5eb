// The dense products, cut into tiles. Letters: B examples, I inputs, O units; R: how many rows of a
// batch fit.
import { PANEL } from '../plan';
import { columns1, columns4, columns6 } from './column-tiles';
import { rows1, rows4, rows6 } from './row-tiles';

/**
 * How far k runs before the next tile: 128 rows of a panel are 16 KiB, which stay in the
 * first-level cache.
 */
const DEPTH: i32 = 128;
/** Columns of a tile, and their bytes. */
const SIDE: i32 = 8;
const SIDE_BYTES: usize = 32;

/**
 * The height of the next tile when n rows are left: sixes, then fours, so that as few rows as
 * possible are single.
 */
// @ts-ignore: decorator
@inline
function height(n: i32): i32 {
  if (n >= 6 && n != 8 && n != 9) return 6;
  return n >= 4 ? 4 : 1;
}

/**
 * Panel p of c = a w, rows from .. to-1      a (B, I)   w (I, O)   c (B, O), summed over I
 * Computes `multiply` of numeric/products.ts; with Wᵀ for w, `multiplyTransposedRight`.
 */
export function multiply(c: usize, a: usize, w: usize, R: i32, I: i32, O: i32, p: i32, from: i32, to: i32): void {
  const panel = <usize>R * 128;
  const columns = min(PANEL, O - p * PANEL);
  for (let k = 0; k < I; k += DEPTH) {
    const n = min(DEPTH, I - k);
    const fresh = k == 0;
    for (let r = from, rows = 0; r < to; r += rows) {
      rows = height(to - r);
      const ar = a + (<usize>k / PANEL) * panel + <usize>r * 128;
      let cr = c + <usize>p * panel + <usize>r * 128;
      let wk = w + (<usize>p * I + k) * 128;
      for (let column = 0; column < columns; column += SIDE) {
        if (rows == 6) rows6(cr, ar, panel, wk, n, fresh);
        else if (rows == 4) rows4(cr, ar, panel, wk, n, fresh);
        else rows1(cr, ar, panel, wk, n, fresh);
        cr += SIDE_BYTES;
        wk += SIDE_BYTES;
      }
    }
  }
}

/**
 * Panel p of dW = xᵀ dz, rows from .. to-1     x (B, I)   dz (B, O)   dW (I, O), summed over B
 * Computes `multiplyTransposedLeft` of numeric/products.ts. The rows are inside one panel of x;
 * block is where the first of them goes.
 */
export function multiplyTransposedLeft(block: usize, x: usize, dz: usize, R: i32, B: i32, O: i32, p: i32, from: i32, to: i32): void {
  const panel = <usize>R * 128;
  const columns = min(PANEL, O - p * PANEL);
  for (let k = 0; k < B; k += DEPTH) {
    const n = min(DEPTH, B - k);
    const fresh = k == 0;
    for (let i = from, rows = 0; i < to; i += rows) {
      rows = height(to - i);
      const xk = x + (<usize>i / PANEL) * panel + <usize>k * 128 + (<usize>i % PANEL) * 4;
      let d = block + <usize>(i - from) * 128;
      let dzk = dz + <usize>p * panel + <usize>k * 128;
      for (let column = 0; column < columns; column += SIDE) {
        if (rows == 6) columns6(d, xk, dzk, n, fresh);
        else if (rows == 4) columns4(d, xk, dzk, n, fresh);
        else columns1(d, xk, dzk, n, fresh);
        d += SIDE_BYTES;
        dzk += SIDE_BYTES;
      }
    }
  }
}

/**
 * db = Σ_B dz   db (1, O)   dz (B, O). Computes `sumOverExamples` of ops/layers/dense.ts.
 */
export function sumOverExamples(db: usize, dz: usize, R: i32, B: i32, O: i32): void {
  for (let column = 0; column < O; column += 4) {
    let at = dz + (<usize>column / PANEL) * (<usize>R * 128) + (<usize>column % PANEL) * 4;
    let sum = f32x4.splat(0);
    for (let r = 0; r < B; r++) {
      sum = f32x4.add(sum, v128.load(at));
      at += 128;
    }
    v128.store(db + <usize>column * 4, sum); // in panels, the rows of (1, O) follow each other
  }
}

/** Wt = Wᵀ for rows from .. to-1 of panel p of W; they are inside one panel of Wt.    W (I, O) */
export function transpose(Wt: usize, W: usize, I: i32, O: i32, p: i32, from: i32, to: i32): void {
  const columns = min(PANEL, O - p * PANEL);
  for (let i = from, rows = 0; i < to; i += rows) {
    rows = to - i >= 4 ? 4 : 1;
    let source = W + (<usize>p * I + i) * 128;
    let target = Wt + ((<usize>i / PANEL) * O + p * PANEL) * 128 + (<usize>i % PANEL) * 4;
    for (let o = 0, n = 0; o < columns; o += n) {
      n = rows == 4 && columns - o >= 4 ? 4 : 1;
      if (n == 4) transpose4(target, source);
      else for (let r: usize = 0; r < <usize>rows; r++) store<f32>(target + r * 4, load<f32>(source + r * 128));
      source += <usize>n * 4;
      target += <usize>n * 128;
    }
  }
}

/** Four rows of four numbers. */
// @ts-ignore: decorator
@inline
function transpose4(to: usize, from: usize): void {
  const a = v128.load(from, 0), b = v128.load(from, 128), c = v128.load(from, 256), d = v128.load(from, 384);
  const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5), high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const low2 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), high2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low, low2, 0, 2), 0);
  v128.store(to, v128.shuffle<i64>(low, low2, 1, 3), 128);
  v128.store(to, v128.shuffle<i64>(high, high2, 0, 2), 256);
  v128.store(to, v128.shuffle<i64>(high, high2, 1, 3), 384);
}

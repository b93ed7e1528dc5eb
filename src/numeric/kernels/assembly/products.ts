// The products of ../../products.ts, with the same bits: out (rows, cols) = factors (rows, count)
// times terms (count, cols). Every number is one sum in rising order; only columns go side by side.
//
// The inner dimension is cut into blocks. For a block and a tile of columns the terms are packed in
// binary64 into memory that stays in the nearest cache, and each row of factors goes over them. A
// row's factors that are not 0 are listed once per block.

/** Bytes of a packed term: a tile has at most 16 columns. */
const TERM = 128;

/** For so few rows it takes longer to see that all terms are finite than to multiply zeros. */
const FEW = 4;

/** Where the arrays are, and how far apart their numbers: in bytes. */
@unmanaged
class Product {
  out: usize; // rows of `stride` numbers, a multiple of 4
  factors: usize;
  terms: usize;
  packed: usize; // block · 128 bytes
  listed: usize; // rows · (4 + block · 16) bytes
  rows: i32;
  count: i32;
  cols: i32;
  stride: i32;
  factorRow: i32;
  factorStep: i32;
  termRow: i32;
  termStep: i32;
  block: i32; // the length of blocks; in binary32 sums are rounded after each
  single: i32; // 1: binary32
  keepZeros: i32; // 1: zero factors are multiplied too, unless all terms are finite
  factorKind: i32; // 0: factors as they are, 1: their sizes, 2: their squares
  termKind: i32; // the same of terms
  termCount: i32; // how many numbers `terms` holds
  isListed: i32; // 1: the factors, one block of them, are listed already
}

export const productBytes: usize = offsetof<Product>();
export const heapBase: usize = __heap_base;

export function multiply(product: usize): void {
  const p = changetype<Product>(product);
  // Times a finite number, 0 is 0, and adding 0 changes no sum here.
  if (p.keepZeros && p.rows > FEW && areFinite(p)) p.keepZeros = 0;
  for (let first = 0; first < p.count; first += p.block) {
    const length = min(p.block, p.count - first);
    if (!p.isListed) list(p, first, length);
    let col = 0;
    for (; col + 16 <= p.cols; col += 16) {
      pack(p, first, length, col, 16);
      for (let r = 0; r < p.rows; r++) row16(p, r, col, first == 0);
    }
    for (; col + 8 <= p.cols; col += 8) {
      pack(p, first, length, col, 8);
      for (let r = 0; r < p.rows; r++) row8(p, r, col, first == 0);
    }
    for (; col < p.cols; col += 4) {
      pack(p, first, length, col, 4);
      for (let r = 0; r < p.rows; r++) row4(p, r, col, first == 0);
    }
  }
}

function areFinite(p: Product): bool {
  const end = p.terms + <usize>p.termCount * <usize>(p.single ? 4 : 8);
  let sum: f64 = 0; // 0 · t is 0, or NaN where t is not finite
  let at = p.terms;
  if (p.single) {
    for (; at < end; at += 4) sum += 0 * ofOne(p.termKind, <f64>load<f32>(at));
    return sum == 0;
  }
  let sums = f64x2.splat(0);
  for (; at + 16 <= end; at += 16) sums = f64x2.add(sums, f64x2.mul(f64x2.splat(0), ofBoth(p.termKind, v128.load(at))));
  if (at < end) sum = 0 * ofOne(p.termKind, load<f64>(at));
  return sum + f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1) == 0;
}

// @ts-ignore: decorator
@inline
function ofOne(kind: i32, x: f64): f64 {
  return kind == 0 ? x : kind == 1 ? abs(x) : x * x;
}

// @ts-ignore: decorator
@inline
function ofBoth(kind: i32, x: v128): v128 {
  return kind == 0 ? x : kind == 1 ? f64x2.abs(x) : f64x2.mul(x, x);
}

/**
 * For each row how many factors of this block there are, then each factor and where its packed
 * term is.
 */
function list(p: Product, first: i32, length: i32): void {
  const size: usize = 16 + <usize>p.block * 16;
  const kind = p.factorKind;
  for (let r = 0; r < p.rows; r++) {
    const list = p.listed + <usize>r * size;
    let to = list + 16;
    let from = p.factors + <usize>r * p.factorRow + <usize>first * p.factorStep;
    for (let n = 0; n < length; n++) {
      const factor = ofOne(kind, p.single ? <f64>load<f32>(from) : load<f64>(from));
      from += p.factorStep;
      if (factor == 0 && !p.keepZeros) continue;
      store<f64>(to, factor);
      store<usize>(to, p.packed + <usize>n * TERM, 8);
      to += 16;
    }
    store<usize>(list, to);
  }
}

function pack(p: Product, first: i32, length: i32, col: i32, width: i32): void {
  const used = min(width, p.cols - col);
  const start = p.terms + <usize>first * p.termRow + <usize>col * p.termStep;
  const size = p.single ? 4 : 8;
  if (used == width && p.termStep == size) return packRows(p, start, length, width);
  let done = 0;
  if (used == width && p.termRow == size) {
    done = length & ~1;
    packColumns(p, start, done, width);
  }
  const kind = p.termKind;
  for (let n = done; n < length; n++) {
    const to = p.packed + <usize>n * TERM;
    let from = start + <usize>n * p.termRow;
    for (let c = 0; c < used; c++) {
      store<f64>(to + <usize>c * 8, ofOne(kind, p.single ? <f64>load<f32>(from) : load<f64>(from)));
      from += p.termStep;
    }
    for (let c = used; c < width; c++) store<f64>(to + <usize>c * 8, 0);
  }
}

/** Terms whose columns lie side by side. */
function packRows(p: Product, start: usize, length: i32, width: i32): void {
  for (let n = 0; n < length; n++) {
    const to = p.packed + <usize>n * TERM;
    const from = start + <usize>n * p.termRow;
    for (let c = 0; c < width; c += 2) v128.store(to + <usize>c * 8, pair(p, from + <usize>c * p.termStep));
  }
}

/** Terms whose rows lie side by side, an even number of them: two rows of two columns at a time. */
function packColumns(p: Product, start: usize, length: i32, width: i32): void {
  for (let c = 0; c < width; c += 2) {
    const left = start + <usize>c * p.termStep;
    let to = p.packed + <usize>c * 8;
    for (let n = 0; n < length; n += 2) {
      const l = pair(p, left + <usize>n * p.termRow);
      const r = pair(p, left + p.termStep + <usize>n * p.termRow);
      v128.store(to, v128.shuffle<i64>(l, r, 0, 2));
      v128.store(to + TERM, v128.shuffle<i64>(l, r, 1, 3));
      to += 2 * TERM;
    }
  }
}

/** Two terms that lie side by side. */
// @ts-ignore: decorator
@inline
function pair(p: Product, at: usize): v128 {
  return ofBoth(p.termKind, p.single ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at));
}

// @ts-ignore: decorator
@inline
function begin(out: usize, fresh: bool, offset: usize): v128 {
  return fresh ? f64x2.splat(0) : v128.load(out + offset);
}

function row16(p: Product, r: i32, col: i32, fresh: bool): void {
  const start = fresh || p.single != 0;
  const out = p.out + (<usize>r * p.stride + col) * <usize>(p.single ? 4 : 8);
  let c0 = begin(out, start, 0), c1 = begin(out, start, 16), c2 = begin(out, start, 32), c3 = begin(out, start, 48);
  let c4 = begin(out, start, 64), c5 = begin(out, start, 80), c6 = begin(out, start, 96), c7 = begin(out, start, 112);
  let at = p.listed + <usize>r * (16 + <usize>p.block * 16);
  const end = load<usize>(at);
  for (at += 16; at < end; at += 16) {
    const f = v128.load64_splat(at);
    const w = load<usize>(at, 8);
    c0 = f64x2.add(c0, f64x2.mul(f, v128.load(w, 0)));
    c1 = f64x2.add(c1, f64x2.mul(f, v128.load(w, 16)));
    c2 = f64x2.add(c2, f64x2.mul(f, v128.load(w, 32)));
    c3 = f64x2.add(c3, f64x2.mul(f, v128.load(w, 48)));
    c4 = f64x2.add(c4, f64x2.mul(f, v128.load(w, 64)));
    c5 = f64x2.add(c5, f64x2.mul(f, v128.load(w, 80)));
    c6 = f64x2.add(c6, f64x2.mul(f, v128.load(w, 96)));
    c7 = f64x2.add(c7, f64x2.mul(f, v128.load(w, 112)));
  }
  if (p.single) {
    fold(out, c0, c1, fresh);
    fold(out + 16, c2, c3, fresh);
    fold(out + 32, c4, c5, fresh);
    fold(out + 48, c6, c7, fresh);
    return;
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

function row8(p: Product, r: i32, col: i32, fresh: bool): void {
  const start = fresh || p.single != 0;
  const out = p.out + (<usize>r * p.stride + col) * <usize>(p.single ? 4 : 8);
  let c0 = begin(out, start, 0), c1 = begin(out, start, 16), c2 = begin(out, start, 32), c3 = begin(out, start, 48);
  let at = p.listed + <usize>r * (16 + <usize>p.block * 16);
  const end = load<usize>(at);
  for (at += 16; at < end; at += 16) {
    const f = v128.load64_splat(at);
    const w = load<usize>(at, 8);
    c0 = f64x2.add(c0, f64x2.mul(f, v128.load(w, 0)));
    c1 = f64x2.add(c1, f64x2.mul(f, v128.load(w, 16)));
    c2 = f64x2.add(c2, f64x2.mul(f, v128.load(w, 32)));
    c3 = f64x2.add(c3, f64x2.mul(f, v128.load(w, 48)));
  }
  if (p.single) {
    fold(out, c0, c1, fresh);
    fold(out + 16, c2, c3, fresh);
    return;
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
  v128.store(out, c2, 32);
  v128.store(out, c3, 48);
}

function row4(p: Product, r: i32, col: i32, fresh: bool): void {
  const start = fresh || p.single != 0;
  const out = p.out + (<usize>r * p.stride + col) * <usize>(p.single ? 4 : 8);
  let c0 = begin(out, start, 0), c1 = begin(out, start, 16);
  let at = p.listed + <usize>r * (16 + <usize>p.block * 16);
  const end = load<usize>(at);
  for (at += 16; at < end; at += 16) {
    const f = v128.load64_splat(at);
    const w = load<usize>(at, 8);
    c0 = f64x2.add(c0, f64x2.mul(f, v128.load(w, 0)));
    c1 = f64x2.add(c1, f64x2.mul(f, v128.load(w, 16)));
  }
  if (p.single) {
    fold(out, c0, c1, fresh);
    return;
  }
  v128.store(out, c0, 0);
  v128.store(out, c1, 16);
}

/** Adds a block's sums of four columns to the result, and rounds. */
// @ts-ignore: decorator
@inline
function fold(out: usize, low: v128, high: v128, fresh: bool): void {
  const before = fresh ? f32x4.splat(0) : v128.load(out);
  const first = f64x2.add(f64x2.promote_low_f32x4(before), low);
  const second = f64x2.add(f64x2.promote_low_f32x4(v128.shuffle<i64>(before, before, 1, 1)), high);
  v128.store(out, v128.shuffle<i64>(f32x4.demote_f64x2_zero(first), f32x4.demote_f64x2_zero(second), 0, 2));
}

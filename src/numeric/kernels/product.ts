// Matrix products on a WebAssembly kernel: arrays go in, products come out, with the bits of
// ../products.ts.
import type { FloatArray } from '../dtype.ts';
import type { Matrix } from '../matrix.ts';
import { Room, strideOf } from './kernel.ts';
import type { Call, Kind } from './kernel.ts';

/** The numbers of a product. */
type Shape = Omit<Call, 'outAt' | 'factorsAt' | 'termsAt' | 'stride'>;

/** Which side of a product is transposed. */
type Transposed = 'left' | 'right' | null;

/** With the right matrix transposed, zeros of the left one count. */
export function shapeOf(left: Matrix, right: Matrix, transposed: Transposed): Shape {
  const [ofLeft, ofRight] = [transposed === 'left', transposed === 'right'];
  return {
    rows: ofLeft ? left.cols : left.rows,
    count: ofLeft ? left.rows : left.cols,
    cols: ofRight ? right.rows : right.cols,
    factorRow: ofLeft ? 1 : left.cols,
    factorStep: ofLeft ? left.cols : 1,
    termRow: ofRight ? 1 : right.cols,
    termStep: ofRight ? right.cols : 1,
    keepZeros: ofRight,
  };
}

/** Multiplications from which a call of the kernel costs less than a loop here. */
const WORTH = 8192;

/**
 * Whether the product was computed: not where it is small, too large for the kernel's memory, of
 * mixed types, or where there is no WebAssembly SIMD.
 */
export function multiplyInKernel({ data: out }: Matrix, left: Matrix, right: Matrix, transposed: Transposed): boolean {
  if (left.rows * left.cols * (transposed === 'right' ? right.rows : right.cols) < WORTH) return false;
  const isSingle = out instanceof Float32Array;
  const [factors, terms] = [left.data, right.data];
  if (factors instanceof Float32Array !== isSingle || terms instanceof Float32Array !== isSingle) return false;
  const shape = shapeOf(left, right, transposed);
  return run({ ...shape, terms }, shape.rows, [factors], [out], isSingle);
}

/**
 * Several products in binary64 with the same terms: each of `factors` has the rows that make the
 * same of `outs`.
 */
export function multiplyAllInKernel(
  product: Shape & { readonly terms: FloatArray },
  factors: readonly FloatArray[],
  outs: readonly FloatArray[],
): boolean {
  const rows = product.rows * outs.length;
  if (rows * product.count * product.cols < WORTH) return false;
  return run(product, rows, factors, outs, false);
}

function run(
  product: Shape & { readonly terms: FloatArray },
  rows: number,
  factors: readonly FloatArray[],
  outs: readonly FloatArray[],
  isSingle: boolean,
): boolean {
  const { terms, count, cols } = product;
  const [ArrayType, size] = isSingle ? ([Float32Array, 4] as const) : ([Float64Array, 8] as const);
  const room = Room.open();
  if (room === null) return false;
  const stride = strideOf(cols);
  const outAt = room.take(rows * stride * size);
  const factorsAt = room.take(factors.reduce((sum, { length }) => sum + length, 0) * size);
  const termsAt = room.take(terms.length * size);
  const work = room.takeWork(rows, count, isSingle);
  const buffer = room.buffer();
  if (buffer === null) return false;
  let at = factorsAt;
  for (const values of factors) {
    new ArrayType(buffer, at, values.length).set(values);
    at += values.length * size;
  }
  new ArrayType(buffer, termsAt, terms.length).set(terms);
  room.multiply({ ...product, rows, outAt, factorsAt, termsAt, stride }, work, terms.length);
  const each = rows / outs.length;
  outs.forEach((out, n) => {
    const computed = new ArrayType(buffer, outAt + n * each * stride * size, each * stride);
    if (stride === cols) out.set(computed);
    else for (let r = 0; r < each; r++) out.set(computed.subarray(r * stride, r * stride + cols), r * cols);
  });
  return true;
}

/** Factors and terms of one product, in binary64, and what is multiplied of both. */
export interface Factors {
  readonly left: Matrix;
  readonly right: Matrix;
  readonly kind: Kind;
}

/** Some rows of several products; row r of these starts at r * stride. */
export interface Strip {
  readonly first: number;
  readonly rows: number;
  readonly stride: number;
  readonly products: readonly Float64Array[];
}

/** Numbers per product of a strip: few enough to stay in a cache, many enough for packed terms. */
const STRIP = 2 ** 18;

/**
 * Several products of one shape, left right or leftᵀ right, some rows at a time: none of them is
 * ever whole. The strips are in the kernel's memory, so `use` must not multiply.
 */
export function multiplyInStripsOfKernel(
  all: readonly Factors[],
  transposed: boolean,
  use: (strip: Strip) => void,
): boolean {
  const [{ left, right }] = all;
  const shape = shapeOf(left, right, transposed ? 'left' : null);
  const { rows, count, cols } = shape;
  if (rows * count * cols < WORTH) return false;
  const room = Room.open();
  if (room === null) return false;
  const stride = strideOf(cols);
  const most = Math.min(rows, Math.max(16, Math.floor(STRIP / stride)));
  const placed = new Map<FloatArray, number>();
  for (const { data } of all.flatMap((one) => [one.left, one.right]))
    if (!placed.has(data)) placed.set(data, room.take(data.length * 8));
  const outsAt = all.map(() => room.take(most * stride * 8));
  const work = room.takeWork(most, count, false);
  const buffer = room.buffer();
  if (buffer === null) return false;
  for (const [data, at] of placed) new Float64Array(buffer, at, data.length).set(data);
  for (let first = 0; first < rows; first += most) {
    const own = Math.min(most, rows - first);
    all.forEach(({ left: { data: factors }, right: { data: terms }, kind }, n) => {
      const factorsAt = (placed.get(factors) ?? 0) + first * shape.factorRow * 8;
      const call = { ...shape, outAt: outsAt[n], factorsAt, termsAt: placed.get(terms) ?? 0, rows: own, stride };
      const before = n > 0 ? all[n - 1] : null;
      const isListed = count <= work.block && before?.left.data === factors && before.kind === kind;
      room.multiply({ ...call, factorKind: kind, termKind: kind, isListed }, work, terms.length);
    });
    use({ first, rows: own, stride, products: outsAt.map((at) => new Float64Array(buffer, at, own * stride)) });
  }
  return true;
}

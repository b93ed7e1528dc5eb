// Bounds on errors as rows of windows: the copies of windows.ts, for everything a tracked value
// carries.
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { gather } from './windows.ts';
import type { Windows } from './windows.ts';

const PARTS = ['value', 'worst', 'systematic', 'own', 'shared', 'error'] as const;

/** Rows `first` to `end` of a tracked value, each cut into pieces of `cols` numbers: no copy. */
export function rowsOf(t: Tracked, first: number, end: number, cols: number): Tracked {
  const part = (m: Matrix): Matrix => {
    const data = m.data.subarray(first * m.cols, end * m.cols);
    return { rows: data.length / cols, cols, data };
  };
  const [value, worst, systematic, own, shared, error] = PARTS.map((name) => part(t[name]));
  const shift = t.shift === undefined ? {} : { shift: part(t.shift) };
  return { value, worst, systematic, own, shared, error, ...shift, ...(t.isExact === true && { isExact: true }) };
}

/**
 * What lies in the windows of examples `first` to `end`: (n·rows, T·C), as gather lists it.
 * @param from (rows, T), cells or positions
 */
export function gathered(t: Tracked, first: number, end: number, from: Int32Array, T: number, C: number): Tracked {
  const rows = from.length / T;
  const part = ({ data, cols }: Matrix): Matrix => {
    const out = zeros('f64', (end - first) * rows, T * C);
    for (let n = first; n < end; n++) gather(out.data.subarray((n - first) * rows * T * C), data, n * cols, from, C);
    return out;
  };
  const value = part(t.value);
  if (t.isExact === true) {
    const none = zeros('f64', 0, 0); // not read where values are exact
    return { value, isExact: true, worst: none, systematic: none, own: none, shared: none, error: none };
  }
  const [worst, systematic, own, shared, error] = PARTS.slice(1).map((name) => part(t[name]));
  return { value, worst, systematic, own, shared, error, ...(t.shift !== undefined && { shift: part(t.shift) }) };
}

/** Numbers that are copied at once. */
const MOST = 2 ** 17;

/** Cuts B examples of `each` numbers into runs that are copied at once. */
export function inRuns(B: number, each: number, use: (first: number, end: number) => void): void {
  const count = Math.max(1, Math.floor(MOST / each));
  for (let first = 0; first < B; first += count) use(first, Math.min(B, first + count));
}

/**
 * (B, H·W) one number for each place of a picture, from the numbers there: equal only if all
 * channels are.
 */
export function placesIn(x: Matrix, C: number): Matrix {
  const factors = createRng(C, 'places').uniform;
  const own = Float64Array.from({ length: C }, factors);
  const out = zeros('f64', x.rows, x.cols / C);
  for (let i = 0; i < out.data.length; i++) for (let c = 0; c < C; c++) out.data[i] += own[c] * x.data[i * C + c];
  return out;
}

/**
 * (B, P) the same for the positions of windows. Two positions with equal numbers compute the same
 * from the same numbers, all the way down to the inputs of the network: a gradient that goes to one
 * of them does the same to every parameter as one that goes to the other.
 */
export function placesOfWindows(places: Matrix, { cells, kh, kw }: Windows): Matrix {
  const T = kh * kw;
  const rng = createRng(T, 'windows');
  const [factors, outside] = [Float64Array.from({ length: T }, () => rng.uniform()), rng.uniform()];
  const P = cells.length / T;
  const out = zeros('f64', places.rows, P);
  for (let n = 0; n < places.rows; n++)
    for (let i = 0; i < cells.length; i++) {
      const value = cells[i] < 0 ? outside : places.data[n * places.cols + cells[i]];
      out.data[n * P + Math.floor(i / T)] += factors[i % T] * value;
    }
  return out;
}

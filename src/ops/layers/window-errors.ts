// Bounds on errors as rows of windows: the copies of windows.ts, for everything a tracked value
// carries.
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { Scratch } from '../../numeric/scratch.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { Pass } from './tensors.ts';
import { gather } from './windows.ts';
import type { Windows } from './windows.ts';

const scratch = new Scratch();
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

/** Where the windows of examples lie, and how many numbers are at a place. */
interface Gathering {
  /** (rows, T), cells or positions */
  readonly from: Int32Array;
  readonly T: number;
  readonly C: number;
}

/** Numbers that are copied at once. */
const MOST = 2 ** 15;

/**
 * Calls with what lies in the windows of examples `first` to `end`, (n·rows, T·C), as gather lists
 * it, for some examples after the others.
 * @param atOnce most examples of one call
 * @param use must not keep what it gets
 */
export function gathered(
  t: Tracked,
  { from, T, C }: Gathering,
  use: (inWindows: Tracked, first: number, end: number) => void,
  atOnce = Infinity,
): void {
  const [B, rows, each] = [t.value.rows, from.length / T, from.length * C];
  const count = Math.max(1, Math.min(atOnce, B, Math.floor(MOST / each)));
  const none = zeros('f64', 0, 0); // not read where values are exact
  const names = t.isExact === true ? (['value'] as const) : PARTS;
  for (let first = 0; first < B; first += count) {
    const end = Math.min(B, first + count);
    const part = ({ data, cols }: Matrix, room: number): Matrix => {
      const own = scratch.matrix(room, (end - first) * rows, T * C);
      for (let n = first; n < end; n++) gather(own.data.subarray((n - first) * each), data, n * cols, from, C);
      return own;
    };
    const [value, worst = none, systematic = none, own = none, shared = none, error = none] = names.map((name, i) =>
      part(t[name], i),
    );
    const shift = t.shift && part(t.shift, PARTS.length);
    const isExact = t.isExact === true && { isExact: true };
    use({ value, worst, systematic, own, shared, error, ...(shift && { shift }), ...isExact }, first, end);
  }
}

/**
 * (B, H·W) one number for each place of a picture, from the numbers there: equal only if all
 * channels are.
 */
function placesIn(x: Matrix, C: number): Matrix {
  const factors = createRng(C, 'places').uniform;
  const own = Float64Array.from({ length: C }, factors);
  const out = zeros('f64', x.rows, x.cols / C);
  for (let i = 0; i < out.data.length; i++) for (let c = 0; c < C; c++) out.data[i] += own[c] * x.data[i * C + c];
  return out;
}

/** In training, notes in z which positions compute the same, where x says it of places. */
export function followPlaces(z: Tracked, x: Tracked, windows: Windows, { mode }: Pass): void {
  if (mode !== 'train') return; // it matters to gradients alone
  const places = x.places ?? (x.isExact === true ? placesIn(x.value, windows.C) : undefined);
  if (places !== undefined) z.places = placesOfWindows(places, windows);
}

/**
 * (B, P) the same for the positions of windows. Two positions with equal numbers compute the same
 * from the same numbers, all the way down to the inputs of the network: a gradient that goes to one
 * of them does the same to every parameter as one that goes to the other.
 */
function placesOfWindows(places: Matrix, { cells, kh, kw }: Windows): Matrix {
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

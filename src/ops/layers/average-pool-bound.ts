// Bounds of average pooling: of sums of n numbers, divided by n.
//
// Letters as in average-pool.ts.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { larger, peakOf } from '../../numeric/bounds/extremes.ts';
import { largestOf, settle, spread } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { LayerBound } from './page.ts';
import { poolWindows } from './pool.ts';
import { followPlaces } from './window-errors.ts';
import { cellCounts, overlaps } from './windows.ts';
import type { PoolFields } from './windows.ts';

/**
 * Errors of weighted sums of numbers of one example.
 * @param from (rows, T) the places of the terms, -1 for none; `factor` is that of a place in a row
 * @param splits whether one number enters several sums, which then share its error
 * @returns the largest Σ|terms|
 */
function weightedSums(
  out: Tracked,
  of: Tracked,
  {
    from,
    T,
    C,
    factor,
    splits,
  }: { from: Int32Array; T: number; C: number; factor: (row: number, place: number) => number; splits: boolean },
): number {
  const [I, O, sizes] = [of.value.cols, out.value.cols, largestOf(of).data];
  if (of.shift !== undefined) out.shift = zeros('f64', out.value.rows, O);
  if (of.either !== undefined) out.either = zeros('f64', out.value.rows, O);
  let peak = 0;
  for (let n = 0; n < out.value.rows; n++)
    for (let i = 0; i < O; i++) {
      const [row, c] = [Math.floor(i / C), i % C];
      let [size, count, worst, systematic, squares, shared, shift, either] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let t = row * T; t < (row + 1) * T; t++) {
        if (from[t] < 0) continue;
        const [at, w] = [n * I + from[t] * C + c, factor(row, from[t])];
        count++;
        size += w * sizes[at];
        worst += w * of.worst.data[at];
        systematic += w * of.systematic.data[at];
        squares += w * w * of.own.data[at] * of.own.data[at];
        shared += w * of.shared.data[at];
        shift += w * (of.shift?.data[at] ?? 0);
        either += w * (of.either?.data[at] ?? 0);
      }
      const [to, rounding] = [n * O + i, (count + 3) * u * size];
      peak = larger(peak, size * T);
      const lost = size === 0 && worst === 0 ? 0 : underflow(count + 3);
      out.worst.data[to] = (1 + (count + 3) * u) * worst + rounding + lost;
      out.systematic.data[to] = systematic + lost;
      out.own.data[to] = spread(rounding, splits ? 0 : Math.sqrt(squares));
      out.shared.data[to] = splits ? spread(shared, Math.sqrt(squares)) : shared;
      if (out.shift !== undefined) out.shift.data[to] = shift;
      if (out.either !== undefined) out.either.data[to] = either;
    }
  settle(out);
  return peak;
}

export const AVERAGE_POOL_BOUND: LayerBound<PoolFields> = {
  forward(z, x, _p, { spec, pass }) {
    const windows = poolWindows(spec);
    const { cells: from, kh, kw, C } = windows;
    const counts = cellCounts(windows);
    const factor = (position: number): number => 1 / counts[position];
    const peak = weightedSums(z, x, { from, T: kh * kw, C, factor, splits: overlaps(windows) });
    followPlaces(z, x, windows, pass);
    return larger(peak, peakOf(z.value.data));
  },
  backward({ dx }, dz, _x, _p, { spec }) {
    if (dx === null) return { dx: 0, dp: 0 };
    const windows = poolWindows(spec);
    const { positions: from, kh, kw, C } = windows;
    const counts = cellCounts(windows);
    const factor = (_cell: number, position: number): number => 1 / counts[position];
    return { dx: weightedSums(dx, dz, { from, T: kh * kw, C, factor, splits: true }), dp: 0 };
  },
};

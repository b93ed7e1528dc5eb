// Bounds of max pooling. The largest of some numbers moves by no more than those that may be
// largest. Where more than one may be, each of them may get the gradient.
//
// Letters as in max-pool.ts.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import { largestOf, numbersOf, settle, spread } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { square } from '../../numeric/elementary.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { LayerBound } from './page.ts';
import { poolWindows } from './pool.ts';
import { followPlaces } from './window-errors.ts';
import { overlaps } from './windows.ts';
import type { PoolFields, Windows } from './windows.ts';

/**
 * Calls for each window of each example and channel with all cells that may be its largest, the
 * first `count` of `open`, which is filled again for the next window.
 */
function eachOpen(
  x: Tracked,
  { cells, kh, kw, C }: Windows,
  use: (out: number, open: Int32Array, count: number, chosen: number) => void,
): void {
  const [T, I] = [kh * kw, x.value.cols];
  const { value, error } = numbersOf(x);
  const open = new Int32Array(T);
  let out = 0;
  for (let n = 0; n < x.value.rows; n++)
    for (let first = 0; first < cells.length; first += T)
      for (let c = 0; c < C; c++, out++) {
        let [chosen, least] = [-1, -Infinity]; // no number that stays below `least` is the largest
        for (let t = first; t < first + T; t++) {
          if (cells[t] < 0) continue;
          const i = n * I + cells[t] * C + c;
          if (chosen < 0 || value[i] > value[chosen]) chosen = i;
          least = Math.max(least, value[i] - error[i]);
        }
        let count = 0;
        for (let t = first; t < first + T; t++) {
          const i = n * I + cells[t] * C + c;
          if (cells[t] >= 0 && !(value[i] + error[i] < least)) open[count++] = i;
        }
        use(out, open, count, chosen);
      }
}

export const MAX_POOL_BOUND: LayerBound<PoolFields> = {
  forward(z, x, _p, { spec, pass }) {
    const windows = poolWindows(spec);
    const [share, to, from] = [overlaps(windows), numbersOf(z), numbersOf(x)];
    const mayBe = (out: number, i: number): void => {
      to.worst[out] = Math.max(to.worst[out], from.worst[i]);
      to.systematic[out] = Math.max(to.systematic[out], from.systematic[i]);
      const [own, shared] = [from.own[i], from.shared[i]];
      // a cell in two windows moves the results of both
      to.own[out] = Math.max(to.own[out], share ? 0 : own);
      to.shared[out] = Math.max(to.shared[out], share ? spread(own, shared) : shared);
    };
    eachOpen(x, windows, (out, open, count) => {
      for (let k = 0; k < count; k++) mayBe(out, open[k]);
    });
    settle(z);
    followPlaces(z, x, windows, pass);
    return peakOf(z.value.data);
  },
  backward({ dx, undecided }, dz, x, _p, { spec }) {
    if (dx === null) return { dx: 0, dp: 0 };
    const windows = poolWindows(spec);
    const { C } = windows;
    const squares = new Float64Array(dx.value.data.length); // of the own errors
    const terms = new Float64Array(dx.value.data.length);
    const [sizes, to, from] = [largestOf(dz).data, numbersOf(dx), numbersOf(dz)];
    const place = (i: number): number | undefined => x.places?.data[Math.floor(i / C)];
    const give = (i: number, out: number): void => {
      to.worst[i] += from.worst[out];
      to.systematic[i] += from.systematic[out];
      to.shared[i] += from.shared[out];
      squares[i] += square(from.own[out]);
      if (dz.either !== undefined)
        (dx.either ??= zeros('f64', dx.value.rows, dx.value.cols)).data[i] += dz.either.data[out];
      terms[i]++;
    };
    const shiftOf = (i: number, by: number): void => {
      (dx.shift ??= zeros('f64', dx.value.rows, dx.value.cols)).data[i] += by;
    };
    eachOpen(x, windows, (out, open, count, chosen) => {
      if (count === 1) {
        give(chosen, out);
        if (dz.shift !== undefined && dz.shift.data[out] !== 0) shiftOf(chosen, dz.shift.data[out]);
        return;
      }
      const [value, shift, error] = [dz.value.data[out], dz.shift?.data[out] ?? 0, from.error[out]];
      const [here, others] = [place(chosen), [] as number[]];
      let alike = 0;
      for (let k = 0; k < count; k++) {
        if (open[k] === chosen || (here !== undefined && place(open[k]) === here)) open[alike++] = open[k];
        else others.push(open[k]);
      }
      // which of the places that see the same gets it makes no difference below
      if (alike > 1 && sizes[out] > 0) {
        const { data } = (dx.either ??= zeros('f64', dx.value.rows, dx.value.cols));
        for (let k = 0; k < alike; k++) data[open[k]] += sizes[out] + error;
      }
      give(chosen, out);
      if (shift !== 0) shiftOf(chosen, shift);
      if (others.length === 0 || sizes[out] + error === 0) return;
      // any share from 0 to 1, so the middle is half of it
      undecided?.(Math.floor(out / dz.value.cols), out % dz.value.cols, [chosen, ...others]);
      const half = (value + shift) / 2;
      for (const i of [chosen, ...others]) {
        to.worst[i] += Math.abs(half);
        to.systematic[i] += Math.abs(half);
        shiftOf(i, i === chosen ? -half : half);
        if (i !== chosen) give(i, out);
      }
    });
    const largest = largestOf(dx).data as Float64Array;
    for (let i = 0; i < terms.length; i++) {
      const n = terms[i];
      const rounding = n > 1 ? n * u * (largest[i] + to.worst[i]) : 0;
      const lost = n > 1 ? underflow(n) : 0;
      to.worst[i] += rounding + lost;
      to.systematic[i] += lost;
      to.own[i] = Math.sqrt(squares[i]) + rounding;
    }
    settle(dx);
    return { dx: peakOf(largest), dp: 0 };
  },
};

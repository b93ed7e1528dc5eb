// Bounds of max pooling. The largest of some numbers moves by no more than those that may be
// largest. Where more than one may be, each of them may get the gradient.
//
// Letters as in max-pool.ts.
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import { largestOf, settle, spread } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { LayerBound } from './page.ts';
import { poolWindows } from './pool.ts';
import { placesIn, placesOfWindows } from './window-errors.ts';
import { overlaps } from './windows.ts';
import type { PoolFields, Windows } from './windows.ts';

const u = UNIT_ROUNDOFF.f32;

/** Calls for each window of each example and channel with all cells that may be its largest. */
function eachOpen(
  x: Tracked,
  { cells, kh, kw, C }: Windows,
  use: (out: number, open: readonly number[], chosen: number) => void,
): void {
  const [T, I] = [kh * kw, x.value.cols];
  const [value, error] = [x.value.data, x.error.data];
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
        const open: number[] = [];
        for (let t = first; t < first + T; t++) {
          const i = n * I + cells[t] * C + c;
          if (cells[t] >= 0 && !(value[i] + error[i] < least)) open.push(i);
        }
        use(out, open, chosen);
      }
}

export const MAX_POOL_BOUND: LayerBound<PoolFields> = {
  forward(z, x, _p, { spec }) {
    const windows = poolWindows(spec);
    const [share, { worst, systematic, own, shared }] = [overlaps(windows), z];
    eachOpen(x, windows, (out, open) => {
      for (const i of open) {
        worst.data[out] = Math.max(worst.data[out], x.worst.data[i]);
        systematic.data[out] = Math.max(systematic.data[out], x.systematic.data[i]);
        const [ownOfX, sharedOfX] = [x.own.data[i], x.shared.data[i]];
        // a cell in two windows moves the results of both
        own.data[out] = Math.max(own.data[out], share ? 0 : ownOfX);
        shared.data[out] = Math.max(shared.data[out], share ? spread(ownOfX, sharedOfX) : sharedOfX);
      }
    });
    settle(z);
    const places = x.places ?? (x.isExact === true ? placesIn(x.value, windows.C) : undefined);
    if (places !== undefined) z.places = placesOfWindows(places, windows);
    return peakOf(z.value.data);
  },
  backward({ dx, undecided }, dz, x, _p, { spec }) {
    if (dx === null) return { dx: 0, dp: 0 };
    const windows = poolWindows(spec);
    const { C } = windows;
    const squares = zeros('f64', dx.value.rows, dx.value.cols); // of the own errors
    const terms = new Float64Array(dx.value.data.length);
    const sizes = largestOf(dz).data;
    const place = (i: number): number | undefined => x.places?.data[Math.floor(i / C)];
    const give = (to: number, from: number, share: number): void => {
      dx.worst.data[to] += share * dz.worst.data[from];
      dx.systematic.data[to] += share * dz.systematic.data[from];
      dx.shared.data[to] += share * dz.shared.data[from];
      squares.data[to] += share * dz.own.data[from] * dz.own.data[from];
      if (dz.either !== undefined)
        (dx.either ??= zeros('f64', dx.value.rows, dx.value.cols)).data[to] += share * dz.either.data[from];
      terms[to]++;
    };
    const shiftOf = (to: number, by: number): void => {
      (dx.shift ??= zeros('f64', dx.value.rows, dx.value.cols)).data[to] += by;
    };
    eachOpen(x, windows, (out, open, chosen) => {
      if (open.length === 1 && dz.shift === undefined) {
        give(chosen, out, 1);
        return;
      }
      const [value, shift] = [dz.value.data[out], dz.shift?.data[out] ?? 0];
      const alike = open.filter((i) => i === chosen || (place(i) !== undefined && place(i) === place(chosen)));
      const others = open.filter((i) => !alike.includes(i));
      // which of the places that see the same gets it makes no difference below
      if (alike.length > 1 && sizes[out] > 0)
        for (const i of alike)
          (dx.either ??= zeros('f64', dx.value.rows, dx.value.cols)).data[i] += sizes[out] + dz.error.data[out];
      give(chosen, out, 1);
      if (shift !== 0) shiftOf(chosen, shift);
      if (others.length === 0 || sizes[out] + dz.error.data[out] === 0) return;
      // any share from 0 to 1, so the middle is half of it
      undecided?.(Math.floor(out / dz.value.cols), out % dz.value.cols, [chosen, ...others]);
      const half = (value + shift) / 2;
      for (const i of [chosen, ...others]) {
        dx.worst.data[i] += Math.abs(half);
        dx.systematic.data[i] += Math.abs(half);
        shiftOf(i, i === chosen ? -half : half);
        if (i !== chosen) give(i, out, 1);
      }
    });
    for (let i = 0; i < terms.length; i++) {
      const n = terms[i];
      const rounding =
        n > 1 ? n * u * (Math.abs(dx.value.data[i]) + Math.abs(dx.shift?.data[i] ?? 0) + dx.worst.data[i]) : 0;
      dx.worst.data[i] += rounding + (n > 1 ? underflow(n) : 0);
      dx.systematic.data[i] += n > 1 ? underflow(n) : 0;
      dx.own.data[i] = Math.sqrt(squares.data[i]) + rounding;
    }
    settle(dx);
    return { dx: peakOf(largestOf(dx).data), dp: 0 };
  },
};

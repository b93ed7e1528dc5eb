// Measures slopes from values alone: what any gradient must agree with, however it was derived.
import { log } from '../../numeric/elementary.ts';

/** One step size and the slope it gives. */
export interface SweepPoint {
  readonly step: number;
  readonly slope: number;
}

export interface MeasuredSlope {
  readonly slope: number;
  /**
   * How far `slope` may be from the true one: the change between two step sizes, plus the rounding
   * of the two values.
   */
  readonly error: number;
  readonly sweep: readonly SweepPoint[];
}

/**
 * Relative to max(1, |x|). Large steps suffer from curvature (error h²/6·f'''), small ones from
 * rounding (ε·|f| / h).
 */
const STEPS = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

/**
 * Central difference (f(x+h) - f(x-h)) / 2h over a sweep of h. Keeps the step whose slope differs
 * least from that of the next larger one. Curvature makes neighbours differ by about 99 times the
 * error of the smaller step, rounding by about its own.
 * @param noise how far rounding can move one value of f
 * @param reaches whether f has one formula from x to there. Steps across a kink are left out; if
 *   fewer than two remain, the error is infinite
 * @param isEnough whether no smaller step need be tried
 */
export async function measureSlope(
  f: (x: number) => Promise<number>,
  x: number,
  noise: number,
  reaches: (there: number) => boolean | Promise<boolean> = () => true,
  isEnough: (best: Omit<MeasuredSlope, 'sweep'>) => boolean = () => false,
): Promise<MeasuredSlope> {
  const sweep: SweepPoint[] = [];
  let best = { slope: NaN, error: Infinity };
  for (const relative of STEPS) {
    const h = relative * Math.max(1, Math.abs(x));
    const [up, down] = [x + h, x - h]; // x + h and x - h are rounded: their distance is not exactly 2h
    if (!(await reaches(up)) || !(await reaches(down))) continue;
    const [above, below] = [await f(up), await f(down)];
    const slope = (above - below) / (up - down);
    const before = sweep.at(-1);
    sweep.push({ step: h, slope });
    if (before === undefined) continue;
    const error = Math.abs(slope - before.slope) + noise / h;
    if (error < best.error) best = { slope, error };
    if (isEnough(best)) break;
  }
  return { ...best, sweep };
}

/**
 * Order of the Taylor remainder |f(h) - f(0) - h·slope| as h shrinks: 2 if the slope is right, 1 if
 * it is wrong, whatever the step size. null if the remainder is lost in rounding from the start (f
 * is straight, and the slope right).
 * @param reaches as in measureSlope
 */
export async function taylorOrder(
  f: (h: number) => Promise<number>,
  slope: number,
  noise: number,
  reaches: (h: number) => boolean = () => true,
): Promise<number | null> {
  const at0 = await f(0);
  const orders: number[] = [];
  let before: { readonly h: number; readonly remainder: number } | null = null;
  for (const h of STEPS) {
    if (!reaches(h)) continue;
    const remainder = Math.abs((await f(h)) - at0 - h * slope);
    if (!(remainder > 100 * noise)) break; // below that, rounding decides
    if (before !== null) orders.push(log(before.remainder / remainder) / log(before.h / h));
    before = { h, remainder };
  }
  return orders.at(-1) ?? null;
}

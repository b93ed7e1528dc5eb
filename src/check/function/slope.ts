// The slope of a function along a line, from its values alone, with an error that holds: central
// differences extrapolated to step 0, from steps where what they leave out and noise are both
// small.
import { log, power, square } from '../../numeric/elementary.ts';
import type { Line } from './line.ts';
import type { Noise } from './noise.ts';
import { DEVIATIONS, bestOf, estimatesOf, noiseOf, rowOf, total } from './tableau.ts';
import type { Combined, Estimate, Rung } from './tableau.ts';

/** A slope and how far it may be from the true one. */
export interface Slope {
  readonly slope: number;
  readonly error: number;
  /** Right-hand slope less left-hand slope: at a kink not 0. */
  readonly jump: number;
  /** The one-sided slopes differ by more than their error: the point itself is at a kink. */
  readonly isKink: boolean;
  /** The kink is clear at the best step; otherwise many of them about may look like one. */
  readonly isSure: boolean;
  /** The largest |φ(t) - φ(0)| / t seen: what a slope can be compared with where it is 0. */
  readonly size: number;
  /** The best step, to begin with on another line of the same function. */
  readonly step: number;
  /** Order of the Taylor remainder, per value of the slope that is tried. */
  readonly order: (slope: number) => number | null;
}

/** Steps of one tableau. Steps are halved: they stay exact. */
const RUNGS = 6;
/** From one tableau to the next. */
const SMALLER = 2 ** 6;
const LARGER = 2 ** 5;
const TABLEAUX = 8;
/** How exactly a much smaller step must tell a slope to be asked. */
const ANCHORED = 0.1;
/**
 * Noise differs from step to step; the anchors look for other scales, which change slopes by more.
 */
const UNEVEN = 8;
/** Evaluations of an estimate of the noise. */
const AGAIN_COSTS = 18;
/** A change that is a smaller share of what noise allows tells nothing of the function. */
const HIDDEN = 0.4;
/** One-sided slopes that differ by less, as a share of the slopes seen, are no kink. */
const LEAST_JUMP = 1e-3;

/**
 * Ridders 1982 (Accurate computation of F'(x) and F'(x)F''(x), Adv. Eng. Software 4(2)): the
 * differences at h, h/2, h/4 ... are combined so that h², h⁴ ... drop out. Under each estimate of
 * the error is the noise of the values over the step, carried through the combination: rounded
 * differences are often equal by chance. Steps become smaller while that makes the error smaller
 * (kinks are then left behind), and larger while noise is all of it.
 * @param from the largest step of the first tableau
 * @param enough an error that need not be made smaller; such a slope is not compared with much
 *   smaller steps
 * @param again estimates the noise once more, where much smaller steps do not give the same slope
 * @param allowed evaluations after which no further tableau is begun
 */
export async function measureSlope(
  line: Line,
  noise: Noise,
  from: number,
  enough = 0,
  again?: () => Promise<Noise>,
  allowed = Infinity,
): Promise<Slope> {
  const rungs = new Map<number, Rung>();
  const estimates: Estimate[] = [];
  const rungAt = async (h: number): Promise<Rung> => {
    const known = rungs.get(h);
    if (known !== undefined) return known;
    const [up, down] = [await line.phi(h), await line.phi(-h)];
    const rung = { h, D: (up - down) / (2 * h), S: (up - 2 * line.value + down) / h, up, down };
    rungs.set(h, rung);
    return rung;
  };
  const tableau = async (top: number): Promise<Estimate[]> => {
    const found: Estimate[] = [];
    const rows: Combined[][] = [];
    for (let k = 0, h = top; k < RUNGS; k++, h /= 2) {
      const rung = await rungAt(h);
      if (!Number.isFinite(rung.D) || !Number.isFinite(rung.S)) {
        rows.length = 0; // outside of where f is defined
        continue;
      }
      const least = Math.min(...found.map(total));
      if (noiseOf(rung, noise, line.value) > least) break; // smaller steps have more noise
      rows.push(rowOf(rung, rows.at(-1), noiseOf(rung, noise, line.value)));
      found.push(...estimatesOf(rows, [...rungs.values()]));
      if (Math.min(...found.map(total)) <= enough) break;
    }
    return found;
  };

  /** Whether two much smaller steps, as far as noise lets them tell, give the same slope. */
  const isAnchored = async (best: Estimate): Promise<boolean> => {
    const room = best.h / SMALLER;
    const { up, down } = await rungAt(best.h);
    const steep = Math.max(Math.abs(up - line.value), Math.abs(down - line.value)) / best.h;
    const telling = (DEVIATIONS * noise.sigma) / (ANCHORED * Math.max(steep, total(best)));
    const steps = [room, Math.sqrt(room * telling)].map((h) => powerOf2(h));
    for (const h of new Set(steps)) {
      if (!(h > telling / 2 && h < best.h)) continue;
      const rung = await rungAt(h);
      const curved = 4 * Math.abs(best.plain - best.slope) * square(h / best.h);
      const allowed = 2 * (total(best) + curved) + UNEVEN * noiseOf(rung, noise, line.value);
      if (!(Math.abs(rung.D - best.slope) <= allowed)) return false;
    }
    return true;
  };

  /** Whether noise hides what the largest step leaves out. */
  const isAllNoise = (h: number): boolean => {
    const [a, b] = [rungs.get(h), rungs.get(h / 2)];
    if (a === undefined || b === undefined) return false;
    return Math.abs(a.D - b.D) <= HIDDEN * (noiseOf(a, noise, line.value) + noiseOf(b, noise, line.value));
  };

  const mayAskAgain = (): boolean => 2 * rungs.size + AGAIN_COSTS <= allowed;

  let top = from;
  let best: Estimate | null = null;
  let direction = 0;
  for (let n = 0; n < TABLEAUX && (n === 0 || 2 * rungs.size < allowed); n++) {
    const found = await tableau(top);
    const now = bestOf([...estimates, ...found]);
    const isEnough = now !== null && total(now) <= enough;
    if (now === null || (!isEnough && !(await isAnchored(now)))) {
      const before = noise.sigma;
      if (now !== null && again !== undefined && mayAskAgain()) noise = await again();
      again = undefined;
      if (noise.sigma > 2 * before) {
        estimates.length = 0;
        best = null;
        continue; // the same steps, whose values are known
      }
      if (direction > 0) break;
      estimates.length = 0; // what larger steps said is of another scale than the slope's
      best = null;
      [direction, top] = [-1, top / SMALLER];
      continue;
    }
    const gained: boolean = best === null || total(now) < total(best) / 2;
    estimates.push(...found);
    best = now;
    if (!gained || isEnough) break;
    const isShort = enough > 0 && isAllNoise(top);
    const wantsLarger = isShort || (now.noise > 4 * now.truncation && now.h > top / 8);
    const wantsSmaller = now.truncation > now.noise;
    if (direction <= 0 && wantsSmaller) [direction, top] = [-1, top / SMALLER];
    else if (direction >= 0 && wantsLarger) [direction, top] = [1, top * LARGER];
    else break;
  }
  const all = [...rungs.values()].filter(({ D }) => Number.isFinite(D)).sort((a, b) => b.h - a.h);
  const size = Math.max(
    0,
    ...all.map((r) => Math.max(Math.abs(r.up - line.value), Math.abs(r.down - line.value)) / r.h),
  );
  const order = (slope: number): number | null => taylorOrder(all, line.value, slope, noise.sigma);
  if (best === null)
    return { slope: NaN, error: Infinity, jump: 0, isKink: false, isSure: false, size, step: from, order };
  const isTold = Math.abs(best.jump) > 4 * best.jumpError && Math.abs(best.jump) > LEAST_JUMP * size;
  const lasting = (): number => lastingJump(all, (rung) => noiseOf(rung, noise, line.value), LEAST_JUMP * size);
  let jump = isTold ? best.jump : lasting();
  if (!isTold && jump !== 0 && again !== undefined && mayAskAgain()) {
    noise = await again(); // more noise than was estimated looks like a kink
    jump = lasting();
  }
  const isKink = jump !== 0;
  return {
    slope: best.slope,
    error: confirmed(best, estimates) - (isTold ? best.hidden : 0),
    jump,
    isKink,
    isSure: isTold,
    size,
    step: best.h,
    order,
  };
}

/**
 * The jump of the slope at the point, from the two smallest steps that tell it from noise: without
 * a kink it shrinks with the step. 0 if there is none.
 */
function lastingJump(rungs: readonly Rung[], noise: (rung: Rung) => number, least: number): number {
  const telling = rungs.filter((rung) => Math.abs(rung.S) > Math.max(4 * noise(rung), least));
  const small = telling.at(-1);
  const larger = telling.findLast(({ h }) => small !== undefined && h >= 4 * small.h);
  if (small === undefined || larger === undefined) return 0;
  return Math.abs(larger.S - small.S) <= Math.abs(small.S) / 2 ? small.S : 0;
}

/** The power of 2 next to x. */
export function powerOf2(x: number): number {
  return power(2, Math.round(log(x) / Math.LN2));
}

/**
 * The best estimate is one of many, and may be best by luck: where others that claim nearly as much
 * contradict it, the difference is its error. Not those of larger steps, which may have passed a
 * kink.
 */
function confirmed(best: Estimate, estimates: readonly Estimate[]): number {
  let error = total(best);
  for (const other of estimates) {
    if (other.h > 2 * best.h) continue;
    const apart = Math.abs(other.slope - best.slope);
    if (total(other) <= 100 * total(best) && apart > total(best) + total(other)) error = Math.max(error, apart);
  }
  return error;
}

/**
 * How fast |φ(h) - φ(0) - h·slope| shrinks with h, from the smallest steps where it is well above
 * the noise: 2 for the right slope, 1 for a wrong one. null where it never is.
 */
function taylorOrder(rungs: readonly Rung[], value: number, slope: number, sigma: number): number | null {
  const remainders = rungs
    .map(({ h, up, down }) => ({
      h,
      left: (Math.abs(up - value - h * slope) + Math.abs(down - value + h * slope)) / 2,
    }))
    .filter(({ left }) => left > 20 * DEVIATIONS * sigma);
  const [a, b] = remainders.slice(-2);
  if (b === undefined) return null;
  return log(a.left / b.left) / log(a.h / b.h);
}

// The slope of a function along a line, from its values alone, with an error that holds: central
// differences extrapolated to step 0, from steps where what they leave out and noise are both
// small.
import { log, power, square } from '../../numeric/elementary.ts';
import type { Line } from './line.ts';
import type { Noise } from './noise.ts';

/** A slope and how far it may be from the true one. */
export interface Slope {
  readonly slope: number;
  readonly error: number;
  /** Right-hand slope less left-hand slope: at a kink not 0. */
  readonly jump: number;
  /** The one-sided slopes differ by more than their error: the point itself is at a kink. */
  readonly isKink: boolean;
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
/** One value's error, in standard deviations of the noise. */
const DEVIATIONS = 5;
/**
 * Of the difference between an extrapolation and those it is made of: Ridders' estimate is about
 * that.
 */
const SAFETY = 3;
const MOST_ROUNDINGS = 16;
/** How exactly a much smaller step must tell a slope to be asked. */
const ANCHORED = 0.1;
/**
 * Noise differs from step to step; the anchors look for other scales, which change slopes by more.
 */
const UNEVEN = 8;

/** One step h: D = (φ(h) - φ(-h)) / 2h and S = (φ(h) - 2 φ(0) + φ(-h)) / h. */
interface Rung {
  readonly h: number;
  readonly D: number;
  readonly S: number;
  readonly up: number;
  readonly down: number;
}

interface Estimate {
  readonly slope: number;
  /** The difference at the smallest step, not extrapolated. */
  readonly plain: number;
  readonly truncation: number;
  readonly noise: number;
  readonly jump: number;
  readonly jumpError: number;
  /** What of `jump` noise does not explain may be a kink within the smallest step: half of it. */
  readonly hidden: number;
  readonly h: number;
}

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
 */
export async function measureSlope(
  line: Line,
  noise: Noise,
  from: number,
  enough = 0,
  again?: () => Promise<Noise>,
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
      found.push(...estimatesOf(rows));
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

  let top = from;
  let best: Estimate | null = null;
  let direction = 0;
  for (let n = 0; n < TABLEAUX; n++) {
    const found = await tableau(top);
    const now = bestOf([...estimates, ...found]);
    const isEnough = now !== null && total(now) <= enough;
    if (now === null || (!isEnough && !(await isAnchored(now)))) {
      const before = noise.sigma;
      if (now !== null && again !== undefined) noise = await again();
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
    const wantsLarger = now.noise > 4 * now.truncation && now.h > top / 8;
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
  if (best === null) return { slope: NaN, error: Infinity, jump: 0, isKink: false, size, step: from, order };
  const isKink = Math.abs(best.jump) > 4 * best.jumpError && Math.abs(best.jump) > 1e-3 * size;
  return {
    slope: best.slope,
    error: confirmed(best, estimates) - (isKink ? best.hidden : 0),
    jump: best.jump,
    isKink,
    size,
    step: best.h,
    order,
  };
}

/** D and S combined over several steps, and the variance of their noise in units of sigma². */
interface Combined {
  readonly h: number;
  readonly D: number;
  readonly S: number;
  /** The weights of D and of S by step. */
  readonly weights: readonly { readonly noise: number; readonly D: number; readonly S: number }[];
}

/** Row k of the tableau: entry j has the terms up to h^(2j) of D and h^(2j-1) of S taken out. */
function rowOf({ h, D, S }: Rung, above: readonly Combined[] | undefined, noise: number): Combined[] {
  const row: Combined[] = [{ h, D, S, weights: [{ noise, D: 1, S: 1 }] }];
  for (let j = 1, power = 2; above !== undefined && j <= above.length; j++, power *= 4) {
    const [a, b] = [row[j - 1], above[j - 1]];
    const [p, q] = [1 / (2 * power - 1), 1 / (power - 1)]; // of h^2j and of h^(2j-1)
    row.push({
      h,
      D: a.D + (a.D - b.D) * p,
      S: a.S + (a.S - b.S) * q,
      weights: [
        ...b.weights.map((w, i) => ({
          noise: w.noise,
          D: (i === 0 ? 0 : a.weights[i - 1].D * (1 + p)) - w.D * p,
          S: (i === 0 ? 0 : a.weights[i - 1].S * (1 + q)) - w.S * q,
        })),
        { noise, D: (a.weights.at(-1)?.D ?? 0) * (1 + p), S: (a.weights.at(-1)?.S ?? 0) * (1 + q) },
      ],
    });
  }
  return row;
}

/**
 * Of the last row: each entry against the two that it is made of, if the function is smooth over
 * these steps; otherwise the changes from step to step are the error.
 */
function estimatesOf(rows: readonly (readonly Combined[])[]): Estimate[] {
  const [above, row] = [rows.at(-2), rows.at(-1) ?? []];
  if (above === undefined) return [];
  const before = rows.at(-3)?.[0];
  const change = Math.abs(row[0].D - above[0].D);
  const changeBefore = before === undefined ? Infinity : Math.abs(above[0].D - before.D);
  const [{ weights }] = row;
  // of a smooth function each change is a quarter of the one before; with kinks about, changes are
  // as they come
  const isSmooth = change <= changeBefore / 2 + 2 * weights[0].noise;
  const apart = before === undefined ? change : Math.max(change, changeBefore);
  return row.slice(1).map((entry, i) => {
    const [a, b] = [row[i], above[i]];
    const length = (name: 'D' | 'S'): number =>
      Math.sqrt(entry.weights.reduce((sum, w) => sum + w[name] * w[name] * w.noise * w.noise, 0));
    const truncation = SAFETY * (isSmooth ? Math.max(Math.abs(entry.D - a.D), Math.abs(entry.D - b.D)) : apart);
    const jumpNoise = 4 * length('S'); // S is noisier than D by √3, or 2 where φ(0) is shared, at every step
    return {
      slope: entry.D,
      plain: row[0].D,
      truncation,
      noise: length('D'),
      jump: entry.S,
      hidden: Math.max(0, Math.abs(entry.S) - jumpNoise) / 2,
      jumpError: jumpNoise + SAFETY * Math.max(Math.abs(entry.S - a.S), Math.abs(entry.S - b.S)) * (i === 0 ? 1 : 0.5),
      h: entry.h,
    };
  });
}

/**
 * The error of D by noise. Far from the point values may be larger, and are rounded as much more
 * roughly than one rounding as they are at the point, to a limit: there the value may be near 0.
 */
function noiseOf({ h, up, down }: Rung, { sigma, unit }: Noise, value: number): number {
  const larger = Math.max(Math.abs(up), Math.abs(down)) * unit;
  const roundings =
    value === 0 ? MOST_ROUNDINGS : Math.min(MOST_ROUNDINGS, Math.max(1, sigma / (Math.abs(value) * unit)));
  const one = larger === 0 ? sigma : Math.max(sigma, larger * roundings);
  return (DEVIATIONS * one) / (Math.SQRT2 * h);
}

/** The power of 2 next to x. */
export function powerOf2(x: number): number {
  return power(2, Math.round(log(x) / Math.LN2));
}

function total({ truncation, noise, hidden }: Estimate): number {
  return truncation + noise + hidden;
}

function bestOf(estimates: readonly Estimate[]): Estimate | null {
  let best: Estimate | null = null;
  for (const one of estimates) if (best === null || total(one) < total(best)) best = one;
  return best;
}

/**
 * The best estimate is one of many, and may be best by luck: where others that claim nearly as much
 * contradict it, the difference is its error.
 */
function confirmed(best: Estimate, estimates: readonly Estimate[]): number {
  let error = total(best);
  for (const other of estimates) {
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

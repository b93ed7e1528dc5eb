// The tableau of differences that is extrapolated to step 0, with the noise of each entry.
import { square } from '../../numeric/elementary.ts';
import type { Noise } from './noise.ts';

/** One value's error, in standard deviations of the noise. */
export const DEVIATIONS = 5;
/**
 * Of the difference between an extrapolation and those it is made of: Ridders' estimate is about
 * that.
 */
const SAFETY = 3;
const MOST_ROUNDINGS = 16;
/** So many changes in a row must shrink, by so much, for the function to be taken as smooth. */
const LASTING = 4;
const SHRINK = 0.35;
const FEWEST = 3;
/** Changes of steps that are larger by more tell nothing of kinks nearby. */
const FAR = 2 ** 8;

/** One step h: D = (φ(h) - φ(-h)) / 2h and S = (φ(h) - 2 φ(0) + φ(-h)) / h. */
export interface Rung {
  readonly h: number;
  readonly D: number;
  readonly S: number;
  readonly up: number;
  readonly down: number;
}

/** An entry of the tableau as an estimate of the slope. */
export interface Estimate {
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

/** D and S combined over several steps, and the variance of their noise in units of sigma². */
export interface Combined {
  readonly h: number;
  readonly D: number;
  readonly S: number;
  /** The weights of D and of S by step. */
  readonly weights: readonly { readonly noise: number; readonly D: number; readonly S: number }[];
}

/** Row k of the tableau: entry j has the terms up to h^(2j) of D and h^(2j-1) of S taken out. */
export function rowOf({ h, D, S }: Rung, above: readonly Combined[] | undefined, noise: number): Combined[] {
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
 * Of a smooth function each change is a quarter of the one before, and extrapolation changes by
 * less; with kinks about, changes are as they come.
 */
function shrink(rows: readonly (readonly Combined[])[], changes: readonly number[]): boolean {
  if (changes.length < FEWEST) return false;
  const noiseAt = (k: number): number => 2 * rows[k][0].weights[0].noise;
  for (let k = Math.max(1, changes.length - LASTING); k < changes.length; k++) {
    if (changes[k] > SHRINK * changes[k - 1] + noiseAt(k + 1)) return false;
    const second = Math.abs(rows[k + 1][1].D - rows[k][1].D);
    if (second > SHRINK * changes[k - 1] + noiseAt(k + 1)) return false;
  }
  return true;
}

/**
 * How far D may be from the slope at 0 where kinks are all about. With D the mean of a Brownian
 * slope over ±h, of variance h/6, a change from a step H to h has (1 - h/H)² H/6: the variance
 * comes from all changes of larger steps, as they come by luck small at some.
 */
function roughness(h: number, rungs: readonly Rung[]): number {
  const known = rungs.filter((r) => r.h >= h && r.h <= FAR * h && Number.isFinite(r.D)).sort((a, b) => b.h - a.h);
  let [squares, largest] = [0, 0];
  for (let k = 1; k < known.length; k++) {
    const [a, b] = [known[k - 1], known[k]];
    squares += (square(b.D - a.D) * h) / (a.h * square(1 - b.h / a.h));
    if (b.h <= 2 * h) largest = Math.max(largest, Math.abs(b.D - a.D));
  }
  return Math.max(Math.sqrt(squares / (known.length - 1)), largest);
}

/**
 * Of the last row: each entry against the two that it is made of, if the function is smooth over
 * these steps; otherwise the changes from step to step are the error.
 */
export function estimatesOf(rows: readonly (readonly Combined[])[], rungs: readonly Rung[]): Estimate[] {
  const [above, row] = [rows.at(-2), rows.at(-1) ?? []];
  if (above === undefined) return [];
  const changes = rows.slice(1).map(([{ D }], k) => Math.abs(D - rows[k][0].D));
  const isSmooth = shrink(rows, changes);
  const apart = isSmooth ? 0 : roughness(row[0].h, rungs);
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
export function noiseOf({ h, up, down }: Rung, { sigma, unit }: Noise, value: number): number {
  const larger = Math.max(Math.abs(up), Math.abs(down)) * unit;
  const roundings =
    value === 0 ? MOST_ROUNDINGS : Math.min(MOST_ROUNDINGS, Math.max(1, sigma / (Math.abs(value) * unit)));
  const one = larger === 0 ? sigma : Math.max(sigma, larger * roundings);
  return (DEVIATIONS * one) / (Math.SQRT2 * h);
}

export function total({ truncation, noise, hidden }: Estimate): number {
  return truncation + noise + hidden;
}

export function bestOf(estimates: readonly Estimate[]): Estimate | null {
  let best: Estimate | null = null;
  for (const one of estimates) if (best === null || total(one) < total(best)) best = one;
  return best;
}

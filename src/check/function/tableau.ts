// The tableau of differences that is extrapolated to step 0, with the noise of each entry.
import type { Noise } from './noise.ts';

/** One value's error, in standard deviations of the noise. */
export const DEVIATIONS = 5;
/**
 * Of the difference between an extrapolation and those it is made of: Ridders' estimate is about
 * that.
 */
const SAFETY = 3;
const MOST_ROUNDINGS = 16;

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
 * Of the last row: each entry against the two that it is made of, if the function is smooth over
 * these steps; otherwise the changes from step to step are the error.
 */
export function estimatesOf(rows: readonly (readonly Combined[])[]): Estimate[] {
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

// Estimates the noise of a function from its values alone: it limits how far a slope measured by
// differences can be trusted.

/** Number of values taken along a line. */
const POINTS = 9;
/** Relative steps, from small to large: below the function's precision all values are the same. */
const STEPS = [1e-14, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4];

/**
 * The noise of a deterministic computation: the standard deviation of f's rounding errors, from the
 * difference table of its values at equally spaced points, so close together that f itself is
 * straight there. (Moré & Wild 2011, Estimating computational noise, SIAM J. Sci. Comput. 33(3),
 * algorithm ECnoise, section 3.)
 * @param f the function along a line; 0 is the point itself
 * @returns null if no step gives a clear estimate: f is constant or not smooth, or its values are
 *   not finite
 */
export async function noiseOf(f: (t: number) => Promise<number>): Promise<number | null> {
  for (const h of STEPS) {
    const values: number[] = [];
    for (let i = 0; i < POINTS; i++) values.push(await f((i - (POINTS - 1) / 2) * h));
    if (!values.every(Number.isFinite)) return null;
    if (new Set(values).size <= POINTS / 2) continue; // h is too small: f gives the same value at too many points
    const { clear: noise } = ofTable(values);
    if (noise !== null && noise > 0) return Math.max(noise, quantum(values) / 2);
  }
  return null;
}

/**
 * σ_k² = γ_k / (m + 1 - k) Σ (Δᵏf)², γ_k = (k!)² / (2k)!; clear where three estimates in a row
 * agree to a factor of 4 and the differences change sign.
 * @returns the clear estimate, 0 where differences vanish altogether, null if there is none; and
 *   the
 *   smallest estimate, which is too large where differences still tell of f itself
 */
export function ofTable(values: readonly number[]): { readonly clear: number | null; readonly bound: number } {
  let differences = values;
  let gamma = 1;
  const levels: { sigma: number; signs: boolean }[] = [];
  for (let k = 1; k < values.length; k++) {
    differences = differences.slice(1).map((x, i) => x - differences[i]);
    gamma *= (0.5 * k) / (2 * k - 1);
    const sigma = Math.sqrt((gamma * differences.reduce((sum, x) => sum + x * x, 0)) / differences.length);
    levels.push({ sigma, signs: Math.min(...differences) * Math.max(...differences) < 0 });
  }
  const bound = Math.min(...levels.slice(0, -2).map(({ sigma }) => sigma));
  for (let k = 0; k + 2 < levels.length; k++) {
    const three = levels.slice(k, k + 3).map(({ sigma }) => sigma);
    if (Math.max(...three) === 0) return { clear: 0, bound };
    if (levels[k].signs && Math.max(...three) <= 4 * Math.min(...three)) return { clear: three[0], bound };
  }
  return { clear: null, bound };
}

/** The smallest distance between two different values. */
function quantum(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).map((x, i) => x - sorted[i]);
  return Math.min(...gaps.filter((gap) => gap > 0));
}

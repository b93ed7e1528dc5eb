// Otsu's threshold, which separates ink from paper.
import { square } from '../../numeric/elementary.ts';

const BINS = 256;

/**
 * The threshold that divides values into two classes whose means, weighted by the sizes of the
 * classes, are farthest apart (Otsu 1979, IEEE Trans. SMC 9(1), eq. 18: the largest ω₀ ω₁
 * (μ₁ - μ₀)²). Of several that are equally good it is the middle one: no value is between them.
 * @param values 0 to 1
 * @returns the threshold; values above it are the upper class
 */
export function otsuThreshold(values: ArrayLike<number>): number {
  const counts = new Float64Array(BINS);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const bin = Math.min(BINS - 1, Math.floor(values[i] * BINS));
    counts[bin]++;
    sum += bin;
  }
  const n = values.length;
  let [best, first, last, below, sumBelow] = [-1, 0, 0, 0, 0];
  for (let t = 0; t < BINS - 1; t++) {
    below += counts[t];
    sumBelow += t * counts[t];
    if (below === 0 || below === n) continue;
    const between = square(sum * below - n * sumBelow) / (below * (n - below)); // n² ω₀ ω₁ (μ₁ - μ₀)²
    if (between > best) [best, first] = [between, t];
    if (between >= best) last = t;
  }
  return (first + last + 2) / 2 / BINS;
}

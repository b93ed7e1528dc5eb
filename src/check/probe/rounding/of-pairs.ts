// How numbers were rounded, where the right ones are known to within what single precision leaves.
import { dot } from '../../../numeric/norms.ts';
import { ENOUGH, MOST, ROUNDINGS, isRounded } from './roundings.ts';
import type { Rounding } from './roundings.ts';

/** What was found in one example, and the right numbers. */
interface Pair {
  readonly found: Float64Array;
  readonly wanted: Float64Array;
}

/** Share of the numbers, and of their root mean square, that the right ones may be off. */
const APART = 1e-5;

/** "rounded to 3 decimals"; null: in no way that is known, or in too many. */
export function roundingOf(pairs: readonly Pair[]): string | null {
  const errors = pairs.map(({ wanted }) => {
    const size = Math.sqrt(dot(wanted, wanted) / wanted.length);
    return wanted.map((x) => APART * (size + Math.abs(x)));
  });
  const off = pairs.reduce(
    (sum, { found, wanted }, n) =>
      sum + found.filter((x, i) => x !== 0 && Math.abs(x - wanted[i]) > errors[n][i]).length,
    0,
  );
  if (off < ENOUGH) return null;
  const fitting = ROUNDINGS.filter((rounding) =>
    pairs.every(({ found, wanted }, n) => found.every((x, i) => isRounded(rounding, x, wanted[i], errors[n][i]))),
  );
  const plain = withoutNamed(fitting);
  return plain.length === 0 || plain.length > MOST ? null : plain.map(({ text }) => text).join(', or ');
}

/** Without those that another one's text names too. */
export function withoutNamed(all: readonly Rounding[]): readonly Rounding[] {
  return all.filter((rounding) => !all.some(({ saysToo }) => saysToo === rounding));
}

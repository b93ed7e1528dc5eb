// Bounds for a function with one formula below a point and another above it. Which branch an engine
// takes may be undecided.

/** No branch is ever undecided. */
export const never = (): boolean => false;

/** A score of exactly 0 counts too: an engine may take either one-sided derivative there. */
export const eitherSideOf0 = (z: number, ez: number): boolean => Math.abs(z) <= ez;

/**
 * A slope f that may just as well be any value from `least` to `most`, each rounded.
 * @returns slope, error, shift
 */
export function between(f: number, least: number, most: number, rounding: number): readonly [number, number, number] {
  return [f, (most - least) / 2 + rounding, (least + most) / 2 - f];
}

// Bounds where a function has one formula on one side of a number and another on the other: which branch an engine takes may be undecided.

/** No branch is ever undecided. */
export const never = (): boolean => false;

/** At a score of exactly 0 too: whichever of the one-sided derivatives an engine takes there is right. */
export const eitherSideOf0 = (z: number, ez: number): boolean => Math.abs(z) <= ez;

/** A slope of f that may as well be anything from `least` to `most`, each rounded. */
export function between(f: number, least: number, most: number, rounding: number): readonly [number, number, number] {
  return [f, (most - least) / 2 + rounding, (least + most) / 2 - f];
}

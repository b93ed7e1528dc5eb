// How many digits a run uses.

/** small: 2,000 digits to train with and 500 to test with; all: 60,000 and 10,000, 10 MB. */
export const DIGIT_SETS = ['small', 'all'] as const;
export type DigitSet = (typeof DIGIT_SETS)[number];

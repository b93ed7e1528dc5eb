// Limits that options and data share.

/** Seeds in one job, at most. */
export const MOST_SEEDS = 10_000;

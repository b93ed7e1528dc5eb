// How many examples a slow candidate is trained on by default: as many as fit into a minute.

/**
 * Seconds that a candidate's training takes at most, unless --full or --train-size says otherwise.
 */
export const BUDGET = 60;

export interface Training {
  /** Examples of the training set. */
  readonly count: number;
  readonly batchSize: number;
  readonly epochs: number;
}

/**
 * Whole batches, at least one.
 * @param secondsPerStep of the candidate
 * @returns null where all examples fit
 */
export function trainSizeWithin(
  seconds: number,
  secondsPerStep: number,
  { count, batchSize, epochs }: Training,
): number | null {
  const steps = Math.ceil(count / batchSize) * epochs;
  if (!(steps * secondsPerStep > seconds)) return null;
  const size = Math.max(1, Math.floor(seconds / (secondsPerStep * epochs))) * batchSize;
  return size < count ? size : null;
}

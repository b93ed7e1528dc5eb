// What asking an engine found out about a mistake that is on no list.

/** What an explanation is about. */
export const TOLD_KINDS = ['chance', 'state', 'batch', 'loss', 'operation', 'factor', 'update'] as const;
/** One of TOLD_KINDS. */
export type ToldKind = (typeof TOLD_KINDS)[number];

/**
 * One thing that is wrong, found by asking. It gives the engine's own numbers on fresh problems.
 */
export interface Told {
  readonly kind: ToldKind;
  /**
   * The value it is about: loss, dz2, dW1, db2; x or 'parameters' for what the network is given; W1
   * for an update; 'updates' for all of them.
   */
  readonly place: string;
  /** One or two sentences. */
  readonly text: string;
  /** The formula in use, if it is known; null: place and pattern only. */
  readonly used: string | null;
  /** The formula that should be. */
  readonly right: string | null;
  /** What to do, to follow "Fix: "; null if nothing needs fixing, or nobody knows what. */
  readonly fix: string | null;
}

/** Told by an experiment, which knows neither penalties nor other experiments. */
export interface Found extends Told {
  /** Whether nothing of the layers above is in it: nor is 1/B, which comes from there. */
  readonly isAlone?: boolean;
  /** Of a batch: whether it is the sum over all examples, not divided by B. */
  readonly isSum?: boolean;
  /** How it reads where declared penalties were taken out of the answers; missing: as it is. */
  readonly besidePenalties?: Pick<Told, 'text' | 'fix'> & Partial<Pick<Told, 'used' | 'right'>>;
}

/** What an engine was asked, and what came out. */
export interface Probed {
  /** Questions that were asked for this alone. */
  readonly asked: number;
  /** In the order of computation. */
  readonly told: readonly Told[];
}

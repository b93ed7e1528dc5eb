// Work that is cut into seeds: what a seed gives depends on the seed alone, so any process may
// work out any range of seeds, and the results, taken in the order of the seeds, are the same.

/** The seeds from .. from + count - 1. */
export interface SeedRange {
  readonly from: number;
  readonly count: number;
}

/**
 * Work that seeds decide: the same answer for the same seed on every machine, whatever ran before.
 */
export interface SeedWork<Result> {
  readonly kind: string; // 'fuzz', 'selftest', 'bench'
  /**
   * What must be equal on the asker's and a worker's side: options as JSON, hash of the
   * candidate's file(s), version.
   */
  readonly identity: { readonly version: string; readonly options: unknown; readonly candidateHash?: string };
  /** Results in the order of seeds; those done so far if the signal stops it. JSON only. */
  run(range: SeedRange, signal?: AbortSignal): Promise<readonly Result[]>;
}

/**
 * Folds results in the order of their seeds, in whatever order and cut they come, each once.
 * A result that comes before its turn is kept until then.
 */
export interface InOrder<Result> {
  /** Takes the results of the seeds from `from` on. Those of seeds that it has are left out. */
  take(from: number, results: readonly Result[]): void;
  /** The first seed that is not folded yet. */
  readonly next: number;
  /** No further results are folded: all seeds are, or the fold has asked for no more. */
  readonly isDone: boolean;
  /** Results that came before their turn, in the order of their seeds. */
  readonly early: readonly (readonly [seed: number, result: Result])[];
}

/**
 * @param fold takes the result of the next seed; false: the results of later seeds are not wanted
 */
export function inOrder<Result>(
  { from, count }: SeedRange,
  fold: (result: Result, seed: number) => boolean,
): InOrder<Result> {
  const early = new Map<number, Result>();
  let next = from;
  let isWanted = true;
  const isDone = (): boolean => !isWanted || next >= from + count;
  return {
    take(first, results) {
      results.forEach((result, n) => {
        const seed = first + n;
        if (seed >= next && seed < from + count && !early.has(seed)) early.set(seed, result);
      });
      while (!isDone() && early.has(next)) {
        const result = early.get(next) as Result;
        early.delete(next);
        isWanted = fold(result, next++);
      }
      if (isDone()) early.clear();
    },
    get next() {
      return next;
    },
    get isDone() {
      return isDone();
    },
    get early() {
      return [...early].sort(([a], [b]) => a - b);
    },
  };
}

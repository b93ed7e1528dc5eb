// How many threads to use, found by measuring: whether a second one gains depends on the network, the batch and the machine. The bits do
// not depend on it.

/** Examples a trial lasts at least: shorter ones measure how threads wake. */
const TRIAL = 2000;
/** Trials of each number of threads. The first of each is not counted: the runtime still compiles. */
const ROUNDS = 3;

export interface Choice {
  /** Threads for the next call. */
  threads(): number;
  /** Steps to give that call at most, of so many rows. */
  steps(rows: number): number;
  /** What a call took. */
  took(threads: number, rows: number, milliseconds: number): void;
}

/** Tries one thread and all of them in turn, then keeps what was faster. */
export function chooseThreads(most: number): Choice {
  const trials = most > 1 ? Array.from({ length: 2 * ROUNDS }, (_, i) => (i % 2 === 0 ? most : 1)) : [];
  const fastest = new Map<number, number>(); // milliseconds an example
  let [done, examples, spent] = [0, 0, 0];
  const settled = (): number => ((fastest.get(most) ?? 0) <= (fastest.get(1) ?? Infinity) ? most : 1);
  return {
    threads: () => trials[done] ?? settled(),
    steps: (rows) => (done < trials.length ? Math.ceil((TRIAL - examples) / rows) : Infinity),
    took(threads, rows, milliseconds) {
      if (done >= trials.length) return;
      [examples, spent] = [examples + rows, spent + milliseconds];
      if (examples < TRIAL) return;
      if (done >= 2) fastest.set(threads, Math.min(fastest.get(threads) ?? Infinity, spent / examples));
      [done, examples, spent] = [done + 1, 0, 0];
    },
  };
}

/** No choice. */
export function always(threads: number): Choice {
  return { threads: () => threads, steps: () => Infinity, took: () => {} };
}

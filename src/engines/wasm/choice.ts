// Chooses the number of threads by measurement: whether a second thread pays depends on the
// network, the batch and the load of the machine. The bits do not depend on the choice.

/**
 * The least number of examples in a trial: a shorter trial would measure how fast threads wake up.
 */
const TRIAL = 1000;
/**
 * How many trials each number of threads gets at first. The very first one does not count, because
 * the runtime is still compiling.
 */
const ROUNDS = 3;
/**
 * After this many examples the other number is tried again, because the speed of a machine changes.
 */
const AGAIN = 100_000;
/** Weight of the newest trial in the average. */
const NEWEST = 0.5;

export interface Choice {
  /** Threads for the next call. */
  threads(): number;
  /** The most steps to give that call, for batches of `rows` rows. */
  steps(rows: number): number;
  /** Records how long a call took. */
  took(threads: number, rows: number, milliseconds: number): void;
}

/** Tries one thread and all of them in turn, then keeps whichever is faster on average. */
export function chooseThreads(most: number): Choice {
  if (most === 1) return always(1);
  const pace = new Map<number, number>(); // average milliseconds per example
  let [trials, examples, spent, until] = [0, 0, 0, 0];
  const better = (): number => ((pace.get(most) ?? Infinity) <= (pace.get(1) ?? Infinity) ? most : 1);
  const tries = (): boolean => trials < 2 * ROUNDS || until <= 0;
  const other = (): number => (better() === 1 ? most : 1);
  const next = (): number => {
    if (trials < 2 * ROUNDS) return trials % 2 === 0 ? most : 1;
    return tries() ? other() : better();
  };
  return {
    threads: next,
    steps: (rows) => Math.ceil((tries() ? TRIAL - examples : until) / rows),
    took(threads, rows, milliseconds) {
      const trial = tries();
      if (!trial) until -= rows;
      [examples, spent] = [examples + rows, spent + milliseconds];
      // the next measurement belongs to the other number
      if (!trial && until <= 0 && examples < TRIAL) [examples, spent] = [0, 0];
      if (examples < TRIAL) return;
      const measured = spent / examples;
      if (trials >= 2) pace.set(threads, (1 - NEWEST) * (pace.get(threads) ?? measured) + NEWEST * measured);
      if (trial) [trials, until] = [trials + 1, AGAIN];
      [examples, spent] = [0, 0];
    },
  };
}

/** A fixed number of threads. */
export function always(threads: number): Choice {
  return { threads: () => threads, steps: () => Infinity, took: () => {} };
}

// How many threads to use, found by measuring: whether a second one gains depends on the network, the batch and on what else the machine
// does. The bits do not depend on it.

/** Examples a trial lasts at least: shorter ones measure how threads wake. */
const TRIAL = 1000;
/** The first trials of each number of threads; the very first is not counted, as the runtime still compiles. */
const ROUNDS = 3;
/** Examples after which the other number is tried again: machines change their pace. */
const AGAIN = 100_000;
/** Share of the newest trial in the average. */
const NEWEST = 0.5;

export interface Choice {
  /** Threads for the next call. */
  threads(): number;
  /** Steps to give that call at most, of so many rows. */
  steps(rows: number): number;
  /** What a call took. */
  took(threads: number, rows: number, milliseconds: number): void;
}

/** Tries one thread and all of them in turn, then keeps what is faster on average. */
export function chooseThreads(most: number): Choice {
  if (most === 1) return always(1);
  const pace = new Map<number, number>(); // milliseconds an example, on average
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
      if (!trial && until <= 0 && examples < TRIAL) [examples, spent] = [0, 0]; // what follows is of the other number
      if (examples < TRIAL) return;
      const measured = spent / examples;
      if (trials >= 2) pace.set(threads, (1 - NEWEST) * (pace.get(threads) ?? measured) + NEWEST * measured);
      if (trial) [trials, until] = [trials + 1, AGAIN];
      [examples, spent] = [0, 0];
    },
  };
}

/** No choice. */
export function always(threads: number): Choice {
  return { threads: () => threads, steps: () => Infinity, took: () => {} };
}

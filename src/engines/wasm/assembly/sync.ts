// How threads wait for each other: a few words of shared memory.

/** How often a thread checks before it sleeps: about as long as it takes to wake it. */
const LOOKS: i32 = 4000;
/** Nanoseconds that a sleeping thread waits before it checks whether another thread failed. */
const NAP: i64 = 100_000_000;
/**
 * After this many naps in a row, 30 s without a sign of a thread that had an equal share of the
 * work, the run is given up.
 */
const PATIENCE: i32 = 300;

/** The words, 64 bytes apart so that no two share a cache line. */
const ARRIVED: usize = 0;
const ROUND: usize = 64; // of the barrier
const ORDER: usize = 128; // counts the orders given
const BROKEN: usize = 192; // not 0: a thread failed
const STEPS: usize = 256; // the order: see ./index.ts
export const SYNC_BYTES: usize = 320;

export function breakUp(sync: usize): void {
  atomic.store<i32>(sync, 1, BROKEN);
  atomic.add<i32>(sync, 1, ROUND);
  atomic.add<i32>(sync, 1, ORDER);
  atomic.notify(sync + ROUND, -1);
  atomic.notify(sync + ORDER, -1);
}

export function isBroken(sync: usize): bool {
  return atomic.load<i32>(sync, BROKEN) != 0;
}

/**
 * Waits until the word is no longer `old`.
 * @param patience how many naps; 0 waits for ever
 * @returns false if a thread failed or does not respond
 */
function waitWhile(sync: usize, word: usize, old: i32, patience: i32): bool {
  for (let looks = 0; looks < LOOKS; looks++) if (atomic.load<i32>(sync + word) != old) return !isBroken(sync);
  for (let naps = 0; atomic.load<i32>(sync + word) == old; ) {
    if (isBroken(sync)) return false;
    if (atomic.wait<i32>(sync + word, old, NAP) == 2 && patience > 0 && ++naps == patience) {
      breakUp(sync);
      return false;
    }
  }
  return !isBroken(sync);
}

/**
 * Returns when all T threads have arrived.
 * @returns false if one failed or does not respond
 */
export function barrier(sync: usize, T: i32): bool {
  if (T == 1) return true;
  const round = atomic.load<i32>(sync, ROUND);
  if (atomic.add<i32>(sync, 1, ARRIVED) == T - 1) {
    atomic.store<i32>(sync, 0, ARRIVED);
    atomic.add<i32>(sync, 1, ROUND);
    atomic.notify(sync + ROUND, -1);
    return !isBroken(sync);
  }
  return waitWhile(sync, ROUND, round, PATIENCE);
}

/** Called by the thread that gives orders: starts all others. */
export function giveOrder(sync: usize, order: i32): void {
  atomic.store<i32>(sync, order, STEPS);
  atomic.add<i32>(sync, 1, ORDER);
  atomic.notify(sync + ORDER, -1);
}

/** How many orders have been given. */
export function ordersSoFar(sync: usize): i32 {
  return atomic.load<i32>(sync, ORDER);
}

/**
 * Waits for the order after the first `soFar`.
 * @returns the order, or 0 if a thread failed
 */
export function nextOrder(sync: usize, soFar: i32): i32 {
  return waitWhile(sync, ORDER, soFar, 0) ? atomic.load<i32>(sync, STEPS) : 0;
}

// Keeps the time left from jumping: estimates from the speed so far go up and down.

/** Seconds over which a new estimate replaces an old one. */
const SLOWLY = 20;

/**
 * @returns the time left in seconds, from a new estimate of it and the clock in milliseconds: what
 *   was left before, less the time since then, moved towards the estimate
 */
export function countdown(): (estimate: number, now: number) => number {
  let known: { readonly at: number; readonly left: number } | null = null;
  return (estimate, now) => {
    const passed = known === null ? 0 : (now - known.at) / 1000;
    const before = known === null ? estimate : known.left - passed;
    const moved = before + (passed / (passed + SLOWLY)) * (estimate - before);
    known = { at: now, left: Math.max(0, moved) };
    return known.left;
  };
}

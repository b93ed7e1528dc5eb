// Keeps the time left from jumping: estimates from the speed so far go up and down.

/** Seconds over which a new estimate replaces an old one. */
const SLOWLY = 10;

/**
 * @returns the time left in seconds, from a new estimate of it and the clock in milliseconds: what
 *   was left before, less the time since then, moved towards the estimate
 */
export function countdown(): (estimate: number, now: number) => number {
  let known: { readonly since: number; at: number; left: number } | null = null;
  return (estimate, now) => {
    if (known === null) known = { since: now, at: now, left: estimate };
    const passed = (now - known.at) / 1000;
    const age = Math.min(SLOWLY, (known.at - known.since) / 1000);
    const weight = passed === 0 ? 0 : passed / (passed + age);
    const before = known.left - passed;
    known.at = now;
    known.left = Math.max(0, before + weight * (estimate - before));
    return known.left;
  };
}

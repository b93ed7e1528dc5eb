// Decides whether output is coloured: on a terminal that can, unless the environment says
// otherwise.

/**
 * FORCE_COLOR turns colours on (0 and false: off) and comes before NO_COLOR (no-color.org), which
 * turns them off unless it is empty. A dumb terminal has no colours.
 */
export function wantsColours(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: no } = env;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (no !== undefined && no !== '') return false;
  return isTty && !isDumb(env);
}

/** Whether the terminal prints escape sequences instead of obeying them. */
export function isDumb({ TERM: terminal }: Readonly<Record<string, string | undefined>>): boolean {
  return terminal === 'dumb';
}

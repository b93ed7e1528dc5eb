// Whether words may be coloured: on a terminal that can, unless somebody says otherwise.

/** FORCE_COLOR says yes (0 and false: no), before NO_COLOR (no-color.org), which counts where it is not empty; a dumb terminal has no colours. */
export function wantsColours(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: no } = env;
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (no !== undefined && no !== '') return false;
  return isTty && !isDumb(env);
}

/** A terminal that takes no escapes: it prints them. */
export function isDumb({ TERM: terminal }: Readonly<Record<string, string | undefined>>): boolean {
  return terminal === 'dumb';
}

// Lets a program end its browsers without loading what starts them.

const ends = new Set<() => Promise<void>>();

/** @param end called by endBrowsers */
export function onEnd(end: () => Promise<void>): void {
  ends.add(end);
}

/** Ends the browsers of this process, if there are any. A backend that is asked for starts anew. */
export async function endBrowsers(): Promise<void> {
  await Promise.all(Array.from(ends, (end) => end()));
}

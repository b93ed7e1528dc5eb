// Runs other programs for scripts. Each leads its own process group, so that Ctrl-C reaches this
// process alone, which then ends the group with all that the program has started. Candidates need
// more: see candidates/process/processes.ts.
import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { endTree } from '../candidates/process/process-tree.ts';

/** Ends each running program, so that none outlives this process. */
const running = new Set<() => void>();
const endAll = (): void => [...running].forEach((end) => end());

/**
 * Ends a process, spawned with `detached: OWN_GROUP`, and its group with this process, or when
 * `signal` is aborted.
 * @returns a function that ends it at once
 */
export function endWith(signal: AbortSignal, child: ChildProcess): () => void {
  const { pid } = child;
  if (pid === undefined) return () => {}; // it did not start; its 'error' event says why
  const forget = (): void => {
    signal.removeEventListener('abort', end);
    if (running.delete(end) && running.size === 0) process.off('exit', endAll);
  };
  const end = (): void => {
    const isThere = running.has(end);
    forget();
    if (isThere) endTree({ pid });
  };
  if (running.size === 0) process.on('exit', endAll);
  running.add(end);
  child.once('close', forget);
  setMaxListeners(0, signal); // one listener per process is not a leak
  signal.addEventListener('abort', end);
  return end;
}

// Candidate processes, which must not outlive this one. Each leads a process group of its own and
// carries a mark, so that everything it started is ended with it.
import { spawn } from 'node:child_process';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { FromKeeper, ToKeeper } from './keeper.ts';
import { MARK, OWN_GROUP, descendantsOf, endTree } from './process-tree.ts';
import type { Head } from './process-tree.ts';
import { argumentsToRun } from './run-file.ts';

const RUN = randomUUID();

/** Running processes. */
const running = new Map<ChildProcess, Head>();
/** Process ids ended for using too much memory. */
const overfull = new Set<number>();
let keeper: ChildProcess | null = null;
let watching = false;

export interface Program {
  readonly program: string;
  /** If missing, the program is a command line for the shell. */
  readonly args?: readonly string[];
  readonly stdio: StdioOptions;
  /** The memory limit of it and everything it starts. */
  readonly bytes: number;
}

/** Starts the program. It ends when this process ends, for whatever reason. */
export function start({ program, args, stdio, bytes }: Program): ChildProcess {
  if (!watching) process.on('exit', () => [...running.keys()].forEach((child) => end(child)));
  watching = true;
  keeper ??= startKeeper();
  const mark = `${RUN}.${randomUUID()}`;
  const child = spawn(program, args ?? [], {
    shell: args === undefined,
    detached: OWN_GROUP,
    windowsHide: true,
    stdio,
    env: { ...process.env, [MARK]: mark },
  });
  if (child.pid === undefined) return child; // its 'error' event says why
  overfull.delete(child.pid); // process ids are reused
  const head = { pid: child.pid, mark };
  running.set(child, head);
  tell({ watch: head, bytes });
  return child;
}

/** Everything it started. Call it while the process runs: its end orphans them. */
export function startedBy(child: ChildProcess): readonly number[] {
  const head = running.get(child);
  return head === undefined ? [] : descendantsOf(head.pid);
}

/** Kills it and everything it started. @param noted what it had started */
export function end(child: ChildProcess, noted: readonly number[] = []): void {
  const head = running.get(child);
  if (head === undefined) return;
  running.delete(child);
  tell({ forget: head.pid });
  endTree(head, noted);
}

/** Whether it was ended for using too much memory. Known a moment after its end. */
export function ranOutOfMemory({ pid }: ChildProcess): boolean {
  return pid !== undefined && overfull.has(pid);
}

/**
 * Starts the keeper in a session of its own, so that what ends this process does not end it. If it
 * cannot be started, memory is not watched.
 */
function startKeeper(): ChildProcess {
  const child = spawn(process.execPath, [...argumentsToRun('keeper'), RUN], {
    detached: OWN_GROUP,
    windowsHide: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  for (const emitter of [child, child.stdin, child.stdout]) emitter.on('error', () => {});
  child.on('exit', () => (keeper = null));
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) overfull.add((JSON.parse(line) as FromKeeper).ended);
  });
  unref(child);
  return child;
}

function tell(message: ToKeeper): void {
  keeper?.stdin?.write(`${JSON.stringify(message)}\n`);
}

/** Lets this program end even if it forgets to close the child. */
export function unref(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) (stream as { unref?: () => void } | null | undefined)?.unref?.();
}

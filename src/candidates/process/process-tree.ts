// Finds all processes that a candidate has started, adds up their memory, and ends them.
// processes.ts, keeper.ts and program/process-group.ts use it.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Whether a process can lead a process group of its own ("detached"). */
export const OWN_GROUP = process.platform !== 'win32';

/** The first process of a candidate, or of another program. */
export interface Head {
  readonly pid: number;
  /** The value of MARK in its environment, which its descendants inherit. */
  readonly mark?: string;
}

/** The environment variable that identifies a process that has left its parent and its group. */
export const MARK = 'BACKPROOF_CANDIDATE';

const LINUX = process.platform === 'linux';
const WINDOWS = process.platform === 'win32';
/** How often to look again, because a process may start another while it is being ended. */
const ROUNDS = 5;

/**
 * Kills a process and everything it started: its group, its descendants, and (on Linux) processes
 * with its mark.
 * @param noted descendants it had before it ended
 */
export function endTree({ pid, mark }: Head, noted: readonly number[] = []): void {
  if (WINDOWS) {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  const descendants = [...noted, ...descendantsOf(pid)]; // before the parent ends and they lose it
  kill(-pid);
  kill(pid);
  descendants.forEach(kill);
  if (mark !== undefined) endMarked(mark);
}

/** Kills every process whose mark starts with `mark`. Only Linux shows environments. */
export function endMarked(mark: string): void {
  for (let round = 0; LINUX && round < ROUNDS; round++) {
    const left = entriesOf('/proc').filter((pid) => read(`/proc/${pid}/environ`).includes(`${MARK}=${mark}`));
    if (left.length === 0) return;
    left.forEach(kill);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has already ended, or we may not end it
  }
}

/**
 * Bytes held by the process and all its descendants, in memory or swapped out: heaps and buffers,
 * not mapped files.
 */
export function memoryOf(pid: number): number {
  const all = [pid, ...descendantsOf(pid)];
  if (LINUX) return all.reduce((sum, one) => sum + heldBy(one), 0);
  if (WINDOWS) return 0;
  return table().reduce((sum, { pid: one, kilobytes }) => sum + (all.includes(one) ? 1024 * kilobytes : 0), 0);
}

function heldBy(pid: number): number {
  const held = read(`/proc/${pid}/status`).matchAll(/^(?:RssAnon|RssShmem|VmSwap):\s*(\d+) kB$/gm);
  return [...held].reduce((sum, [, kilobytes]) => sum + 1024 * Number(kilobytes), 0);
}

/** Its children, their children and so on, as long as their parents still run. */
export function descendantsOf(pid: number): number[] {
  if (WINDOWS) return [];
  const all = [pid];
  const childrenOf = LINUX ? childrenOnLinux : childrenIn(table());
  for (let i = 0; i < all.length; i++) all.push(...childrenOf(all[i]).filter((child) => !all.includes(child)));
  return all.slice(1);
}

/** Linux lists children per thread. */
function childrenOnLinux(pid: number): number[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`).match(/\d+/g) ?? []).map(Number),
  );
}

type Table = readonly { readonly pid: number; readonly parent: number; readonly kilobytes: number }[];

const childrenIn = (all: Table) => (pid: number) => all.flatMap((one) => (one.parent === pid ? [one.pid] : []));

/** Every process, as listed by POSIX ps. */
function table(): Table {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'rss='], { encoding: 'utf8' });
  return ((stdout as string | null) ?? '').split('\n').flatMap((line) => {
    const [pid, parent, kilobytes] = line.trim().split(/\s+/).map(Number);
    return Number.isInteger(kilobytes) ? [{ pid, parent, kilobytes }] : [];
  });
}

/** The numbered entries of a folder of /proc; none if it is gone. */
function entriesOf(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** "" if the process has ended, or belongs to another user. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

// The processes that a candidate has started, as the system lists them: their memory added up, and all of them ended. processes.ts, keeper.ts and program/process-group.ts use it.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Whether a process can be the head of a group of its own ("detached"). */
export const OWN_GROUP = process.platform !== 'win32';

/** The first process of a candidate, or of another program. */
export interface Head {
  readonly pid: number;
  /** What MARK is in its environment, and in that of all that inherit it, where it has one. */
  readonly mark?: string;
}

/** The environment variable by which a process is known that has left its parent and its group. */
export const MARK = 'BACKPROOF_CANDIDATE';

const LINUX = process.platform === 'linux';
const WINDOWS = process.platform === 'win32';
/** A process may start another while it is being ended; so often is looked again. */
const ROUNDS = 5;

/** Ends it and all that it started, at once: its group, its descendants, and (on Linux) what has its mark.
 * @param noted descendants that it had before it ended */
export function endTree({ pid, mark }: Head, noted: readonly number[] = []): void {
  if (WINDOWS) {
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  const descendants = [...noted, ...descendantsOf(pid)]; // before their parent ends, and they lose it
  kill(-pid);
  kill(pid);
  descendants.forEach(kill);
  if (mark !== undefined) endMarked(mark);
}

/** Ends every process whose mark begins so. Only Linux shows environments. */
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
    // it has ended, or may not be ended
  }
}

/** Bytes that it and all its descendants hold, in memory or swapped out: their heaps and buffers, not the files they have mapped. */
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

/** All that it started, and they did, if their parents are still there. */
export function descendantsOf(pid: number): number[] {
  if (WINDOWS) return [];
  const all = [pid];
  const childrenOf = LINUX ? childrenOnLinux : childrenIn(table());
  for (let i = 0; i < all.length; i++) all.push(...childrenOf(all[i]).filter((child) => !all.includes(child)));
  return all.slice(1);
}

/** Children belong to the thread that started them. */
function childrenOnLinux(pid: number): number[] {
  return entriesOf(`/proc/${pid}/task`).flatMap((thread) =>
    (read(`/proc/${pid}/task/${thread}/children`).match(/\d+/g) ?? []).map(Number),
  );
}

type Table = readonly { readonly pid: number; readonly parent: number; readonly kilobytes: number }[];

const childrenIn = (all: Table) => (pid: number) => all.flatMap((one) => (one.parent === pid ? [one.pid] : []));

/** Every process, as POSIX's ps lists them. */
function table(): Table {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid=', '-o', 'rss='], { encoding: 'utf8' });
  return ((stdout as string | null) ?? '').split('\n').flatMap((line) => {
    const [pid, parent, kilobytes] = line.trim().split(/\s+/).map(Number);
    return Number.isInteger(kilobytes) ? [{ pid, parent, kilobytes }] : [];
  });
}

/** The numbered entries of a folder of /proc; none where it has gone. */
function entriesOf(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/** "" where the process has ended, or is somebody else's. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

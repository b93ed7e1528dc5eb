// A process beside backproof that ends candidates where backproof cannot: when it has been killed itself, and while it computes and one of them fills the memory.
// processes.ts starts it. It reads a line of JSON for each candidate that begins or ends, and writes one for each that it ended.
import { endMarked, endTree, memoryOf } from './process-tree.ts';
import type { Head } from './process-tree.ts';

/** What it is told. */
export type ToKeeper = { readonly watch: Head; readonly bytes: number } | { readonly forget: number };
/** What it tells: the process that needed more than its bytes. */
export interface FromKeeper {
  readonly ended: number;
}

/** Milliseconds between two looks at the memory: /proc is read fast, but ps is a program. */
const LOOK = process.platform === 'linux' ? 50 : 1000;

const watched = new Map<number, { head: Head; bytes: number }>();

function look(): void {
  for (const [pid, { head, bytes }] of watched) {
    if (memoryOf(pid) <= bytes) continue;
    watched.delete(pid);
    process.stdout.write(`${JSON.stringify({ ended: pid } satisfies FromKeeper)}\n`); // first: it explains the end
    endTree(head);
  }
}

function hear(line: string): void {
  const message = JSON.parse(line) as ToKeeper;
  if ('forget' in message) watched.delete(message.forget);
  else watched.set(message.watch.pid, { head: message.watch, bytes: message.bytes });
}

/** @param mark of every candidate of this run, how it begins */
function keep(mark: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // it ends after backproof
  process.stdout.on('error', () => {}); // nobody hears it any more
  let rest = '';
  process.stdin.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(hear);
  });
  const over = (): never => {
    for (const { head } of watched.values()) endTree(head);
    endMarked(mark);
    process.exit();
  };
  process.stdin.on('end', over).on('error', over); // backproof has ended, however it did
  setInterval(look, LOOK);
}

keep(process.argv[2]);

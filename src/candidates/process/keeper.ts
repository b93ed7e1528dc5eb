// A helper process that ends candidates when backproof cannot: after backproof itself was killed,
// and when a candidate fills the memory while backproof computes. processes.ts starts it. It
// reads one line of JSON per candidate that starts or ends, and writes one per candidate that it
// has ended.
import { endMarked, endTree, memoryOf } from './process-tree.ts';
import type { Head } from './process-tree.ts';

/** Messages to it. */
export type ToKeeper = { readonly watch: Head; readonly bytes: number } | { readonly forget: number };
/** Its messages: the process that used more memory than allowed. */
export interface FromKeeper {
  readonly ended: number;
}

/** Milliseconds between two checks of the memory: /proc is fast, but ps starts a program. */
const LOOK = process.platform === 'linux' ? 50 : 1000;

const watched = new Map<number, { head: Head; bytes: number }>();

function look(): void {
  for (const [pid, { head, bytes }] of watched) {
    if (memoryOf(pid) <= bytes) continue;
    watched.delete(pid);
    // before the end, because it explains it
    process.stdout.write(`${JSON.stringify({ ended: pid } satisfies FromKeeper)}\n`);
    endTree(head);
  }
}

function hear(line: string): void {
  const message = JSON.parse(line) as ToKeeper;
  if ('forget' in message) watched.delete(message.forget);
  else watched.set(message.watch.pid, { head: message.watch, bytes: message.bytes });
}

/** @param mark the common prefix of the marks of this run's candidates */
function keep(mark: string): void {
  // it must outlive backproof
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  process.stdout.on('error', () => {}); // backproof no longer listens
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
  process.stdin.on('end', over).on('error', over); // backproof has ended, for whatever reason
  setInterval(look, LOOK);
}

keep(process.argv[2]);

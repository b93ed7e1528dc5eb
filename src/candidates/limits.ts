// What any candidate is given at most: time to answer, memory, and room for what it prints.
import { freemem } from 'node:os';

/** How long, how large and how loud a candidate may be. */
export interface CandidateOptions {
  /** Seconds for one answer. Default 30. */
  readonly timeLimit?: number;
  /** Told what the candidate prints, in whole lines, so that a flood of it does not hide the report. */
  readonly log?: (text: string) => void;
  /** MiB of memory for it and all that it starts, buffers included. Default: half of what is free, from 1024 to 4096. */
  readonly memoryLimit?: number;
  /** Given when nobody waits any longer: what is being answered then has GRACE to end. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_TIME_LIMIT = 30;
/** Seconds in which it must be loaded, at least: what it imports, and the machine it runs on, may be slow at first. */
export const LOADING = 10;
/** MiB: what any candidate may have, and what none needs that does not say so. */
const MEMORY = { least: 1024, most: 4096 };

/** MiB: half of the memory that is free now (in this container, where there is one), within reason. */
export function defaultMemoryLimit(): number {
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  return Math.min(MEMORY.most, Math.max(MEMORY.least, Math.floor(free / 2 / 2 ** 20)));
}

/** Seconds. */
const GRACE = 2;

/** Characters of output that are passed on. */
const MOST_PRINTED = 10_000;
/** Characters that are kept for the message, if it ends. */
const KEPT = 4_000;

/** Passes on the beginning of what is printed, line by line, and remembers the end. */
export class Printed {
  readonly #log: (text: string) => void;
  readonly #begun = new Map<string, string>();
  #room = MOST_PRINTED;
  #end = '';

  constructor(log: (text: string) => void = () => {}) {
    this.#log = log;
  }

  /** @param stream whose lines they are */
  add(stream: string, text: string): void {
    this.#end = (this.#end + text).slice(-KEPT);
    if (this.#room <= 0) return;
    const lines = ((this.#begun.get(stream) ?? '') + text.slice(0, this.#room)).split('\n');
    this.#room -= text.length;
    this.#begun.set(stream, lines.pop() ?? '');
    if (lines.length > 0) this.#log(`${lines.join('\n')}\n`);
    if (this.#room > 0) return;
    this.flush();
    this.#log('[what it prints after this is left out]\n');
  }

  /** Passes on the lines that have no end yet. */
  flush(): void {
    for (const text of this.#begun.values()) if (text !== '') this.#log(`${text}\n`);
    this.#begun.clear();
  }

  /** The last line that says something: of a Python traceback that is the error. */
  lastLine(): string | null {
    const lines = this.#end.split('\n').map((line) => line.trim());
    return lines.findLast((line) => line !== '') ?? null;
  }

  /** Whether these words are in the end of what was printed. */
  endsWith(words: string): boolean {
    return this.#end.includes(words);
  }
}

/** `answer`, or what `late` makes of the seconds it had: the limit, or less where nobody waits any longer. */
export async function within<T>(
  answer: Promise<T>,
  seconds: number,
  late: (seconds: number) => Error,
  signal?: AbortSignal,
): Promise<T> {
  const timers: NodeJS.Timeout[] = [];
  let stop = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    const after = (limited: number): unknown => timers.push(setTimeout(() => reject(late(limited)), limited * 1000));
    stop = () => after(GRACE);
    after(seconds);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    timers.forEach(clearTimeout);
    signal?.removeEventListener('abort', stop);
  }
}

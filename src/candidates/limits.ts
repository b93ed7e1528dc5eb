// The limits of every candidate: time per answer, memory, and printed output.
import { freemem } from 'node:os';

/** Limits of a candidate, and where its output goes. */
export interface CandidateOptions {
  /** Seconds for one answer. Default 30. */
  readonly timeLimit?: number;
  /**
   * Gets what the candidate prints, in whole lines, up to a limit, so that a flood does not hide
   * the report.
   */
  readonly log?: (text: string) => void;
  /**
   * MiB of memory for it and every process it starts, buffers included. Default: half of the free
   * memory, from 1024 to 4096.
   */
  readonly memoryLimit?: number;
  /**
   * Aborted when the answer is no longer needed; the current request then has `grace` seconds left.
   */
  readonly signal?: AbortSignal | undefined;
  /** Seconds. Default 2. */
  readonly grace?: number;
}

export const DEFAULT_TIME_LIMIT = 30;
/** The smallest time limit for loading, in seconds: imports, and a cold machine, may be slow. */
export const LOADING = 10;
/** The range of the default memory limit, in MiB. */
const MEMORY = { least: 1024, most: 4096 };

/**
 * In MiB: half of the memory that is free now (inside the container, if there is one),
 * within MEMORY.
 */
export function defaultMemoryLimit(): number {
  const free = (process as { availableMemory?: () => number }).availableMemory?.() ?? freemem();
  return Math.min(MEMORY.most, Math.max(MEMORY.least, Math.floor(free / 2 / 2 ** 20)));
}

/** Seconds for the current request after an abort. */
export const DEFAULT_GRACE = 2;

/** Characters of output passed on. */
const MOST_PRINTED = 10_000;
/** Characters kept for the message if the process ends. */
const KEPT = 4_000;

/** Passes on the beginning of the printed output, line by line, and remembers the end. */
export class Printed {
  readonly #log: (text: string) => void;
  readonly #begun = new Map<string, string>();
  #room = MOST_PRINTED;
  #end = '';

  constructor(log: (text: string) => void = () => {}) {
    this.#log = log;
  }

  /** @param stream the stream that `text` came from */
  add(stream: string, text: string): void {
    this.#end = (this.#end + text).slice(-KEPT);
    if (this.#room <= 0) return;
    const lines = ((this.#begun.get(stream) ?? '') + text.slice(0, this.#room)).split('\n');
    this.#room -= text.length;
    this.#begun.set(stream, lines.pop() ?? '');
    if (lines.length > 0) this.#log(`${lines.join('\n')}\n`);
    if (this.#room > 0) return;
    this.flush();
    this.#log('[further output is left out]\n');
  }

  /** Passes on unfinished lines. */
  flush(): void {
    for (const text of this.#begun.values()) if (text !== '') this.#log(`${text}\n`);
    this.#begun.clear();
  }

  /** The last line that is not empty; in a Python traceback, that is the error. */
  lastLine(): string | null {
    const lines = this.#end.split('\n').map((line) => line.trim());
    return lines.findLast((line) => line !== '') ?? null;
  }

  /** Whether the end of the output contains these words. */
  endsWith(words: string): boolean {
    return this.#end.includes(words);
  }
}

/**
 * Resolves to `answer`, or rejects with `late(seconds)` after the limit, or `grace` seconds after
 * an abort.
 */
export async function within<T>(
  answer: Promise<T>,
  seconds: number,
  late: (seconds: number) => Error,
  signal?: AbortSignal,
  grace = DEFAULT_GRACE,
): Promise<T> {
  const timers: NodeJS.Timeout[] = [];
  let stop = (): void => {};
  const limit = new Promise<never>((_, reject) => {
    const after = (limited: number): unknown => timers.push(setTimeout(() => reject(late(limited)), limited * 1000));
    stop = () => after(grace);
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

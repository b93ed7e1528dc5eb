// What any candidate is given at most: time to answer, and room for what it prints.

/** How long and how loud a candidate may be. */
export interface CandidateOptions {
  /** Seconds for one answer. Default 30. */
  readonly timeLimit?: number;
  /** Told what the candidate prints, so that a flood of it does not hide the report. */
  readonly log?: (text: string) => void;
  /** MiB of memory for a module's own data. Default 4096. */
  readonly memoryLimit?: number;
  /** Given when nobody waits any longer: what is being answered then has GRACE to end. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_TIME_LIMIT = 30;
/** Seconds in which it must be loaded, at least: what it imports, and the machine it runs on, may be slow at first. */
export const LOADING = 10;

/** Seconds. */
const GRACE = 2;

/** Characters of output that are passed on. */
const MOST_PRINTED = 10_000;
/** Characters that are kept for the message, if it ends. */
const KEPT = 2_000;

/** Passes on the beginning of what is printed, and remembers the end. */
export class Printed {
  readonly #log: (text: string) => void;
  #passedOn = 0;
  #end = '';

  constructor(log: (text: string) => void = () => {}) {
    this.#log = log;
  }

  add(text: string): void {
    this.#end = (this.#end + text).slice(-KEPT);
    const room = MOST_PRINTED - this.#passedOn;
    this.#passedOn += text.length;
    if (room < 0) return;
    this.#log(text.length <= room ? text : `${text.slice(0, room)}\n[what it prints after this is left out]\n`);
  }

  /** The last line that says something: of a Python traceback that is the error. */
  lastLine(): string | null {
    const lines = this.#end.split('\n').map((line) => line.trim());
    return lines.findLast((line) => line !== '') ?? null;
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

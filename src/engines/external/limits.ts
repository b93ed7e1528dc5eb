// What any candidate is given at most: time to answer, and room for what it prints.

export interface CandidateOptions {
  /** Seconds for one answer. Default 30. */
  readonly timeLimit?: number;
  /** Told what the candidate prints, so that a flood of it does not hide the report. */
  readonly log?: (text: string) => void;
}

export const DEFAULT_TIME_LIMIT = 30;

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
    if (room <= 0) return;
    this.#passedOn += text.length;
    this.#log(text.length <= room ? text : `${text.slice(0, room)}\n[what it prints after this is left out]\n`);
  }

  /** The last line that says something: of a Python traceback that is the error. */
  lastLine(): string | null {
    const lines = this.#end.split('\n').map((line) => line.trim());
    return lines.findLast((line) => line !== '') ?? null;
  }
}

/** `answer`, or what `late` throws after the time limit. */
export async function within<T>(answer: Promise<T>, seconds: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}

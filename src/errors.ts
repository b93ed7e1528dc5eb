// Errors that a user can fix. The message says where, what was expected and what was found; the
// hint says what to do. `cli` maps the class to an exit code. Any other error is a bug in backproof
// (internal error).
import { safeText } from './text.ts';

/**
 * Most characters of a message, a hint, and one word in a message: they quote names, paths and
 * output of programs.
 */
const LONGEST = { message: 1000, hint: 3000, word: 300 };

/** A code that scripts can test, a one-line message, and a one-line hint about what to do. */
export abstract class BackproofError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(safeText(withoutLongWords(message), LONGEST.message));
    this.name = new.target.name;
    this.hint = hint === undefined ? undefined : safeText(hint, LONGEST.hint);
  }
}

function withoutLongWords(message: string): string {
  return message.replace(/\S{300,}/g, (word) => safeText(word, LONGEST.word));
}

/** A wrong request: an unknown name, a number out of range, conflicting options. */
export class UsageError extends BackproofError {
  readonly code = 'usage';
}

/** Wrong data, parameters or files: cut short, wrong shape, NaN. */
export class DataError extends BackproofError {
  readonly code = 'data';
}

/** A candidate that returns nothing to check: it throws, hangs, ends, or returns something else. */
export class CandidateError extends BackproofError {
  readonly code = 'candidate';
  /**
   * It exceeded its time or memory limit, or its process ended, so that another request is no use.
   */
  readonly hangs: boolean;

  constructor(message: string, hint?: string, { hangs = false, cause }: { hangs?: boolean; cause?: unknown } = {}) {
    super(message, hint);
    this.hangs = hangs;
    if (cause !== undefined) this.cause = cause;
  }
}

/** A run that was interrupted before it had a result. */
export class InterruptedError extends BackproofError {
  readonly code = 'interrupted';
}

/** A file or folder that cannot be written. */
export class OutputError extends BackproofError {
  readonly code = 'output';
}

/** An engine or backend that is not available on this machine. */
export class EngineUnavailableError extends BackproofError {
  readonly code = 'engine-unavailable';
}

/** A queue that cannot be used: its server does not answer, or its packages are not installed. */
export class QueueError extends BackproofError {
  readonly code = 'queue';
}

const KINDS: Readonly<Record<string, new (message: string, hint?: string) => BackproofError>> = {
  usage: UsageError,
  data: DataError,
  candidate: CandidateError,
  interrupted: InterruptedError,
  output: OutputError,
  'engine-unavailable': EngineUnavailableError,
  queue: QueueError,
};

/** An error as data: on the way to another thread or process it loses its class. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Null for an error that is a bug, and not a user's to fix. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof BackproofError)) return null;
  const { code, message, hint = null } = error;
  return { code, message, hint };
}

/** @param place is put before the message */
export function errorOf({ code, message, hint }: Failure, place = ''): Error {
  const Kind = Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  return Kind === undefined ? new Error(`${place}${message}`) : new Kind(`${place}${message}`, hint ?? undefined);
}

/**
 * Looks `key` up in a table.
 * @throws UsageError with the choices if `table` has no own entry `key`
 */
export function lookUp<T>(table: Readonly<Record<string, T>>, key: string, what: string): T {
  if (!Object.hasOwn(table, key)) throw unknownName(what, key, Object.keys(table));
  return table[key];
}

/**
 * Runs `make`.
 * @param place "--schedule ", "network.layers[0]: "
 * @throws UsageError with the place in front of its message
 */
export function placed<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${place}${error.message}`, error.hint);
    throw error;
  }
}

/** "unknown optimizer "adm"; choose one of sgd, momentum, ..." */
export function unknownName(what: string, name: string, choices: readonly string[]): UsageError {
  return new UsageError(`unknown ${what} "${safeText(name)}"`, `choose one of ${choices.join(', ')}`);
}

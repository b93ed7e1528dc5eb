// Errors a user can mend. Each says where, what was expected, what was found and (hint) what to do; `cli` maps the
// class to an exit code, and anything that is not one of these is our own fault (internal error).
import { safeText } from './text.ts';

/** Messages and hints quote names, paths and what programs say. Each is one line, at most this long, without a word that fills it. */
const LONGEST = { message: 1000, hint: 3000, word: 300 };

/** A code that scripts can test, a one-line message, and a one-line hint on what to do about it. */
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

/** The request itself makes no sense: an unknown name, a number out of range, options that exclude each other. */
export class UsageError extends BackproofError {
  readonly code = 'usage';
}

/** Data, parameters or a file that is not what it should be: cut short, wrong shape, NaN. */
export class DataError extends BackproofError {
  readonly code = 'data';
}

/** A candidate that gives no answer which could be checked: it throws, hangs, dies, or answers something else. */
export class CandidateError extends BackproofError {
  readonly code = 'candidate';
  /** It did not answer in time, filled its memory, or its process ended: asking it otherwise is no use. */
  readonly hangs: boolean;

  constructor(message: string, hint?: string, { hangs = false, cause }: { hangs?: boolean; cause?: unknown } = {}) {
    super(message, hint);
    this.hangs = hangs;
    if (cause !== undefined) this.cause = cause;
  }
}

/** It was asked to end before it had anything to say. */
export class InterruptedError extends BackproofError {
  readonly code = 'interrupted';
}

/** A file or folder that cannot be written. */
export class OutputError extends BackproofError {
  readonly code = 'output';
}

/** An engine or backend that was asked for and is not on this machine. */
export class EngineUnavailableError extends BackproofError {
  readonly code = 'engine-unavailable';
}

/** Looks `key` up in a total table; an unknown one lists the choices.
 * @throws UsageError if `table` has no own entry `key`. */
export function lookUp<T>(table: Readonly<Record<string, T>>, key: string, what: string): T {
  if (!Object.hasOwn(table, key)) throw unknownName(what, key, Object.keys(table));
  return table[key];
}

/** "unknown optimizer "adm"; choose one of sgd, momentum, ..." */
export function unknownName(what: string, name: string, choices: readonly string[]): UsageError {
  return new UsageError(`unknown ${what} "${safeText(name)}"`, `choose one of ${choices.join(', ')}`);
}

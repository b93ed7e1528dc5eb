// Errors as data: on the way from one thread to another they lose their class.
import * as errors from '../../errors.ts';

/** An error as data: structured clone loses its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly stack?: string | undefined;
}

const { UsageError, DataError, EngineUnavailableError, CandidateError } = errors;
const KNOWN = { UsageError, DataError, EngineUnavailableError, CandidateError };

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return { name, message, stack, ...(error instanceof errors.BackproofError && { hint: error.hint }) };
}

/** The error as it was thrown there. */
export function revived({ name, message, hint, stack }: PlainError): Error {
  if (Object.hasOwn(KNOWN, name)) return new KNOWN[name as keyof typeof KNOWN](message, hint);
  return Object.assign(new Error(message), { name, stack });
}

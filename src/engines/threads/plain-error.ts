// Errors as data: on the way from one thread to another they lose their class.
import { errorOf, failureOf } from '../../errors.ts';
import type { Failure } from '../../errors.ts';

/** An error as data: structured clone loses its class. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  /** Of an error that a user can fix. */
  readonly failure?: Failure;
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  const failure = failureOf(error);
  return { name, message, stack, ...(failure !== null && { failure }) };
}

/** The error as it was thrown there. */
export function revived({ name, message, stack, failure }: PlainError): Error {
  return failure === undefined ? Object.assign(new Error(message), { name, stack }) : errorOf(failure);
}

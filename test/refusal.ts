// The text of a refusal: one line of message, one line of hint, from the expected class of error.
import { expect } from 'vitest';
import type { BackproofError } from '../src/errors.ts';

type ErrorClass = new (message: string, hint?: string) => BackproofError;

/**
 * Runs `action`, which must throw that class; returns "message | hint" ("message" if there is
 * no hint).
 */
export function refusal(errorClass: ErrorClass, action: () => unknown): string {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(errorClass);
  const { message, hint } = thrown as BackproofError;
  const text = hint === undefined ? message : `${message} | ${hint}`;
  expect(text).not.toContain('\n');
  return text;
}

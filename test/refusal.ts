// The message and the hint of an expected error, one line each.
import { expect } from 'vitest';
import type { BackproofError } from '../src/errors.ts';

type ErrorClass = new (message: string, hint?: string) => BackproofError;

/** Runs `action`, which must throw that class; gives "message | hint" ("message" where there is no
 * hint). */
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

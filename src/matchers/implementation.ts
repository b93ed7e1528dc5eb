// Opens the implementation passed to expect(), a function or a module of functions, in this thread.
import { localPort } from '../candidates/process/local.ts';
import { conventionsOf } from '../candidates/conventions/conventions.ts';
import type { Conventions, DeclaredConventions } from '../candidates/conventions/conventions.ts';
import type { CandidatePort } from '../candidates/request.ts';
import { BackproofError, CandidateError } from '../errors.ts';

export interface Implementation {
  readonly name: string;
  readonly conventions: Conventions;
  readonly updates: boolean;
  readonly open: () => CandidatePort;
}

/** @throws CandidateError if it is not an implementation, DataError if its conventions are unknown */
export function implementationOf(received: unknown, declared: DeclaredConventions = {}): Implementation {
  if (typeof received !== 'function' && (typeof received !== 'object' || received === null))
    throw new CandidateError(
      `expect() was given ${received === null ? 'null' : typeof received}, not an implementation`,
      'expected a function ({ network, parameters, inputs, targets }) => ({ loss, gradients }), or a module whose default export is one',
    );
  const { description } = localPort(received, nameOf(received));
  const { name, can } = description;
  const own: unknown = description.conventions ?? {};
  const all: unknown = typeof own === 'object' && !Array.isArray(own) ? { ...own, ...declared } : own;
  return {
    name,
    conventions: conventionsOf(all, `${name}: conventions`),
    updates: can.includes('applyGradients'),
    open: () => localPort(received, name),
  };
}

/** The function's own name, unless a compiler chose it. */
function nameOf(received: unknown): string {
  const f = typeof received === 'function' ? received : (received as { default?: unknown } | null | undefined)?.default;
  const name = typeof f === 'function' ? f.name : '';
  return name === '' || name === 'default' || name.endsWith('_default') ? 'the implementation' : name;
}

/** The error for test runners: its message includes the hint, and its cause is what the implementation threw. */
export function shown(error: unknown): unknown {
  if (!(error instanceof BackproofError)) return error;
  const message = error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  let cause: unknown = error;
  while (cause instanceof CandidateError && cause.cause !== undefined) cause = cause.cause;
  return new Error(message, { cause });
}

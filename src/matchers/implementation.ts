// What is given to expect(), opened: a function, or a module of functions, in this thread.
import { sourceOf } from './source-file.ts';
import { localPort } from '../candidates/process/local.ts';
import { conventionsOf } from '../candidates/conventions/conventions.ts';
import type { Conventions, DeclaredConventions } from '../candidates/conventions/conventions.ts';
import type { CandidatePort } from '../candidates/request.ts';
import { BackproofError, CandidateError } from '../errors.ts';

const UNNAMED = 'the implementation';

export interface Implementation {
  readonly name: string;
  readonly conventions: Conventions;
  readonly updates: boolean;
  readonly open: () => CandidatePort;
}

/** @throws CandidateError if it is none, DataError if its conventions are unknown */
export function implementationOf(received: unknown, declared: DeclaredConventions = {}): Implementation {
  if (typeof received !== 'function' && (typeof received !== 'object' || received === null))
    throw new CandidateError(
      `expect() was given ${received === null ? 'null' : typeof received}, not an implementation`,
      'a function ({ network, parameters, inputs, targets }) => ({ loss, gradients }) expected, or a module whose default export is one',
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

/** A function's own name; of one that has none, or one that a compiler gave it, the file that it is written in. */
function nameOf(received: unknown): string {
  const f = typeof received === 'function' ? received : (received as { default?: unknown } | null | undefined)?.default;
  if (typeof f !== 'function') return UNNAMED;
  const { name } = f;
  if (name !== '' && name !== 'default' && !name.endsWith('_default')) return name;
  return sourceOf(f as (argument: unknown) => unknown, received) ?? UNNAMED;
}

/** As test runners show an error: the hint in its message, and what the implementation threw as its cause. */
export function shown(error: unknown): unknown {
  if (!(error instanceof BackproofError)) return error;
  const message = error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  let cause: unknown = error;
  while (cause instanceof CandidateError && cause.cause !== undefined) cause = cause.cause;
  return new Error(message, { cause });
}

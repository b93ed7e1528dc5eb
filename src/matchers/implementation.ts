// Opens the implementation passed to expect(), a function or a module of functions, in this thread.
import { sourceOf } from './source-file.ts';
import { localPort } from '../candidates/process/local.ts';
import { conventionsOf } from '../candidates/conventions/declared.ts';
import type { Conventions, DeclaredConventions } from '../candidates/conventions/conventions.ts';
import type { CandidatePort, RequestName } from '../candidates/request.ts';
import { createExternalEngine } from '../candidates/external.ts';
import { variantEngines } from '../candidates/conventions/variant-engines.ts';
import { BackproofError, CandidateError } from '../errors.ts';
import { candidateSubject } from '../fuzz/subject.ts';
import type { Subject } from '../fuzz/subject.ts';

const UNNAMED = 'the implementation';

export interface Implementation {
  readonly name: string;
  readonly conventions: Conventions;
  readonly can: readonly RequestName[];
  readonly open: () => CandidatePort;
}

/**
 * @throws CandidateError if it is not an implementation, DataError if its conventions are unknown
 */
export function implementationOf(received: unknown, declared: DeclaredConventions = {}): Implementation {
  if (typeof received !== 'function' && (typeof received !== 'object' || received === null))
    throw new CandidateError(
      `expect() was given ${received === null ? 'null' : typeof received}, not an implementation`,
      'expected a function ({ network, parameters, inputs, targets }) => ({ loss, gradients }), or a module whose default export is one, or that exports trainStep',
    );
  const { description } = localPort(received, nameOf(received));
  const { name, can } = description;
  const own: unknown = description.conventions ?? {};
  const all: unknown = typeof own === 'object' && !Array.isArray(own) ? { ...own, ...declared } : own;
  return {
    name,
    conventions: conventionsOf(all, `${name}: conventions`),
    can,
    open: () => localPort(received, name),
  };
}

/** The implementation as it is fuzzed. */
export function localSubject(received: unknown, declared: DeclaredConventions = {}): Subject {
  const { name, conventions, can, open } = implementationOf(received, declared);
  return candidateSubject(
    { label: name, conventions, can },
    {
      open: async (network, optimizer) => createExternalEngine(open(), network, optimizer, conventions),
      variants: (network, optimizer) => variantEngines(conventions, network, optimizer, async () => open(), can),
    },
  );
}

/**
 * What compilers call a default export without a name: esbuild "my_mlp_default", Babel "_default",
 * TypeScript "default_1", Vitest "__vite_ssr_export_default__".
 */
const CHOSEN_BY_COMPILER = /^$|^default(_\d+)?$|_default(__|\$?\d+)?$/;

/** The function's own name; if it has none, or a compiler chose it, its file. */
function nameOf(received: unknown): string {
  const f = typeof received === 'function' ? received : (received as { default?: unknown } | null | undefined)?.default;
  if (typeof f !== 'function') return UNNAMED;
  const { name } = f;
  if (!CHOSEN_BY_COMPILER.test(name)) return name;
  return sourceOf(f as (argument: unknown) => unknown, received) ?? UNNAMED;
}

/**
 * The error for test runners: its message includes the hint, and its cause is what the
 * implementation threw.
 */
export function shown(error: unknown): unknown {
  if (!(error instanceof BackproofError)) return error;
  const message = error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  let cause: unknown = error;
  while (cause instanceof CandidateError && cause.cause !== undefined) cause = cause.cause;
  return new Error(message, { cause });
}

// A candidate in this thread, for matchers, tests and scripts. It cannot be interrupted, and it
// shares all built-ins with the checker.
import { CandidateError } from '../../errors.ts';
import { call, describe } from '../call.ts';
import type { Called } from '../call.ts';
import { Intrinsics } from './intrinsics.ts';
import { fromPlain } from '../plain.ts';
import { sizeOf } from '../request.ts';
import type { CandidatePort } from '../request.ts';
import { thrownText } from '../words.ts';

/** Taken before any candidate that is imported after this file. */
const intrinsics = new Intrinsics();

/** The longest list that is read: a longer one has the wrong shape in any case. */
const LONGEST = { each: 4, more: 1_000_000 };

/**
 * A candidate in this thread. Its arguments and answers are copied. What it throws becomes the
 * cause of a CandidateError.
 * @throws CandidateError if JavaScript built-ins have changed since this file was loaded
 */
export function localPort(imported: unknown, name = 'the candidate'): CandidatePort {
  requireIntrinsics(name);
  const description = describe(imported, name);
  requireUnchanged(description.name);
  return {
    description,
    async ask(request, arrays) {
      requireIntrinsics(description.name);
      const room = { numbers: Infinity, parts: Infinity, longest: LONGEST.more + LONGEST.each * sizeOf(request) };
      let called: Called | undefined;
      let thrown: unknown;
      try {
        called = await call(imported, description.name, request, arrays, room);
      } catch (error) {
        thrown = error;
      }
      requireUnchanged(description.name);
      if (called === undefined) throw failure(thrown, description.name);
      const { answer, state, changed } = called;
      const value = fromPlain(answer.form, answer.numbers)?.value;
      return { answer: state === undefined ? value : { ...(value as object), state }, changed };
    },
    alive: () => true,
    async close() {
      requireIntrinsics(description.name);
    },
  };
}

function failure(thrown: unknown, name: string): CandidateError {
  if (thrown instanceof CandidateError) return thrown;
  return new CandidateError(`${name} threw ${thrownText(thrown)}`, undefined, { cause: thrown });
}

/** Runs before a call. It restores nothing, because other code may need the replacements. */
function requireIntrinsics(name: string): void {
  const changed = intrinsics.changed();
  if (changed.length > 0)
    throw new CandidateError(
      `${name} cannot be checked: JavaScript built-ins have been replaced: ${listed(changed)}`,
      'the implementation or a test replaced them. Restore them first, or check in a separate process: backproof gradcheck --candidate',
    );
}

/** Runs after a call, and restores what the call changed. */
function requireUnchanged(name: string): void {
  const changed = intrinsics.restore();
  if (changed.length > 0)
    throw new CandidateError(
      `${name} changed JavaScript built-ins: ${listed(changed)}`,
      'no result can be trusted after that',
    );
}

const MOST_NAMES = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

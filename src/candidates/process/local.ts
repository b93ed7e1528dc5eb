// A candidate in this very thread, for tests and scripts: nothing can stop it, and it shares all that the judge computes with.
import { CandidateError } from '../../errors.ts';
import { call, describe } from '../call.ts';
import type { Called } from '../call.ts';
import { Intrinsics } from './intrinsics.ts';
import { fromPlain } from '../plain.ts';
import { sizeOf } from '../request.ts';
import type { CandidatePort } from '../request.ts';
import { thrownText } from '../words.ts';

/** As they are before any candidate is loaded that is imported after this. */
const intrinsics = new Intrinsics();

/** Numbers of one list: what is longer is of another shape in any case. */
const LONGEST = { each: 4, more: 1_000_000 };

/** A candidate in this thread. It is given copies, and its answers are copied. What it throws is the cause of the error that is thrown.
 * @throws CandidateError if what JavaScript has built in is not what it was when this file was loaded */
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
  return new CandidateError(`${name} throws ${thrownText(thrown)}`, undefined, { cause: thrown });
}

/** Before it is called: what was put in the place of something since this file was loaded stays there, because it may be others who need it. */
function requireIntrinsics(name: string): void {
  const changed = intrinsics.changed();
  if (changed.length > 0)
    throw new CandidateError(
      `${name} cannot be checked: this is not what JavaScript has built in: ${listed(changed)}`,
      'did it, or a test, put something else there? Restore it first, or check it in a process of its own: backproof gradcheck --candidate',
    );
}

/** After it was called: what it changed is put back. */
function requireUnchanged(name: string): void {
  const changed = intrinsics.restore();
  if (changed.length > 0)
    throw new CandidateError(
      `${name} changed what JavaScript has built in: ${listed(changed)}`,
      'no numbers can be trusted after that',
    );
}

const MOST_NAMES = 5;

function listed(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

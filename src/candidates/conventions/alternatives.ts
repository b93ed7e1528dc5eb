// All other conventions that a candidate might follow without saying so, those with the fewest changes first.
import { CandidateError } from '../../errors.ts';
import { averagesOutputs } from '../../network/meaning.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { CONVENTIONS } from './conventions.ts';
import type { ConventionName, Conventions } from './conventions.ts';
import type { Answered, CandidatePort } from '../request.ts';

/** Conventions that change what is asked. */
const ASKED = ['weights', 'biases', 'examples', 'targets'] as const satisfies readonly ConventionName[];
/** Conventions that change what the answer means. */
const MEANT = ['gradients', 'loss', 'squaredError'] as const satisfies readonly ConventionName[];

export interface AlternativeConventions {
  readonly conventions: Conventions;
  /** How many are not as declared. */
  readonly changes: number;
  /** The same for all that are asked alike: an answer to one of them is an answer to all. */
  readonly asked: string;
}

export function alternativesTo(declared: Conventions, network: NetworkSpec): AlternativeConventions[] {
  const names = [...ASKED, ...MEANT].filter((name) => name !== 'squaredError' || averagesOutputs(network));
  let all: Conventions[] = [declared];
  for (const name of names) {
    all = all.flatMap((one) => CONVENTIONS[name].map((choice) => ({ ...one, [name]: choice })));
  }
  const changes = (one: Conventions): number => names.filter((name) => one[name] !== declared[name]).length;
  return all
    .map((conventions) => ({
      conventions,
      changes: changes(conventions),
      asked: ASKED.map((name) => conventions[name]).join(' '),
    }))
    .filter((one) => one.changes > 0)
    .toSorted((a, b) => a.changes - b.changes);
}

type Outcome = { readonly answered: Answered } | { readonly failed: CandidateError };

/**
 * Ports that ask nothing twice: where conventions differ only in what the answer means, the answer is known. All who are asked alike ask the same
 * in the same order. One candidate stands behind all of them, for as long as it lives.
 */
export function remembering(open: () => Promise<CandidatePort>): (asked: string) => Promise<CandidatePort> {
  const known = new Map<string, Outcome[]>();
  let shared: CandidatePort | null = null;
  const answer = async (...question: Parameters<CandidatePort['ask']>): Promise<Outcome> => {
    try {
      if (shared?.alive() === false) await shared.close();
      if (shared?.alive() !== true) shared = await open();
      return { answered: await shared.ask(...question) };
    } catch (error) {
      if (error instanceof CandidateError) return { failed: error };
      throw error;
    }
  };
  return async (asked) => {
    const outcomes = known.get(asked) ?? [];
    known.set(asked, outcomes);
    let at = 0;
    return {
      description: { name: 'the candidate', conventions: {}, can: ['gradients'], versions: {} },
      async ask(...question) {
        const outcome = outcomes[at++] ?? outcomes[outcomes.push(await answer(...question)) - 1];
        if ('failed' in outcome) throw outcome.failed;
        return outcome.answered;
      },
      alive: () => true,
      async close() {},
    };
  };
}

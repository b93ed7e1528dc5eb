// All conventions that a candidate might follow, the declared ones first, then those with the
// fewest changes.
import { CandidateError } from '../../errors.ts';
import { averagesOutputs } from '../../network/meaning.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { CONVENTIONS } from './conventions.ts';
import { fits, isPossible } from './bias-in-weights.ts';
import type { ConventionName, Conventions } from './conventions.ts';
import type { Answered, CandidatePort, RequestName } from '../request.ts';

/** Conventions that change the request. */
const ASKED = ['weights', 'biases', 'examples', 'targets'] as const satisfies readonly ConventionName[];
/** Conventions that change the meaning of the answer. */
const MEANT = ['gradients', 'loss', 'squaredError'] as const satisfies readonly ConventionName[];

export interface AskedVariant {
  readonly conventions: Conventions;
  /** How many differ from the declared ones. */
  readonly changes: number;
  /** Equal for variants with the same requests; they share their answers. */
  readonly asked: string;
}

export function variantsOf(declared: Conventions, network: NetworkSpec): AskedVariant[] {
  const names = [...ASKED, ...MEANT].filter((name) => name !== 'squaredError' || averagesOutputs(network));
  let all: Conventions[] = [declared];
  for (const name of names) {
    all = all.flatMap((one) => CONVENTIONS[name].map((choice) => ({ ...one, [name]: choice })));
  }
  all = all.filter((one) => isPossible(one) && fits(one.biases, network));
  const changes = (one: Conventions): number => names.filter((name) => one[name] !== declared[name]).length;
  return all
    .map((conventions) => ({
      conventions,
      changes: changes(conventions),
      asked: ASKED.map((name) => conventions[name]).join(' '),
    }))
    .toSorted((a, b) => a.changes - b.changes);
}

type Outcome = { readonly answered: Answered } | { readonly failed: CandidateError };

/**
 * Ports that ask no question twice. Variants that differ only in the meaning of the answer ask the
 * same questions in the same order, so they share the answers. All ports use one candidate for as
 * long as it runs.
 * @param can what the candidate can be asked
 */
export function remembering(
  open: () => Promise<CandidatePort>,
  can: readonly RequestName[] = ['gradients'],
): (asked: string) => Promise<CandidatePort> {
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
      description: { name: 'the candidate', conventions: {}, can, versions: {} },
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

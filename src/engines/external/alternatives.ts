// All other conventions that a candidate might follow without saying so, those with the fewest changes first.
import { CandidateError } from '../../errors.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { CONVENTIONS } from './conventions.ts';
import type { ConventionName, Conventions } from './conventions.ts';
import type { Answered, CandidatePort } from './request.ts';

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
  const names = [...ASKED, ...MEANT].filter((name) => name !== 'squaredError' || network.loss === 'mse');
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
 * in the same order.
 */
export function remembering(open: () => Promise<CandidatePort>): (asked: string) => Promise<CandidatePort> {
  const known = new Map<string, Outcome[]>();
  return async (asked) => {
    const outcomes = known.get(asked) ?? [];
    known.set(asked, outcomes);
    let [port, at]: [CandidatePort | null, number] = [null, 0];
    return {
      description: { name: 'the candidate', conventions: {}, can: ['gradients'], versions: {} },
      async ask(request, arrays) {
        let outcome = outcomes[at++] as Outcome | undefined;
        if (outcome === undefined) {
          try {
            port ??= await open();
            outcome = { answered: await port.ask(request, arrays) };
          } catch (error) {
            if (!(error instanceof CandidateError)) throw error;
            outcome = { failed: error };
          }
          outcomes.push(outcome);
        }
        if ('failed' in outcome) throw outcome.failed;
        return outcome.answered;
      },
      close: async () => port?.close(),
    };
  };
}

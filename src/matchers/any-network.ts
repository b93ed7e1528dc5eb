// expect(implementation).toBackpropagate(anyNetwork(...)): random networks, until one shows a
// mistake; the message is of the smallest that does.
import type { DeclaredConventions } from '../candidates/conventions/conventions.ts';
import { CandidateError, UsageError, unknownName } from '../errors.ts';
import { fuzz, inRanges } from '../fuzz/fuzz.ts';
import type { FuzzResult } from '../fuzz/fuzz.ts';
import { rangesOf } from '../fuzz/fuzz-work.ts';
import { linesOf, sentenceOf } from '../fuzz/report/report.ts';
import { spaceOf } from '../fuzz/space.ts';
import type { AnyNetwork } from '../fuzz/space.ts';
import type { Outcome } from './backpropagates.ts';
import { localSubject } from './implementation.ts';

/** How many random networks to check an implementation on. All options are optional. */
export interface AnyNetworkRun {
  /** How many networks. Default: 100. */
  readonly runs?: number;
  /** The seed of the first one; one seed more for each. Default: 1. */
  readonly seed?: number;
  /** Added to those that the implementation declares itself. */
  readonly conventions?: DeclaredConventions;
}

const OPTIONS = ['runs', 'seed', 'conventions'];
const RUNS = 100;

/**
 * @throws BackproofError if there is nothing to check: it is not a function, it refuses every
 *   network, or the options are invalid
 */
export async function backpropagatesAny(
  received: unknown,
  { anyNetwork }: AnyNetwork,
  options: AnyNetworkRun = {},
): Promise<Outcome> {
  const alien = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (alien !== undefined) throw unknownName('option', alien, OPTIONS);
  const { runs = RUNS, seed = 1, conventions } = options;
  if (!(Number.isSafeInteger(runs) && runs >= 1))
    throw new UsageError(`runs: expected a whole number of at least 1, got ${runs}`);
  if (!Number.isSafeInteger(seed)) throw new UsageError(`seed: expected a whole number, got ${seed}`);
  const subject = localSubject(received, conventions);
  const plan = { seed, runs, keepGoing: false, space: spaceOf(anyNetwork) };
  const result = await fuzz(subject, plan, { all: inRanges(rangesOf(subject), 1) });
  return outcomeOf(result, subject.label);
}

function outcomeOf(result: FuzzResult, label: string): Outcome {
  const told = { ...result, label, replayed: null };
  const sentence = sentenceOf(told);
  if (result.verdict.kind === 'inconclusive') throw new CandidateError(`${label}: ${sentence}`);
  if (result.found === null)
    return { pass: true, message: `${label} was expected to be wrong, but it is right.\n${sentence}.` };
  const repeat = `Repeat: toBackpropagate(anyNetwork(...), { seed: ${result.found.seed}, runs: 1 }).`;
  return { pass: false, message: [`${sentence}.`, ...linesOf(told), repeat].join('\n') };
}

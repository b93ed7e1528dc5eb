// Finds out whether a candidate that looks wrong only follows other conventions: asks it again
// under each, until it agrees.
import type { ConventionVariant } from '../../candidates/engine.ts';
import { flawsOf } from '../../candidates/engine.ts';
import { BackproofError, CandidateError } from '../../errors.ts';
import type { Batch } from '../../network/batch.ts';
import { withZeroBiases } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { gradientComparisons, measure, measureNumber } from '../measure.ts';
import { both } from '../pair.ts';
import { firstExamples } from '../slopes/nearby.ts';
import type { Question } from '../questions/protocol.ts';
import type { Watch } from '../watch.ts';

/** Batch sizes to choose from: enough to tell a sum from a mean, and a row from a column. */
const EXAMPLES = [3, 5, 7];
/** Time limit for all conventions together, in milliseconds. */
const AT_MOST = 15_000;

type Conventions = ConventionVariant['conventions'];

/**
 * The conventions under which loss and every gradient are within their bounds, for a few of the
 * given examples and at the general point, with as few changes as possible; empty if it is a
 * mistake.
 * @param network that of the questions
 * @param variants those with the fewest changes first
 */
export async function likelyConventions(
  variants: readonly ConventionVariant[],
  network: NetworkSpec,
  questions: readonly Question[],
  watch: Watch,
): Promise<Conventions[]> {
  const began = watch.now();
  const found: ConventionVariant[] = [];
  const problems = new Map<boolean, Problem[]>();
  for (const one of variants) {
    const enough = found.length > 0 && one.changes > found[0].changes;
    if (enough || watch.signal.aborted || watch.now() - began > AT_MOST) break;
    const biases = one.network.biases !== false;
    const same = problems.get(biases) ?? problemsOf(one.network, network, questions);
    problems.set(biases, same);
    if (await agrees(one, same)) found.push(one);
  }
  return found.map(({ conventions }) => conventions);
}

/** A problem is shared by all variants that agree about biases; without biases they are 0. */
interface Problem {
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly exact: BoundedGradients;
}

/**
 * A few of the given examples, and the random question. Its exact answer is reused if the variant
 * and the questions agree about biases.
 */
function problemsOf(network: NetworkSpec, asked: NetworkSpec, questions: readonly Question[]): Problem[] {
  const [{ parameters, batch }] = questions;
  const random = questions.filter(({ name }) => name === 'random');
  const K = batch.targets.cols; // a sum over K examples would look like a sum over K outputs
  const few = firstExamples(batch, EXAMPLES.find((count) => count !== K && 2 * count !== K) ?? EXAMPLES[0]);
  const alike = (network.biases !== false) === (asked.biases !== false);
  const problems = [problemOf(network, { parameters, batch: few })];
  return [...problems, ...(alike ? random : random.map((question) => problemOf(network, question)))];
}

function problemOf(
  network: NetworkSpec,
  { parameters: given, batch }: Pick<Question, 'parameters' | 'batch'>,
): Problem {
  const parameters = network.biases === false ? withZeroBiases(given) : given;
  return { parameters, batch, exact: boundedGradients(network, parameters, batch) };
}

async function agrees({ open }: ConventionVariant, problems: readonly Problem[]): Promise<boolean> {
  try {
    const engine = await open();
    try {
      for (const { parameters, batch, exact } of problems) {
        await engine.load(parameters);
        const { loss, gradients } = await engine.lossAndGradients(batch);
        if (flawsOf(engine).length > 0) return false;
        const measures = [
          measureNumber('loss', both(loss), exact.loss),
          ...gradientComparisons(both(gradients), exact).map(measure),
        ];
        if (!measures.every(({ usedOfBound }) => usedOfBound <= 1)) return false;
      }
      return true;
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    if (error instanceof BackproofError) return false; // it cannot answer under these conventions
    throw error;
  }
}

/** The candidate's error, with the conventions under which it could answer as a hint. */
export function explained(error: CandidateError, likely: readonly Conventions[]): CandidateError {
  if (likely.length === 0) return error;
  return new CandidateError(
    error.message,
    `${declareSentence(likely)}${error.hint === undefined ? '' : `; ${error.hint}`}`,
    { cause: error },
  );
}

/** "it agrees if it declares conventions = { weights: 'units-inputs' }" */
function declareSentence(likely: readonly Conventions[]): string {
  return `it agrees if it declares ${likely.map(formatConventions).join(', or ')}`;
}

/** conventions = { weights: 'units-inputs' } */
export function formatConventions(conventions: Conventions): string {
  const parts = Object.entries(conventions).map(([name, value]) => `${name}: '${value}'`);
  return parts.length === 0 ? 'conventions = {}' : `conventions = { ${parts.join(', ')} }`;
}

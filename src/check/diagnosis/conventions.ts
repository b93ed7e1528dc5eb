// Whether an implementation that seems wrong only follows other conventions: it is asked again by each of them, until one makes it agree.
import { flawsOf } from '../../candidates/engine.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import { BackproofError, CandidateError } from '../../errors.ts';
import type { Batch } from '../../network/batch.ts';
import { withZeroBiases } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { gradientComparisons, measure, measureNumber } from '../measure.ts';
import { firstExamples } from '../slopes/nearby.ts';
import type { Question } from '../protocol.ts';
import type { Watch } from '../watch.ts';

/** What would have to be declared: { weights: 'units-inputs' }. */
export type OtherConventions = Readonly<Record<string, string>>;

/** The same implementation, asked by other conventions than those it declares. */
export interface Alternative {
  readonly conventions: OtherConventions;
  /** How many of them are not what it declares. */
  readonly changes: number;
  /** Without biases, where they say so. */
  readonly network: NetworkSpec;
  readonly open: EngineFactory;
}

/** Enough to tell a sum from a mean, and a row from a column. */
const EXAMPLES = [3, 5, 7];
/** For all of them together, in milliseconds. */
const AT_MOST = 15_000;

/**
 * The conventions, as few changed as possible, with which loss and every gradient are within their bounds, for a few of the given examples and where
 * nothing is hidden; none if it is a mistake.
 * @param alternatives those with the fewest changes first
 */
export async function likelyConventions(
  alternatives: readonly Alternative[],
  questions: readonly Question[],
  watch: Watch,
): Promise<OtherConventions[]> {
  const { parameters, batch } = questions[0];
  const K = batch.targets.cols; // a sum over as many examples as there are outputs would look like a sum over the outputs
  const few = firstExamples(batch, EXAMPLES.find((count) => count !== K && 2 * count !== K) ?? EXAMPLES[0]);
  const asked = [{ parameters, batch: few }, ...questions.filter(({ name }) => name === 'random')];
  const began = watch.now();
  const found: Alternative[] = [];
  const problems = new Map<boolean, Problem[]>();
  for (const one of alternatives) {
    const enough = found.length > 0 && one.changes > found[0].changes;
    if (enough || watch.signal.aborted || watch.now() - began > AT_MOST) break;
    const biases = one.network.biases !== false;
    const same = problems.get(biases) ?? asked.map((question) => problemOf(one.network, question));
    problems.set(biases, same);
    if (await agrees(one, same)) found.push(one);
  }
  return found.map(({ conventions }) => conventions);
}

/** The same for all alternatives, but for biases: without them they are 0. */
interface Problem {
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly exact: BoundedGradients;
}

function problemOf(
  network: NetworkSpec,
  { parameters: given, batch }: Pick<Question, 'parameters' | 'batch'>,
): Problem {
  const parameters = network.biases === false ? withZeroBiases(given) : given;
  return { parameters, batch, exact: boundedGradients(network, parameters, batch) };
}

async function agrees({ open }: Alternative, problems: readonly Problem[]): Promise<boolean> {
  try {
    const engine = await open();
    try {
      for (const { parameters, batch, exact } of problems) {
        await engine.load(parameters);
        const { loss, gradients } = await engine.lossAndGradients(batch);
        if (flawsOf(engine).length > 0) return false;
        const measures = [
          measureNumber('loss', loss, loss, exact.loss),
          ...gradientComparisons(gradients, gradients, exact).map(measure),
        ];
        if (!measures.every(({ usedOfBound }) => usedOfBound <= 1)) return false;
      }
      return true;
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    if (error instanceof BackproofError) return false; // asked so, it cannot answer
    throw error;
  }
}

/** The error of a candidate that could not answer, with what it looks like, if it can by other conventions. */
export function explained(error: CandidateError, likely: readonly OtherConventions[]): CandidateError {
  if (likely.length === 0) return error;
  return new CandidateError(
    error.message,
    `${declareSentence(likely)}${error.hint === undefined ? '' : `; ${error.hint}`}`,
    { cause: error },
  );
}

/** "it agrees if it declares conventions = { weights: 'units-inputs' }" */
function declareSentence(likely: readonly OtherConventions[]): string {
  return `it agrees if it declares ${likely.map(formatConventions).join(', or ')}`;
}

/** conventions = { weights: 'units-inputs' } */
export function formatConventions(conventions: OtherConventions): string {
  const parts = Object.entries(conventions).map(([name, value]) => `${name}: '${value}'`);
  return parts.length === 0 ? 'conventions = {}' : `conventions = { ${parts.join(', ')} }`;
}

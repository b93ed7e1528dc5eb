// Finds out whether a candidate that looks wrong only follows other conventions: asks it again
// under each, until it agrees.
import type { ConventionVariant } from '../../candidates/engine.ts';
import { flawsOf } from '../../candidates/engine.ts';
import { BackproofError, CandidateError } from '../../errors.ts';
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import { withZeroBiases } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import { gradientComparisons, measure, measureNumber } from '../measure.ts';
import { both } from '../pair.ts';
import { firstExamples } from '../slopes/nearby.ts';
import type { Question } from '../questions/protocol.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Watch } from '../watch.ts';

/** Batch sizes to choose from: enough to tell a sum from a mean, and a row from a column. */
const EXAMPLES = [3, 5, 7];
/** Time limit for all conventions together, in milliseconds. */
const AT_MOST = 15_000;

type Conventions = ConventionVariant['conventions'];

/** Conventions under which more gradients are right than under the declared ones, but not all. */
export interface Nearer {
  readonly conventions: Conventions;
  /** The gradients that are then right (W1, b1 ...). */
  readonly right: readonly string[];
  /** What it was asked, and its answers under these conventions. */
  readonly asked: readonly Question[];
  readonly found: readonly LossAndGradients[];
}

/** What other conventions than the declared ones would explain. */
export interface OtherConventions {
  /**
   * Those under which loss and every gradient are within their bounds, for a few of the given
   * examples and at the general point, with as few changes as possible; empty if it is a mistake.
   */
  readonly likely: readonly Conventions[];
  /** Where it is a mistake: the only ones that make the most gradients right; null if none do. */
  readonly nearer: Nearer | null;
}

/** The nearest so far. */
interface Best extends Nearer {
  readonly changes: number;
  readonly score: number;
  /** No other one is as near by as few changes. */
  readonly isOnly: boolean;
}

/** Nothing was tried. */
export const NO_CONVENTIONS: OtherConventions = { likely: [], nearer: null };

/**
 * Asks the candidate under all other conventions, until it agrees.
 * @param network that of the questions
 * @param variants those with the fewest changes first
 * @param declared under the declared conventions: the engine, null if it does not answer; and how
 *   many gradients are right in its answers
 */
export async function tryConventions(
  variants: readonly ConventionVariant[],
  network: NetworkSpec,
  questions: readonly Question[],
  declared: { readonly engine: Engine | null; readonly right: number },
  watch: Watch,
): Promise<OtherConventions> {
  const began = watch.now();
  const asDeclared = problemsOf(network, network, questions);
  // a mistake may not show in so few examples: what is right in them is no merit of a convention
  const { engine } = declared;
  const few = engine === null ? NO_ANSWER : await orNoAnswer(() => compared(engine, asDeclared));
  const rightAlready = Math.max(declared.right, few.right.length);
  const found: ConventionVariant[] = [];
  let near = null as Best | null;
  const problems = new Map([[network.biases !== false, asDeclared]]);
  for (const [n, one] of variants.entries()) {
    watch.progress('conventions', n, variants.length);
    const enough = found.length > 0 && one.changes > found[0].changes;
    if (enough || watch.signal.aborted || watch.now() - began > AT_MOST) break;
    const biases = one.network.biases !== false;
    const same = problems.get(biases) ?? problemsOf(one.network, network, questions);
    problems.set(biases, same);
    const { agrees, right, lossIsRight, found: given } = await answersUnder(one, same);
    if (agrees) found.push(one);
    const score = right.length + (lossIsRight ? 0.5 : 0);
    if (right.length <= rightAlready || biases !== (network.biases !== false) || score < (near?.score ?? 0)) continue;
    if (near?.score === score) near = { ...near, isOnly: near.isOnly && one.changes > near.changes };
    else near = { ...one, right, asked: same, found: given, score, isOnly: true };
  }
  const likely = found.map(({ conventions }) => conventions);
  return { likely, nearer: likely.length === 0 && near?.isOnly === true ? near : null };
}

/** A question is shared by all variants that agree about biases; without biases they are 0. */
type Problem = Question;

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
  const problems = [problemOf(network, { name: 'given', parameters, batch: few })];
  return [...problems, ...(alike ? random : random.map((question) => problemOf(network, question)))];
}

function problemOf(
  network: NetworkSpec,
  { name, parameters: given, batch }: Pick<Question, 'name' | 'parameters' | 'batch'>,
): Problem {
  const parameters = network.biases === false ? withZeroBiases(given) : given;
  return { name, parameters, batch, exact: boundedGradients(network, parameters, batch) };
}

/** What a candidate answers under other conventions. */
interface Under {
  readonly agrees: boolean;
  /** Gradients that are right in all answers. */
  readonly right: readonly string[];
  readonly lossIsRight: boolean;
  readonly found: readonly LossAndGradients[];
}

const NO_ANSWER: Under = { agrees: false, right: [], lossIsRight: false, found: [] };

async function answersUnder({ open }: ConventionVariant, problems: readonly Problem[]): Promise<Under> {
  return orNoAnswer(async () => {
    const engine = await open();
    try {
      return await compared(engine, problems);
    } finally {
      await engine.dispose();
    }
  });
}

async function orNoAnswer(answer: () => Promise<Under>): Promise<Under> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof BackproofError) return NO_ANSWER; // it cannot answer under these conventions
    throw error;
  }
}

/** Ends after an answer in which no gradient is right. */
async function compared(engine: Engine, problems: readonly Problem[]): Promise<Under> {
  const found: LossAndGradients[] = [];
  let [right, lossIsRight] = [null as readonly string[] | null, true];
  for (const { parameters, batch, exact } of problems) {
    await engine.load(parameters);
    const answer = await engine.lossAndGradients(batch);
    if (flawsOf(engine).length > 0) return NO_ANSWER;
    found.push(answer);
    lossIsRight &&= isWithin(measureNumber('loss', both(answer.loss), exact.loss));
    const own = gradientComparisons(both(answer.gradients), exact).map(measure).filter(isWithin);
    right = own.flatMap(({ parameter }) => (right?.includes(parameter) === false ? [] : [parameter]));
    if (right.length === 0) return NO_ANSWER;
  }
  const all = problems[0].exact.gradients.length;
  return { agrees: lossIsRight && right?.length === all, right: right ?? [], lossIsRight, found };
}

const isWithin = ({ usedOfBound }: TensorMeasure): boolean => usedOfBound <= 1;

/** The candidate's error, with the conventions under which it could answer as a hint. */
export function explained(error: CandidateError, { likely, nearer }: OtherConventions): CandidateError {
  if (likely.length === 0 && nearer === null) return error;
  const declare =
    nearer === null
      ? declareSentence(likely)
      : `it answers if it declares ${formatConventions(nearer.conventions)}, and these gradients then agree: ${nearer.right.map((name) => `d${name}`).join(', ')}`;
  return new CandidateError(error.message, `${declare}${error.hint === undefined ? '' : `; ${error.hint}`}`, {
    cause: error,
  });
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

// Finds out whether a candidate that looks wrong only follows other conventions: asks it again
// under each, until it agrees.
import type { ConventionVariant } from '../../candidates/engine.ts';
import { asCandidate, flawsOf } from '../../candidates/engine.ts';
import { BackproofError, CandidateError } from '../../errors.ts';
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import { withZeroBiases } from '../../network/parameters.ts';
import { outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Batch } from '../../network/batch.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import { gradientComparisons, measure, measureNumber } from '../measure.ts';
import { both } from '../pair.ts';
import { withRounding } from '../steps/rounding.ts';
import { generalPoint, isOneHot, randomBatch, smallLike } from '../slopes/general-point.ts';
import { firstExamples } from '../slopes/nearby.ts';
import type { Question } from '../questions/protocol.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Watch } from '../watch.ts';
import { readsRequests } from './reads-requests.ts';

/** Batch sizes to choose from: enough to tell a sum from a mean, and a row from a column. */
const EXAMPLES = [3, 5, 7];
/** Far from the seeds of other batches. */
const SEED = 9_200_001;
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
 * Asks the candidate under other conventions, until it agrees: all of them, unless what is right
 * already, or what it answers about a small network, shows that it is none of them.
 * @param network that of the questions
 * @param variants the declared conventions first, then those with the fewest changes
 * @param declared under the declared conventions: the engine, null if it does not answer; how many
 *   gradients are right in its answers; and whether all of them could be read
 */
export async function tryConventions(
  variants: readonly ConventionVariant[],
  network: NetworkSpec,
  questions: readonly Question[],
  declared: { readonly engine: Engine | null; readonly right: number; readonly isRead: boolean },
  watch: Watch,
): Promise<OtherConventions> {
  if (variants.length === 0) return NO_CONVENTIONS; // an engine of the harness has none
  const until = watch.now() + AT_MOST;
  const { engine } = declared;
  // a mistake may not show in so few examples: what is right in them is no merit of a convention
  const problems = problemsFor(network, fewOf(network, questions));
  const few = engine === null ? NO_ANSWER : await orNoAnswer(() => compared(engine, problems(network)));
  if (few.agrees) return NO_CONVENTIONS; // what is wrong does not show in them: nothing tells
  const search = (tried: readonly ConventionVariant[]): Promise<OtherConventions> =>
    searched(tried, { network, problems, right: Math.max(declared.right, few.right.length), until, watch });
  const others = variants.filter(({ changes }) => changes > 0);
  const alike = others.filter(({ asksAlike }) => asksAlike);
  const ofAlike = await search(alike);
  // a candidate that misreads its requests gets nothing right
  const understands = few.right.length > 0 || (few.lossIsRight && hasOwnLoss(engine));
  if ((understands && declared.isRead) || ofAlike.likely.length > 0 || ofAlike.nearer !== null) return ofAlike;
  const random = questions.find(({ name }) => name === 'random');
  if (engine !== null && declared.isRead && random !== undefined && (await readsRequests(engine, network, random)))
    return search(others.filter(({ conventions }) => isReadAlike(conventions, variants[0].conventions)));
  const promising = await promisingAtSmallSize(variants, network, questions[0].batch, { until, watch });
  return search(promising ?? others);
}

/** Whether parameters and inputs are read alike. */
function isReadAlike(a: Conventions, b: Conventions): boolean {
  return ['weights', 'biases', 'examples'].every((name) => a[name] === b[name]);
}

function hasOwnLoss(engine: Engine | null): boolean {
  return engine !== null && asCandidate(engine).filledIn?.includes('loss') !== true;
}

/** How the conventions are tried. */
interface Trial {
  readonly network: NetworkSpec;
  /** What is asked about a network with or without biases. */
  readonly problems: (network: NetworkSpec) => readonly Question[];
  /** How many gradients are right without a change. */
  readonly right: number;
  /** When to end, in the time of the watch. */
  readonly until: number;
  readonly watch: Watch;
  /** Default: of the variant itself. */
  readonly open?: (variant: ConventionVariant) => Promise<Engine>;
}

async function searched(
  variants: readonly ConventionVariant[],
  { network, problems, right: rightAlready, until, watch, open = (one) => one.open() }: Trial,
): Promise<OtherConventions> {
  const found: ConventionVariant[] = [];
  let near = null as Best | null;
  for (const [n, one] of variants.entries()) {
    watch.progress('conventions', n, variants.length);
    const enough = found.length > 0 && one.changes > found[0].changes;
    if (enough || watch.signal.aborted || watch.now() > until) break;
    const asked = problems(one.network);
    const { agrees, right, lossIsRight, found: given } = await answersUnder(() => open(one), asked);
    if (agrees) found.push(one);
    const score = right.length + (lossIsRight ? 0.5 : 0);
    const isSameNetwork = hasBiases(one.network) === hasBiases(network);
    if (right.length <= rightAlready || !isSameNetwork || score < (near?.score ?? 0)) continue;
    if (near?.score === score) near = { ...near, isOnly: near.isOnly && one.changes > near.changes };
    else near = { ...one, right, asked, found: given, score, isOnly: true };
  }
  const likely = found.map(({ conventions }) => conventions);
  return { likely, nearer: likely.length === 0 && near?.isOnly === true ? near : null };
}

const hasBiases = ({ biases }: NetworkSpec): boolean => biases !== false;

/**
 * The variants that are worth asking about a large network, by what they answer about a small one
 * of the same kind; null if that does not tell.
 */
async function promisingAtSmallSize(
  variants: readonly ConventionVariant[],
  network: NetworkSpec,
  { targets }: Batch,
  limits: Pick<Trial, 'until' | 'watch'>,
): Promise<readonly ConventionVariant[] | null> {
  const small = smallLike(network);
  if (small === null) return null;
  const problems = problemsFor(small, generalQuestionsOf(small, isOneHot(targets)));
  const open = (one: ConventionVariant): Promise<Engine> => one.openFor(small);
  const [asDeclared, ...others] = variants;
  const declared = await answersUnder(() => open(asDeclared), problems(asDeclared.network));
  const { likely, nearer } = await searched(others, {
    network: small,
    problems,
    right: declared.right.length,
    ...limits,
    open,
  });
  const promising = others.filter(({ conventions: own }) => likely.includes(own) || nearer?.conventions === own);
  const tells = declared.found.length > 0 || promising.length > 0;
  return tells ? promising : null;
}

/** What is asked of each variant: without biases they are 0. */
function problemsFor(network: NetworkSpec, questions: readonly Question[]): Trial['problems'] {
  let otherwise: readonly Question[] | null = null;
  return (asked) => {
    if (hasBiases(asked) === hasBiases(network)) return questions;
    return (otherwise ??= questions.map((one) => questionOf({ ...network, biases: asked.biases }, one)));
  };
}

/** A few of the given examples, and the random question. */
function fewOf(network: NetworkSpec, questions: readonly Question[]): Question[] {
  const [{ parameters, batch }] = questions;
  const few = firstExamples(batch, sizeFor(batch.targets.cols));
  const random = questions.filter(({ name }) => name === 'random');
  return [questionOf(network, { name: 'given', parameters, batch: few }), ...random];
}

/** Two batches at the general point. */
function generalQuestionsOf(network: NetworkSpec, oneHot: boolean): Question[] {
  const B = sizeFor(outputs(network));
  const { parameters, batch, exact } = generalPoint(network, B, oneHot);
  const other = randomBatch(network, B, SEED, oneHot);
  return [
    { name: 'given', parameters, batch, exact: exact() },
    questionOf(network, { name: 'random', parameters, batch: other }),
  ];
}

/** A sum over as many examples as there are outputs K would look like a sum over the outputs. */
function sizeFor(K: number): number {
  return EXAMPLES.find((count) => count !== K && 2 * count !== K) ?? EXAMPLES[0];
}

function questionOf(
  network: NetworkSpec,
  { name, parameters: given, batch }: Pick<Question, 'name' | 'parameters' | 'batch'>,
): Question {
  const parameters = withZeroBiases(network, given);
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

function answersUnder(open: () => Promise<Engine>, questions: readonly Question[]): Promise<Under> {
  return orNoAnswer(async () => {
    const engine = await open();
    try {
      return await compared(engine, questions);
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

/** Ends after an answer in which nothing is right. */
async function compared(engine: Engine, questions: readonly Question[]): Promise<Under> {
  const found: LossAndGradients[] = [];
  let [right, lossIsRight] = [null as readonly string[] | null, true];
  for (const { parameters, batch, exact } of questions) {
    await engine.load(parameters);
    const answer = await engine.lossAndGradients(batch);
    if (flawsOf(engine).length > 0) return NO_ANSWER;
    found.push(answer);
    lossIsRight &&= isWithin(measureNumber('loss', both(answer.loss), exact.loss));
    const own = gradientComparisons(both(answer.gradients), withRounding(exact, both(answer)))
      .map(measure)
      .filter(isWithin);
    right = own.flatMap(({ parameter }) => (right?.includes(parameter) === false ? [] : [parameter]));
    if (right.length === 0 && !lossIsRight) break;
  }
  const all = questions[0].exact.gradients.length;
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

// Explains wrong gradients: another convention, the slope of another loss, or a known mistake; and
// finds where they first left the exact values.
import { asCandidate } from '../../candidates/engine.ts';
import type { ConventionVariant } from '../../candidates/engine.ts';
import type { Engine } from '../../engines/engine.ts';
import { namedTensors } from '../../network/parameters.ts';
import type { CandidateError } from '../../errors.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { NO_CONVENTIONS, tryConventions } from '../diagnosis/conventions.ts';
import type { Nearer, OtherConventions } from '../diagnosis/conventions.ts';
import { diagnoseDeclared, diagnoseGradients } from '../diagnosis/diagnose.ts';
import type { Diagnosis, FaultInjector } from '../diagnosis/diagnose.ts';
import { diagnoseLoss } from '../diagnosis/explanations.ts';
import type { Stage } from '../../faults/fault.ts';
import { patternsOf } from '../diagnosis/patterns.ts';
import type { Patterns } from '../diagnosis/patterns.ts';
import { firstWrongOfBoth } from '../diagnosis/first-wrong.ts';
import type { FirstWrong } from '../diagnosis/first-wrong.ts';
import { culpritOf, isCulprit } from '../diagnosis/culprit.ts';
import { inTurn } from '../pair.ts';
import type { Pair, Side } from '../pair.ts';
import type { Unsteady } from '../questions/ask.ts';
import type { Probed } from '../probe/told.ts';
import type { StepsSeen } from '../steps/steps.ts';
import { checkOwnLoss } from '../slopes/own-loss.ts';
import type { OwnLoss } from '../slopes/own-loss.ts';
import { orElse } from '../watch.ts';
import type { Watch } from '../watch.ts';
import type { Collected } from './findings.ts';
import type { Result } from './results.ts';

/** Those that an update, of which the gradients are recovered, can show. */
const STAGES: readonly Stage[] = ['gradient', 'again', 'update', 'train-step'];

/** Everything that explains wrong gradients; fields stay empty where nothing does. */
export interface Explanation {
  readonly looksLike: readonly ConventionVariant['conventions'][];
  readonly ownLoss: OwnLoss | null;
  readonly diagnosis: Diagnosis | null;
  readonly firstWrong: Pair<FirstWrong | null>;
  readonly patterns: Patterns | null;
  /**
   * Set if the candidate returns different answers to the same question, and no known mistake
   * explains it.
   */
  readonly unsteady: Unsteady | null;
}

/** The result when no gradient is wrong. */
export const NOTHING_TO_EXPLAIN: Explanation = {
  looksLike: [],
  ownLoss: null,
  diagnosis: null,
  firstWrong: { candidate: null, reference: null },
  patterns: null,
  unsteady: null,
};

/** Wrong gradients, and what is available to explain them. */
export interface Wrong extends Collected {
  readonly network: NetworkSpec;
  readonly engines: Pair<Engine>;
  readonly results: readonly Result[];
  readonly differs: Unsteady | null;
  readonly injector: FaultInjector | undefined;
  readonly variants: readonly ConventionVariant[];
  readonly watch: Watch;
  /** For a candidate whose gradients are recovered from updates. */
  readonly steps: StepsSeen | null;
  /** What the candidate threw at a question after these. */
  readonly failed?: CandidateError | null;
}

/**
 * Explains wrong gradients; asks the engines again where that helps. The engines may end with other
 * parameters loaded.
 */
export async function explain(all: Wrong): Promise<Explanation> {
  const { likely: looksLike, nearer } = await otherConventions(all);
  const isConvention = looksLike.length > 0;
  const isLate = isLossRight(all);
  const before = isConvention || isLate ? null : await slopeOfOwnLoss(all);
  const found = await diagnosisOf(all, before, nearer, looksLike);
  const ownLoss = isLate && !isConvention && !isTold(found) ? await slopeOfOwnLoss(all) : before;
  const named = found !== null && isNamed(found);
  const unsteady = isUnsteady(all) ? all.differs : null;
  const isSaid = unsteady !== null || ownLoss?.kind === 'slope'; // explained, although no mistake is named
  return {
    looksLike,
    ownLoss,
    diagnosis: named || !isSaid || found?.probed !== undefined ? found : null,
    firstWrong: await firstWrongPlaces(all),
    patterns: patternsIn(all),
    unsteady: named ? null : unsteady,
  };
}

function isUnsteady({ wrong, differs }: Wrong): boolean {
  return wrong !== null && differs !== null;
}

/**
 * Of a right loss, the exact gradient is the slope: wrong ones are not, which is measured only
 * where nothing else is found.
 */
function isLossRight({ results, missing }: Wrong): boolean {
  return !missing.has('loss') && !results.some(({ loss }) => isCulprit('candidate', [loss]));
}

function isTold(found: Diagnosis | null): boolean {
  return found !== null && (isNamed(found) || found.probed !== undefined);
}

/** Whether earlier questions caused the error: neither a convention nor a loss does that. */
function remembers({ wrong }: Wrong): boolean {
  return wrong !== null && ['repeated', 'other', 'again'].includes(wrong.question.name);
}

async function otherConventions(all: Wrong): Promise<OtherConventions> {
  const { network, engines, results, missing, misread, miscomputed, variants, watch } = all;
  const biases = new Set(tensorNames(results, 'bias'));
  const couldBe = (misread || miscomputed) && [...missing].every((name) => biases.has(name));
  if (!couldBe || isUnsteady(all) || remembers(all) || all.steps?.isToldEnough === true) return NO_CONVENTIONS;
  const questions = results.map(({ question }) => question);
  const declared = { engine: engines.candidate, right: rightAlready(all), isRead: !misread };
  return tryConventions(variants, network, questions, declared, watch);
}

/** How many gradients are right in the answers that other conventions are tried on. */
function rightAlready({ results, missing }: Wrong): number {
  const asked = results.filter(({ question: { name } }) => name === 'given' || name === 'random');
  const isRight = (t: number): boolean => asked.every(({ gradients }) => !isCulprit('candidate', [gradients[t]]));
  return asked[0].gradients.filter(({ parameter }, t) => isRight(t) && !missing.has(parameter)).length;
}

async function slopeOfOwnLoss(all: Wrong): Promise<OwnLoss | null> {
  const { network, engines, wrong, missing, watch } = all;
  const isOff = isCulprit('candidate', wrong?.gradients ?? []);
  const isTheirs = engines.candidate.id === 'external';
  if (wrong === null || !isOff || !isTheirs || missing.size > 0 || isUnsteady(all) || remembers(all)) return null;
  if (all.steps?.isToldEnough === true || (all.failed ?? null) !== null) return null; // it asks much
  return orElse(watch, checkOwnLoss(engines.candidate, network, wrong.question, watch), null);
}

/**
 * null if nothing that was returned is wrong, if there is no injector, or if nothing is known.
 * @param looksLike conventions that explain everything
 */
async function diagnosisOf(
  all: Wrong,
  ownLoss: OwnLoss | null,
  nearer: Nearer | null,
  looksLike: Explanation['looksLike'],
): Promise<Diagnosis | null> {
  const isConvention = looksLike.length > 0;
  const { engines, results, missing, watch, steps } = all;
  const injector = steps?.injector ?? all.injector;
  const engine = culpritOf(results.flatMap(({ gradients }) => gradients.filter((m) => !missing.has(m.parameter))));
  if (injector === undefined || watch.signal.aborted) return null;
  if (steps !== null && steps.isToldEnough) return { engine: 'candidate', mistakes: [], probed: steps.probed };
  if (engine === null) return isConvention ? null : lossAlone(all);
  if (returnsMeans(all, looksLike)) return { engine, mistakes: [] }; // nothing is divided twice
  const found = await diagnoseGradients(injector, engines[engine], {
    questions: results.map(({ question }) => question),
    answers: results.map(({ answers }) => answers[engine]),
    lossToo: ownLoss?.kind === 'slope',
    missing: engine === 'candidate' ? missing : new Set(),
    ...(steps !== null && { stages: STAGES }),
    watch,
  });
  if (found === null) return null;
  if (found.mistakes.length > 0)
    return { engine, ...found, ...(isConvention ? {} : await lossBeside(all, engine, ownLoss)) };
  const declared = engine === 'candidate' ? await diagnoseDeclared(injector, nearer, watch) : null;
  if (isNamed(found) || declared !== null) return { engine, ...found, ...(declared !== null && { declared }) };
  if (isConvention) return { engine, ...found };
  const probed = await askedFurther(all, engine);
  return { engine, ...found, ...(probed.told.length > 0 && { probed }) };
}

/** Whether sums are declared, and all would agree were they means. */
function returnsMeans({ engines }: Wrong, looksLike: Explanation['looksLike']): boolean {
  const declared = asCandidate(engines.candidate).conventions?.['gradients'];
  return declared === 'sum' && looksLike.length > 0 && looksLike.every(({ gradients }) => gradients !== 'sum');
}

/** The gradients are right, but not the loss: what it is. */
async function lossAlone(all: Wrong): Promise<Diagnosis | null> {
  const { results, missing, injector, watch, steps } = all;
  const engine = missing.has('loss') ? null : culpritOf(results.map(({ loss }) => loss));
  if (engine === 'candidate' && (steps?.probed.told.length ?? 0) > 0)
    return { engine, mistakes: [], probed: steps?.probed };
  if (engine === null) return predictionAlone(all);
  if (injector !== undefined) {
    const [asked, found] = [results.map(({ question }) => question), results.map(({ answers }) => answers[engine])];
    const mistakes = await diagnoseLoss(injector, { asked, found, lossToo: true, missing }, watch);
    if (mistakes.length > 0) return { engine, mistakes };
  }
  const probed = await askedFurther(all, engine);
  return probed.told.length === 0 ? null : { engine, mistakes: [], probed };
}

/** The loss is right too, but not the outputs: what they are. */
async function predictionAlone({ network, engines, results, watch, missing }: Wrong): Promise<Diagnosis | null> {
  const side = missing.size > 0 ? null : culpritOf(results.map(({ outputs }) => outputs));
  if (side === null) return null;
  const { probePredictionOf } = await import('../probe/probe.ts');
  const probed = await probePredictionOf({ network, engine: engines[side], results, side, watch });
  return probed.told.length === 0 ? null : { engine: side, mistakes: [], probed };
}

/** A known mistake explains the gradients. A loss that is wrong too may have another reason. */
async function lossBeside(all: Wrong, engine: Side, ownLoss: OwnLoss | null): Promise<Pick<Diagnosis, 'probed'>> {
  const { results, missing, steps } = all;
  const isWrong = !missing.has('loss') && culpritOf(results.map(({ loss }) => loss)) === engine;
  if (!isWrong || ownLoss?.kind === 'slope') return {};
  const seen = steps?.probed;
  const { asked, told } = seen !== undefined && seen.told.length > 0 ? seen : await askedFurther(all, engine);
  const ofLoss = told.filter(({ place }) => place === 'loss');
  return ofLoss.length === 0 ? {} : { probed: { asked, told: ofLoss } };
}

/** Loads what a right network does not need. */
async function askedFurther({ network, engines, results, watch }: Wrong, side: Side): Promise<Probed> {
  const { probeGradients } = await import('../probe/probe.ts');
  return probeGradients({ network, engine: engines[side], results, side, watch });
}

/** Whether a known mistake, or two of them, explain what is wrong. */
function isNamed({ mistakes, pairs = [], declared }: Omit<Diagnosis, 'engine'>): boolean {
  return mistakes.length > 0 || pairs.length > 0 || declared !== undefined;
}

/** Patterns of the wrong tensors, at the first question with a wrong answer. */
function patternsIn({ wrong, missing }: Wrong): Patterns | null {
  const engine = culpritOf(wrong?.gradients ?? []);
  if (wrong === null || engine === null) return null;
  const isWrong = (n: number): boolean => isCulprit(engine, [wrong.gradients[n]]);
  const compared = wrong.compared.filter(({ parameter }, n) => isWrong(n) && !missing.has(parameter));
  const batchSize = wrong.question.batch.inputs.rows;
  return { engine, batchSize, tensors: patternsOf(compared, engine) };
}

/**
 * Where each engine first left the exact values, at the first question with a wrong answer. A
 * missing tensor does not count as wrong.
 */
async function firstWrongPlaces({ engines, results, wrong, missing }: Wrong): Promise<Explanation['firstWrong']> {
  const { question, answers } = wrong ?? results[0];
  await inTurn(engines, (engine) => engine.load(question.parameters));
  return firstWrongOfBoth(engines, question.batch, question.exact, answers, missing);
}

function tensorNames([{ question }]: readonly Result[], wanted: string): string[] {
  return namedTensors(question.parameters).flatMap(({ name, role }) => (role === wanted ? [name] : []));
}

// Step (a) of a comparison, before training: compares every gradient entry of candidate and
// reference with the exact ones, on the given batch and at points where no mistake can hide.
import type { BoundedGradients, Kink } from '../bounds/gradients.ts';
import { asCandidate } from '../candidates/engine.ts';
import type { ConventionVariant } from '../candidates/engine.ts';
import type { Engine } from '../engines/engine.ts';
import type { CandidateError } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import { uniformWhereNoneIsPositive } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { explained, tryConventions } from './diagnosis/conventions.ts';
import type { Diagnosis, FaultInjector } from './diagnosis/diagnose.ts';
import { isCulprit } from './diagnosis/culprit.ts';
import { scatterOf } from './diagnosis/entries.ts';
import type { Scatter } from './diagnosis/entries.ts';
import type { SideMap } from './diagnosis/entry-map.ts';
import type { Patterns } from './diagnosis/patterns.ts';
import type { FirstWrong } from './diagnosis/first-wrong.ts';
import { NOTHING_TO_EXPLAIN, explain } from './gradients/explain.ts';
import type { Explanation } from './gradients/explain.ts';
import { collectFindings, flawFinding } from './gradients/findings.ts';
import type { Collected } from './gradients/findings.ts';
import { mapsOf } from './gradients/maps.ts';
import { compareAll, compareRepetition } from './gradients/results.ts';
import type { Result } from './gradients/results.ts';
import { countUniformRows } from './gradients/uniform-rows.ts';
import { mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import { askBoth } from './questions/ask.ts';
import type { Asked, Unsteady } from './questions/ask.ts';
import { generalQuestions, givenQuestions } from './questions/protocol.ts';
import type { Question } from './questions/protocol.ts';
import type { Look, StepsSeen } from './steps/steps.ts';
import { checkOracle } from './slopes/oracle-check.ts';
import type { OracleCheck } from './slopes/oracle-check.ts';
import type { OwnLoss } from './slopes/own-loss.ts';
import type { KeptUpdates } from './update-check.ts';
import { overall, verdictOf } from './verdict.ts';
import type { QuestionName, TensorMeasure, Verdict } from './verdict.ts';
import { UNWATCHED, orElse } from './watch.ts';
import type { Watch } from './watch.ts';

/**
 * The result of a gradient check: measures, and if something is wrong, where first and which known
 * mistake explains it.
 */
export interface GradientCheck {
  readonly verdict: Verdict;
  readonly batchSize: number;
  /** How many gradient entries were compared: all of them. */
  readonly entries: number;
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly parameters: readonly TensorMeasure[];
  /**
   * The exact gradients, checked by finite differences of the loss; null if no exact engine
   * was given.
   */
  readonly oracleCheck: OracleCheck | null;
  /**
   * One measure per tensor: the gradients of the same batch again, after another batch, of which
   * nothing may remain.
   */
  readonly again: readonly TensorMeasure[];
  /** The further questions: loss, outputs, and one measure per gradient tensor. */
  readonly questions: readonly {
    readonly question: QuestionName;
    readonly batchSize: number;
    readonly measures: readonly TensorMeasure[];
  }[];
  /**
   * The first number that differs between the candidate's two answers to the same question, asked
   * twice in a row.
   */
  readonly differs: Unsteady | null;
  /** The first question with a wrong answer; null if all are right. */
  readonly firstWrongQuestion: QuestionName | null;
  /**
   * Where each engine first left the exact values at that question, in the order of computation;
   * null if it did not.
   */
  readonly firstWrong: Pair<FirstWrong | null>;
  /** Patterns of one engine's wrong tensors at that question; null if no gradient is wrong. */
  readonly patterns: Patterns | null;
  /**
   * Conventions that, if declared, would make the candidate agree; empty if nothing is wrong or
   * none would.
   */
  readonly looksLike: readonly ConventionVariant['conventions'][];
  /**
   * For a candidate that is wrong: whether its gradient is the slope of its own loss; null if that
   * was not checked.
   */
  readonly ownLoss: OwnLoss | null;
  /**
   * null if nothing is wrong, if there is no injector, or if single precision decides no example.
   */
  readonly diagnosis: Diagnosis | null;
  /** Units whose branch binary32 does not decide; their contribution widens the bound. */
  readonly kinks: { readonly count: number; readonly first: readonly Kink[] };
  /** Examples of the batch whose scores are all 0; null unless the output is `ratio`. */
  readonly allZeroExamples: number | null;
  /** The exact loss in its two parts; missing where the network has no penalties. */
  readonly lossParts?: { readonly data: number; readonly penalty: number };
  /** A sample of the gradients' entries to draw, one per tensor; empty if not requested. */
  readonly scatter: readonly Scatter[];
  /**
   * All entries of each wrong tensor, in the answer to the first question that was answered wrong;
   * missing where nothing is wrong.
   */
  readonly maps?: readonly SideMap[];
  /**
   * The error of a candidate that was wrong already and then gave no answer to a later question;
   * missing where it answered all.
   */
  readonly threw?: { readonly message: string; readonly hint: string | null } | undefined;
}

/** Optional help for a gradient check, besides the two engines. */
export interface Helpers {
  /**
   * The network in binary64. If given, the exact gradients are checked too, by finite differences
   * of its loss.
   */
  readonly exact?: Engine | undefined;
  /**
   * The scalar graph, if the network is small enough: an independent derivation to compare the
   * exact gradients with.
   */
  readonly graph?: Engine | undefined;
  /** If given, wrong gradients are compared with those of known mistakes. */
  readonly injector?: FaultInjector | undefined;
  /** The candidate under other conventions, to find out whether only its conventions differ. */
  readonly variants?: readonly ConventionVariant[] | undefined;
  /** generalQuestions of this very problem, where something else works them out. */
  readonly general?: (() => Promise<readonly Question[]>) | undefined;
  /** The exact answer to this very problem, if it is known already. */
  readonly exactAnswer?: BoundedGradients | undefined;
  /** What earlier checks of this very problem have found out; what this one finds is added. */
  readonly kept?: Kept | undefined;
  /** Whether to keep entries to draw. */
  readonly scatter?: boolean | undefined;
  /** Its signal ends the check after the computation in progress. */
  readonly watch?: Watch | undefined;
}

/** What depends on the problem alone, and not on the engines that are checked. */
export interface Kept extends KeptUpdates {
  questions?: readonly Question[];
  oracleCheck?: OracleCheck;
}

/** How many undecided units a report names; it counts all. */
export const KINKS_SHOWN = 10;

/**
 * Asks both engines all questions, starting with `batch` at `parameters`, and compares loss,
 * outputs and all gradients.
 */
export async function gradientCheck(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  engines: Pair<Engine>,
  helpers: Helpers = {},
): Promise<GradientCheck> {
  const { exact, graph, injector, general, variants = [], kept = {}, watch = UNWATCHED } = helpers;
  const questions = (kept.questions ??= [
    ...givenQuestions(network, parameters, batch, helpers.exactAnswer),
    ...(general === undefined ? generalQuestions(network, batch) : await general()),
  ]);
  const withHint = async (error: CandidateError, engine: Engine | null): Promise<CandidateError> => {
    const declared = { engine, right: 0, isRead: false };
    return explained(error, await tryConventions(variants, network, questions, declared, watch));
  };
  const { answers, failed } = await askBoth(engines, questions, (error) => withHint(error, null), watch);
  const answered = questions.slice(0, answers.candidate.length);
  const compared = (own: Pair<readonly Asked[]>): Result[] =>
    compareAll(
      answered,
      own,
      mapPair(engines, ({ dtype }) => dtype),
    );
  const first = compared(answers);
  if (failed !== null && !isToldWithout(engines.candidate, first)) throw await withHint(failed, engines.candidate);
  const oracleCheck =
    exact === undefined
      ? null
      : (kept.oracleCheck ?? (await checkOracle({ network, parameters, batch, exact, graph, seed: 1, watch })));
  if (oracleCheck !== null) kept.oracleCheck = oracleCheck;
  const steps = await stepsSeen(engines.candidate, { network, results: first, injector, watch });
  const atAnotherRate = steps?.answers ?? null;
  const results = atAnotherRate === null ? first : compared({ ...answers, candidate: atAnotherRate });
  const collected = collectFindings(results);
  let threw = failed;
  // what was found stands, whatever happens to questions why
  const going: Watch = { ...watch, failed: (error) => void (threw ??= error) };
  const repetition = failed === null ? compareRepetition(engines.candidate, results, collected.wrong) : null;
  const differs = repetition && (await orElse(going, repetition, null));
  const explanation =
    collected.findings.length === 0
      ? NOTHING_TO_EXPLAIN
      : await explain({
          ...{ network, engines, results, ...collected, differs, injector, variants, steps },
          watch: going,
          failed: threw,
        });
  steps?.end();
  return sumUp(network, { results, collected, differs, explanation, oracleCheck, failed: threw }, helpers);
}

/** Whether answers are wrong already before it failed: they are told, and the error beside. */
function isToldWithout(candidate: Engine, results: readonly Result[]): boolean {
  if ((asCandidate(candidate).recovery ?? null) !== null) return false;
  return isCulprit(
    'candidate',
    results.flatMap(({ loss, outputs, gradients }) => [loss, outputs, ...gradients]),
  );
}

/** Loads what only a candidate without gradients needs. */
async function stepsSeen(candidate: Engine, look: Look): Promise<StepsSeen | null> {
  if ((asCandidate(candidate).recovery ?? null) === null) return null;
  const { lookAtSteps } = await import('./steps/steps.ts');
  return lookAtSteps(candidate, look);
}

/** Everything that a gradient check found. */
interface Found {
  readonly results: readonly Result[];
  readonly collected: Collected;
  readonly differs: Unsteady | null;
  readonly explanation: Explanation;
  readonly oracleCheck: OracleCheck | null;
  readonly failed: CandidateError | null;
}

function sumUp(network: NetworkSpec, found: Found, { scatter, watch = UNWATCHED }: Helpers): GradientCheck {
  const { results, collected, differs, oracleCheck, failed } = found;
  const { looksLike, ownLoss, diagnosis, firstWrong, patterns } = found.explanation;
  const [given, ...further] = results;
  const { batch, exact } = given.question;
  return {
    verdict: verdictOn(found, watch.signal.aborted),
    batchSize: batch.inputs.rows,
    entries: given.gradients.reduce((sum, m) => sum + m.entries, 0),
    loss: given.loss,
    outputs: given.outputs,
    parameters: given.gradients,
    again: results.find(({ question }) => question.name === 'again')?.gradients ?? [],
    questions: further.map(({ question, loss, outputs, gradients }) => ({
      question: question.name,
      batchSize: question.batch.inputs.rows,
      measures: [loss, outputs, ...gradients],
    })),
    differs,
    oracleCheck,
    firstWrongQuestion: collected.wrong?.question.name ?? null,
    firstWrong,
    patterns,
    looksLike,
    ownLoss,
    diagnosis,
    kinks: { count: exact.kinks.length, first: exact.kinks.slice(0, KINKS_SHOWN) },
    allZeroExamples: uniformWhereNoneIsPositive(network) ? countUniform(exact) : null,
    ...(exact.penalty !== undefined && {
      lossParts: { data: exact.loss.value - exact.penalty, penalty: exact.penalty },
    }),
    scatter: scatter === true ? given.compared.map(scatterOf) : [],
    ...(collected.wrong !== null && { maps: mapsOf(collected.wrong) }),
    ...(failed !== null && { threw: { message: failed.message, hint: failed.hint ?? null } }),
  };
}

/** The check of a problem whose exact gradients were checked apart from it; null: interrupted. */
export function withOracleCheck(check: GradientCheck, oracleCheck: OracleCheck | null, watch: Watch): GradientCheck {
  return { ...check, oracleCheck, verdict: verdictWith(oracleCheck, check.verdict, watch.signal.aborted) };
}

function verdictOn({ results, collected, explanation, oracleCheck }: Found, interrupted: boolean): Verdict {
  const first = explanation.unsteady === null ? [] : [flawFinding(explanation.unsteady)];
  const measures = results.flatMap(({ loss, outputs, gradients }) => [loss, outputs, ...gradients]);
  return verdictWith(oracleCheck, verdictOf(measures, [...first, ...collected.findings]), interrupted);
}

/**
 * An interrupted check is inconclusive, unless something is wrong already. Wrong exact gradients
 * come before anything else.
 */
function verdictWith(oracleCheck: OracleCheck | null, whole: Verdict, interrupted: boolean): Verdict {
  const verdict: Verdict =
    interrupted && whole.kind !== 'disagree' ? { kind: 'inconclusive', reason: 'interrupted' } : whole;
  return oracleCheck?.verdict.kind === 'disagree' ? overall([oracleCheck.verdict, verdict]) : verdict;
}

function countUniform({ outputs: { value } }: BoundedGradients): number {
  return countUniformRows(value, 1 / value.cols);
}

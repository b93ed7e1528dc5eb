// Whether the subject is right on one problem: loss, outputs, gradients, and its training, if it
// makes updates. Nothing is explained here; explain.ts does that for the smallest failure.
import type { BoundedGradients } from '../bounds/gradients.ts';
import type { AnswerFlaw } from '../candidates/engine.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import { compareAll } from '../check/gradients/results.ts';
import type { Result } from '../check/gradients/results.ts';
import { answersOf, firstDifference } from '../check/questions/ask.ts';
import type { Asked } from '../check/questions/ask.ts';
import { givenQuestions } from '../check/questions/protocol.ts';
import type { Question } from '../check/questions/protocol.ts';
import type { TensorMeasure, Verdict } from '../check/verdict.ts';
import { updateCheck } from '../check/update-check.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Engine } from '../engines/engine.ts';
import { CandidateError, UsageError } from '../errors.ts';
import { safeText } from '../text.ts';
import type { Problem } from './draw.ts';
import { exactEngine } from './subject.ts';
import type { Subject } from './subject.ts';

/** The outcome of one problem. Plain data. */
export type Outcome =
  /** `used` is the largest share of a bound, of gradients, loss and outputs. */
  | { readonly kind: 'right'; readonly used: number }
  /**
   * `stage` says whether the answers to a batch are wrong or, where these are right, the training;
   * `sign` what sort of failure it is, `of` in which roles the gradients are wrong.
   */
  | {
      readonly kind: 'wrong';
      readonly stage: 'answer' | 'training';
      readonly sign: string;
      readonly of: readonly string[];
    }
  /** It threw: it does not compute such a network. */
  | { readonly kind: 'refused'; readonly said: string }
  /** The exact numbers are beyond the range of its precision. */
  | { readonly kind: 'out-of-range' };

/**
 * @throws CandidateError if the candidate hangs or ends
 */
export async function judge(subject: Subject, problem: Problem): Promise<Outcome> {
  try {
    return await withEngines(async (open) => {
      const engine = await open(() => subject.open(problem.network, problem.optimizer));
      return await judgeEngine(engine, subject, problem);
    });
  } catch (error) {
    if (isRefusal(error)) return { kind: 'refused', said: safeText(error.message) };
    throw error;
  }
}

/** Whether it says that it does not compute such a network. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof CandidateError && !error.hangs);
}

async function judgeEngine(engine: Engine, subject: Subject, problem: Problem): Promise<Outcome> {
  const { network, start, batch } = problem;
  const questions = givenQuestions(network, start, batch);
  const answers = await answersOf(engine, questions);
  const exact = questions.map(exactly);
  const dtypes = { candidate: engine.dtype, reference: 'f64' } as const;
  const results = compareAll(questions, { candidate: answers, reference: exact }, dtypes);
  const wrong = wrongIn(results, answers);
  if (wrong !== null) return { kind: 'wrong', stage: 'answer', ...wrong };
  const measures = results.flatMap(({ loss, outputs, gradients }) => [loss, outputs, ...gradients]);
  if (measures.some(({ outOfRange }) => outOfRange !== undefined)) return { kind: 'out-of-range' };
  const used = worst(measures);
  if (!subject.updates) return { kind: 'right', used };
  return judgeTraining(engine, problem, questions[0], used);
}

async function judgeTraining(candidate: Engine, problem: Problem, { exact }: Question, used: number): Promise<Outcome> {
  const { verdict } = await trainingCheck(problem, candidate, null, exact);
  if (verdict.kind === 'disagree') return { kind: 'wrong', stage: 'training', sign: signOfTraining(verdict), of: [] };
  return verdict.kind === 'inconclusive' ? { kind: 'out-of-range' } : { kind: 'right', used };
}

/**
 * The updates and training steps of a problem whose gradients are right.
 * @param injector null: mistakes are not looked for
 * @param probes whether to ask further where no known mistake explains it
 */
export function trainingCheck(
  { network, optimizer, steps, start, batch }: Problem,
  candidate: Engine,
  injector: FaultInjector | null,
  exact: BoundedGradients,
  probes = false,
): Promise<UpdateCheck> {
  const engines = { candidate, reference: exactEngine(network, optimizer) };
  const given = { network, optimizer, start, training: steps, probes };
  return updateCheck(given, batch, engines, injector, () => true, exact);
}

/** The exact answer, in the form of an engine's. */
function exactly({ exact }: Question): Asked {
  return { loss: exact.loss.value, gradients: exact.gradients, outputs: exact.outputs.value, flaws: [] };
}

function worst(measures: readonly TensorMeasure[]): number {
  return measures.reduce((most, { usedOfBound }) => Math.max(most, usedOfBound), 0);
}

/**
 * What is wrong first: the form of an answer, then outputs, loss, or gradients. null if nothing is.
 */
function wrongIn(
  results: readonly Result[],
  answers: readonly Asked[],
): Pick<Extract<Outcome, { kind: 'wrong' }>, 'sign' | 'of'> | null {
  const flaw = answers.flatMap(({ flaws }) => flaws)[0] as AnswerFlaw | undefined;
  if (flaw !== undefined) return { sign: `${flaw.kind} ${withoutLayer(flaw.parameter)}`, of: [] };
  const wrong = results.find(({ findings }) => findings.length > 0);
  if (wrong === undefined) return null;
  const later = whenOf(wrong, results, answers);
  const { outputs, loss, gradients, compared } = wrong;
  for (const [name, measure] of Object.entries({ outputs, loss }))
    if (measure.left !== null) return { sign: `${later}${name}${notFinite(measure)}`, of: [] };
  const left = gradients.flatMap((measure, t) => (measure.left === null ? [] : [{ measure, role: compared[t].role }]));
  const roles = [...new Set(left.map(({ role }) => role))].sort();
  return {
    sign: `${later}gradients${left.every(({ measure }) => notFinite(measure) !== '') ? ' not finite' : ''}`,
    of: roles,
  };
}

/**
 * "later " where the same batch is answered otherwise a second time, "other " where only another
 * is.
 */
function whenOf(wrong: Result, [given]: readonly Result[], answers: readonly Asked[]): string {
  if (wrong === given) return '';
  return firstDifference(answers[0], answers[3]) === null ? 'other ' : 'later ';
}

function signOfTraining(verdict: Extract<Verdict, { kind: 'disagree' }>): string {
  const [first] = verdict.findings;
  return first.kind === 'beyond-bound' ? `${first.what}${notFinite(first.measure)}` : first.kind;
}

function notFinite({ candidate }: TensorMeasure): string {
  return Number.isFinite(candidate) ? '' : ' not finite';
}

/** W of W2: layers are counted otherwise in a smaller network. */
function withoutLayer(parameter: string): string {
  return parameter.replace(/\d+$/, '');
}

// (a) Before training: every entry of every gradient, candidate and reference against the exact ones, on the given batch and
// at places where nothing is hidden.
import type { AnswerFlaw } from '../candidates/engine.ts';
import type { Engine, LossAndGradients } from '../engines/engine.ts';
import { CandidateError } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { uniformWhereNoneIsPositive } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { answersOf, compareAnswers, firstDifference } from './answers.ts';
import type { Asked, Compared } from './answers.ts';
import type { BoundedGradients, Kink } from '../bounds/gradients.ts';
import { explained, likelyConventions } from './diagnosis/conventions.ts';
import type { Alternative, OtherConventions } from './diagnosis/conventions.ts';
import { diagnoseGradients } from './diagnosis/diagnose.ts';
import type { Diagnosis, Known } from './diagnosis/diagnose.ts';
import { scatterOf } from './diagnosis/entries.ts';
import type { Scatter } from './diagnosis/entries.ts';
import { firstWrongOfBoth } from './diagnosis/first-wrong.ts';
import type { FirstWrong } from './diagnosis/first-wrong.ts';
import { checkOracle } from './slopes/oracle-check.ts';
import type { OracleCheck } from './slopes/oracle-check.ts';
import { checkOwnLoss } from './slopes/own-loss.ts';
import type { OwnLoss } from './slopes/own-loss.ts';
import { questionsOf } from './protocol.ts';
import type { Question } from './protocol.ts';
import type { QuestionName } from './verdict.ts';
import { dtypesOf } from './out-of-range.ts';
import { sideOf } from './update-check.ts';
import { overall, verdictOf } from './verdict.ts';
import type { Finding, TensorMeasure, Verdict } from './verdict.ts';
import { UNWATCHED } from './watch.ts';
import type { Watch } from './watch.ts';

/** What a gradient check found: measures, and where something is wrong, where first, and which known mistake it is. */
export interface GradientCheck {
  readonly verdict: Verdict;
  readonly batchSize: number;
  /** How many gradient entries were compared: all. */
  readonly entries: number;
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly parameters: readonly TensorMeasure[];
  /** The exact gradients against finite differences of the loss; null where no oracle was given. */
  readonly oracleCheck: OracleCheck | null;
  /** Per tensor the gradients of the same batch once more, after another one: nothing may be left of that. */
  readonly again: readonly TensorMeasure[];
  /** The same of all further questions: loss, outputs, and the gradients tensor by tensor. */
  readonly questions: readonly {
    readonly question: QuestionName;
    readonly batchSize: number;
    readonly measures: readonly TensorMeasure[];
  }[];
  /** The first number in which the candidate's answers to the same question, asked twice in a row, differ. */
  readonly differs: Extract<AnswerFlaw, { kind: 'unsteady' }> | null;
  /** The first question whose answer is wrong; null where all are right. */
  readonly firstWrongQuestion: QuestionName | null;
  /** Where each engine first left the exact values there, in the order of computation; null where it did not. */
  readonly firstWrong: Readonly<Record<'candidate' | 'reference', FirstWrong | null>>;
  /** Conventions with which the candidate agrees, if it declared them; empty where nothing is wrong, or where there are none. */
  readonly looksLike: readonly OtherConventions[];
  /** Of somebody else's program that is wrong: whether its gradient is the slope of its own loss; null where that was not looked at. */
  readonly ownLoss: OwnLoss | null;
  /** null where nothing is wrong, where nothing to compare with was given, or where single precision decides no example. */
  readonly diagnosis: Diagnosis | null;
  /** Units whose branch binary32 does not decide; their contribution widens the bound. */
  readonly kinks: { readonly count: number; readonly first: readonly Kink[] };
  /** Examples of the batch whose scores are all 0 (`ratio` output only; else null). */
  readonly allZeroExamples: number | null;
  /** A sample of the gradients' entries to draw, tensor by tensor; empty where none was asked for. */
  readonly scatter: readonly Scatter[];
}

/** What a gradient check can use beside the two engines. */
export interface Helpers {
  /** A binary64 engine: where it is given, the exact gradients are checked too, by finite differences of its loss. */
  readonly oracle?: Engine | undefined;
  /** The scalar graph, for networks small enough: a derivation of its own to hold the exact gradients against. */
  readonly graph?: Engine | undefined;
  /** Where it is given, gradients that are wrong are compared with those of known mistakes. */
  readonly known?: Known | undefined;
  /** The candidate by other conventions, to find out whether that is all that is wrong. */
  readonly alternatives?: readonly Alternative[] | undefined;
  /** The exact values of this very problem, where they are known already. */
  readonly exact?: BoundedGradients | undefined;
  /** Whether entries to draw are kept. */
  readonly scatter?: boolean | undefined;
  /** Its signal ends the check after what is being computed. */
  readonly watch?: Watch | undefined;
}

/** Undecided units that a report names, of all it counts. */
export const KINKS_SHOWN = 10;

/** One question with the answers of both, held against the exact one. */
interface Result extends Compared {
  readonly question: Question;
  readonly answers: Readonly<Record<'candidate' | 'reference', Asked>>;
}

/** Asks both engines all questions, beginning with `batch` at `parameters`, and compares loss, outputs and all gradients. */
export async function gradientCheck(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  candidate: Engine,
  reference: Engine,
  helpers: Helpers = {},
): Promise<GradientCheck> {
  const { oracle, graph, known, alternatives = [], watch = UNWATCHED } = helpers;
  const questions = questionsOf(network, parameters, batch, helpers.exact);
  const answers = {
    candidate: await answersOf(candidate, questions).catch(async (error: unknown) => {
      if (!(error instanceof CandidateError) || error.hangs) throw error;
      throw explained(error, await likelyConventions(alternatives, questions, watch));
    }),
    reference: await answersOf(reference, questions),
  };
  const dtypes = dtypesOf(candidate, reference);
  const results = questions.map((question, q): Result => {
    const both = { candidate: answers.candidate[q], reference: answers.reference[q] };
    const place = { question: question.name };
    return { question, answers: both, ...compareAnswers('gradient-check', question.exact, both, dtypes, place) };
  });
  const given = results[0];
  const { exact } = given.question;
  const wrong = results.find(({ findings }) => findings.length > 0) ?? null;
  const oracleCheck =
    oracle === undefined ? null : await checkOracle({ network, parameters, batch, oracle, graph, seed: 1, watch });

  const flaws = answers.candidate.find((answer) => answer.flaws.length > 0)?.flaws ?? [];
  const missing = new Set(flaws.filter(({ kind }) => kind === 'missing').map(({ parameter }) => parameter));
  const formless = new Set([...missing, ...flaws.filter((f) => f.kind === 'shape').map(({ parameter }) => parameter)]);
  const found = wrong?.findings ?? [];
  const findings: Finding[] = [
    ...flaws.map((flaw) => ({ kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw }) as const),
    ...found.filter((f) => f.kind !== 'beyond-bound' || !formless.has(f.measure.parameter)),
  ];
  const differs =
    firstDifference(answers.candidate[0], answers.candidate[1]) ??
    (wrong === null || wrong === given ? null : await askedAgain(candidate, wrong));
  const unsteady = wrong !== null && differs !== null;
  const misread = [...formless].some((parameter) => parameter !== 'outputs');
  const computed = found.some((f) => f.kind === 'beyond-bound' && f.what !== 'outputs');
  const remembers = wrong !== null && ['repeated', 'other', 'again'].includes(wrong.question.name);
  const looksLike =
    [...missing].every((name) => name.startsWith('b')) && (misread || computed) && !unsteady && !remembers
      ? await likelyConventions(alternatives, questions, watch)
      : [];
  const isOff = wrong?.gradients.some(({ left }) => left === 'candidate' || left === 'both') ?? false;
  const ownLossCounts =
    candidate.id === 'external' && isOff && missing.size === 0 && looksLike.length === 0 && !unsteady && !remembers;
  const ownLoss =
    ownLossCounts && wrong !== null ? await checkOwnLoss(candidate, network, wrong.question, watch) : null;

  const side = sideOf(results.flatMap(({ gradients }) => gradients.filter((m) => !missing.has(m.parameter))));
  const mistakes =
    side !== null && known !== undefined && !watch.signal.aborted
      ? await diagnoseGradients(known, side === 'reference' ? reference : candidate, {
          questions,
          answers: results.map((result) => completed(result.answers[side], result.question.exact, missing)),
          lossToo: ownLoss?.kind === 'slope',
        })
      : null;
  const named = mistakes !== null && mistakes.length > 0;
  if (unsteady && !named)
    findings.unshift({ kind: 'answer', check: 'gradient-check', engine: 'candidate', flaw: differs });
  const unexplained = unsteady || ownLoss?.kind === 'slope'; // it is said what it is, though no mistake is named
  const diagnosis = side !== null && mistakes !== null && (named || !unexplained) ? { engine: side, mistakes } : null;

  const whole = verdictOf(
    results.flatMap(({ loss, outputs, gradients }) => [loss, outputs, ...gradients]),
    findings,
  );
  const verdict: Verdict =
    watch.signal.aborted && whole.kind !== 'disagree' ? { kind: 'inconclusive', reason: 'interrupted' } : whole;
  const placeOf = async ({ question, answers }: Result): Promise<GradientCheck['firstWrong']> => {
    await candidate.load(question.parameters);
    await reference.load(question.parameters);
    return firstWrongOfBoth({ candidate, reference }, question.batch, question.exact, answers);
  };
  const nowhere = { candidate: null, reference: null };
  return {
    verdict: oracleCheck?.verdict.kind === 'disagree' ? overall([oracleCheck.verdict, verdict]) : verdict,
    batchSize: batch.inputs.rows,
    entries: given.gradients.reduce((sum, m) => sum + m.entries, 0),
    loss: given.loss,
    outputs: given.outputs,
    parameters: given.gradients,
    again: results.find(({ question }) => question.name === 'again')?.gradients ?? [],
    questions: results.slice(1).map(({ question, loss, outputs, gradients }) => ({
      question: question.name,
      batchSize: question.batch.inputs.rows,
      measures: [loss, outputs, ...gradients],
    })),
    differs,
    oracleCheck,
    firstWrongQuestion: wrong?.question.name ?? null,
    firstWrong: findings.length === 0 ? nowhere : withoutMissing(await placeOf(wrong ?? given), missing),
    looksLike,
    ownLoss,
    diagnosis,
    kinks: { count: exact.kinks.length, first: exact.kinks.slice(0, KINKS_SHOWN) },
    allZeroExamples: uniformWhereNoneIsPositive(network) ? countUniform(exact) : null,
    scatter: helpers.scatter === true ? given.compared.map(scatterOf) : [],
  };
}

/** What differs where the question that was answered wrong is asked twice more. */
async function askedAgain(engine: Engine, { question, answers }: Result): Promise<GradientCheck['differs']> {
  const [one, two] = await answersOf(engine, [question, question]);
  return firstDifference(answers.candidate, one) ?? firstDifference(one, two);
}

/** An answer with the exact gradients in the place of those that are missing: what is there may have a mistake of its own. */
function completed(
  { loss, gradients }: Asked,
  exact: BoundedGradients,
  missing: ReadonlySet<string>,
): LossAndGradients {
  if (missing.size === 0) return { loss, gradients };
  const out = copyParameters(gradients, 'f64');
  const right = namedTensors(exact.gradients);
  namedTensors(out).forEach(({ name, values }, t) => {
    if (missing.has(name)) values.set(right[t].values);
  });
  return { loss, gradients: out };
}

/** What is not there is not wrong. */
function withoutMissing(wrong: GradientCheck['firstWrong'], missing: ReadonlySet<string>): GradientCheck['firstWrong'] {
  const { candidate } = wrong;
  return candidate !== null && missing.has(candidate.name.replace(/^d/, '')) ? { ...wrong, candidate: null } : wrong;
}

/** Rows of outputs that are exactly 1/K everywhere: `ratio` had nothing to share out. */
export function countUniformRows(rows: number, cols: number, data: ArrayLike<number>, uniform: number): number {
  let count = 0;
  for (let r = 0; r < rows; r++) {
    let all = true;
    for (let k = 0; k < cols; k++) if (data[r * cols + k] !== uniform) all = false;
    if (all) count++;
  }
  return count;
}

function countUniform({ outputs: { value } }: BoundedGradients): number {
  return countUniformRows(value.rows, value.cols, value.data, 1 / value.cols);
}

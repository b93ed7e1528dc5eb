// The answers of two engines to one question, held against the exact one: loss, outputs and gradients.
import type { Matrix } from '../numeric/matrix.ts';
import { indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { flawsOf } from '../candidates/engine.ts';
import type { AnswerFlaw } from '../candidates/engine.ts';
import type { Engine } from '../engines/engine.ts';
import { CandidateError } from '../errors.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { findingsOf, gradientComparisons, measure, measureNumber } from './measure.ts';
import type { Compare } from './measure.ts';
import type { Answer, Question } from './protocol.ts';
import type { QuestionName } from './verdict.ts';
import { excused } from './out-of-range.ts';
import type { Dtypes, Judged } from './out-of-range.ts';
import type { CheckName, Compared as What, Finding, TensorMeasure } from './verdict.ts';

export interface Compared {
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly gradients: readonly TensorMeasure[];
  /** The gradients themselves, beside the exact ones. */
  readonly compared: readonly Compare[];
  readonly findings: readonly Finding[];
}

/** Where an answer was given: at a step of a run, or to a question. */
export interface Place {
  readonly step?: number;
  readonly question?: QuestionName;
}

export function compareAnswers(
  check: CheckName,
  exact: BoundedGradients,
  { candidate, reference }: Readonly<Record<'candidate' | 'reference', Answer>>,
  dtypes: Dtypes,
  { step, question = 'given' }: Place = {},
): Compared {
  const { value, error } = exact.outputs;
  const outputsOf = ({ outputs }: Answer): Matrix['data'] => outputs.data;
  const fair = (m: TensorMeasure, what: Judged): TensorMeasure => excused(m, what, exact.extremes, dtypes);
  const loss = fair(measureNumber('loss', candidate.loss, reference.loss, exact.loss, step), 'loss');
  const raw = measure({
    parameter: 'outputs',
    shape: [value.rows, value.cols],
    candidate: outputsOf(candidate),
    reference: outputsOf(reference),
    oracle: value.data,
    bounds: error.data,
    ...(step !== undefined && { step }),
  });
  const outputs = fair(raw, 'outputs');
  const compared = gradientComparisons(candidate.gradients, reference.gradients, exact, step);
  const gradients = compared.map((c) => fair(measure(c), 'gradient'));
  const parts: [What, TensorMeasure[]][] = [
    [question === 'again' ? 'again' : 'gradient', gradients],
    ['loss', [loss]],
    ['outputs', [outputs]],
  ];
  const findings = parts.flatMap(([what, measures]) => findingsOf(check, what, measures, question));
  return { loss, outputs, gradients, compared, findings };
}

/** An answer, and what is wrong with its form. */
export interface Asked extends Answer {
  readonly flaws: readonly AnswerFlaw[];
}

/** Outputs come first where the parameters are new: those that are left from the gradients before show.
 * @throws CandidateError that says which question it was, if it is not the first */
export async function answersOf(engine: Engine, questions: readonly Question[]): Promise<Asked[]> {
  const answers: Asked[] = [];
  let loaded: Parameters | null = null;
  try {
    for (const { parameters, batch } of questions) {
      const isNew = loaded !== null && parameters !== loaded;
      if (parameters !== loaded) await engine.load(parameters);
      loaded = parameters;
      const early = isNew ? await engine.predict(batch.inputs) : null;
      const answer = await engine.lossAndGradients(batch);
      const outputs = early ?? (await engine.predict(batch.inputs));
      answers.push({ ...answer, outputs, flaws: flawsOf(engine) });
    }
  } catch (error) {
    if (!(error instanceof CandidateError) || answers.length === 0 || error.hangs) throw error;
    throw new CandidateError(error.message, hintOf(questions, answers.length), { cause: error });
  }
  return answers;
}

function hintOf(questions: readonly Question[], at: number): string {
  const size = questions[at].batch.inputs.rows;
  const examples = `${size} example${size === 1 ? '' : 's'}`;
  return `this was call ${at + 1}, a batch of ${examples}; it answered a batch of ${questions[0].batch.inputs.rows} before`;
}

/** The first number that differs between two answers to the same question; null if all have the same bits. */
export function firstDifference(a: Answer, b: Answer): Extract<AnswerFlaw, { kind: 'unsteady' }> | null {
  const bs = namedTensors(b.gradients);
  const parts = [
    ...namedTensors(a.gradients).map((one, t) => ({ ...one, other: bs[t].values })),
    { name: 'loss', shape: [], values: Float64Array.of(a.loss), other: Float64Array.of(b.loss) },
    {
      name: 'outputs',
      shape: [a.outputs.rows, a.outputs.cols],
      values: a.outputs.data,
      other: b.outputs.data,
    },
  ];
  for (const { name: parameter, shape, values, other } of parts) {
    const at = values.findIndex((value, i) => !Object.is(value, other[i]));
    if (at < 0) continue;
    const index = shape.length === 0 ? [] : indexOf(shape, at);
    return { kind: 'unsteady', parameter, index, first: values[at], second: other[at] };
  }
  return null;
}

// Compares two engines' answers to one question with the exact one: loss, outputs and gradients.
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { findingsOf, gradientComparisons, measure, measureNumber } from '../measure.ts';
import type { TensorCompare } from '../measure.ts';
import { excused } from '../out-of-range.ts';
import type { Judged } from '../out-of-range.ts';
import { mapPair } from '../pair.ts';
import type { Pair } from '../pair.ts';
import type { CheckName, Compared as What, Finding, QuestionName, TensorMeasure } from '../verdict.ts';
import type { Answer } from './protocol.ts';

export interface Compared {
  readonly loss: TensorMeasure;
  readonly outputs: TensorMeasure;
  readonly gradients: readonly TensorMeasure[];
  /** The gradients themselves, with the exact ones. */
  readonly compared: readonly TensorCompare[];
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
  answers: Pair<Answer>,
  dtypes: Pair<Dtype>,
  { step, question = 'given' }: Place = {},
): Compared {
  const { value, error } = exact.outputs;
  const fair = (m: TensorMeasure, judged: Judged): TensorMeasure => excused(m, judged, exact.extremes, dtypes);
  const losses = mapPair(answers, (answer) => answer.loss);
  const loss = fair(measureNumber('loss', losses, exact.loss, step), { what: 'loss' });
  const raw = measure({
    parameter: 'outputs',
    shape: [value.rows, value.cols],
    ...mapPair(answers, (answer) => answer.outputs.data),
    exact: value.data,
    bounds: error.data,
    ...(step !== undefined && { step }),
  });
  const outputs = fair(raw, { what: 'outputs' });
  const found = mapPair(answers, (answer) => answer.gradients);
  const compared = gradientComparisons(found, exact, step);
  const gradients = compared.map((c) => fair(measure(c), { what: 'gradient', layer: c.layer }));
  const parts: [What, TensorMeasure[]][] = [
    [question === 'again' ? 'again' : 'gradient', gradients],
    ['loss', [loss]],
    ['outputs', [outputs]],
  ];
  const findings = parts.flatMap(([what, measures]) => findingsOf(check, what, measures, question));
  return { loss, outputs, gradients, compared, findings };
}

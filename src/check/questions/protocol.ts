// The questions that every engine is asked, in this order: the given batch twice, another batch,
// the given one again; then, at the general point, where no mistake can hide, the given batch, a
// random one, and a single example.
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { mapBatch } from '../../network/masks.ts';
import type { Parameters } from '../../network/parameters.ts';
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { generalPoint, isOneHot, sizeUnlike } from '../slopes/general-point.ts';
import type { QuestionName } from '../verdict.ts';

/**
 * Parameters and a batch for which an engine is asked for loss, gradients and outputs, with the
 * exact answer.
 */
export interface Question {
  readonly name: QuestionName;
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly exact: BoundedGradients;
}

/** An engine's answer to a question. */
export interface Answer extends LossAndGradients {
  /** (B, K) */
  readonly outputs: Matrix;
}

/** @param exact the exact answer to the given batch, if it is known already */
export function questionsOf(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  exact?: BoundedGradients,
): Question[] {
  return [...givenQuestions(network, parameters, batch, exact), ...generalQuestions(network, batch)];
}

/** Those at the given parameters. */
export function givenQuestions(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  exact: BoundedGradients = boundedGradients(network, parameters, batch),
): Question[] {
  const given: Question = { name: 'given', parameters, batch, exact };
  const other = otherBatch(batch);
  return [
    given,
    { ...given, name: 'repeated' },
    { name: 'other', parameters, batch: other, exact: boundedGradients(network, parameters, other, exact.align) },
    { ...given, name: 'again' },
  ];
}

/** Those at the general point. */
export function generalQuestions(network: NetworkSpec, batch: Batch): Question[] {
  const widths = [network.inputs, ...layersOf(network).map(({ units }) => units), batch.inputs.rows];
  const B = sizeUnlike(widths) ?? batch.inputs.rows + 1;
  const point = generalPoint(network, B, isOneHot(batch.targets));
  const there = (name: QuestionName, asked: Batch): Question => {
    const { parameters: at, align } = point;
    return { name, parameters: at, batch: asked, exact: boundedGradients(network, at, asked, align) };
  };
  const real = there('real', batch); // the whole batch, so that an answer cached by its inputs alone shows
  const random: Question = { name: 'random', parameters: point.parameters, batch: point.batch, exact: point.exact() };
  return [real, random, there('one', busiestExample(random))];
}

/** The example whose gradient passes most units: a mistake in a unit that is off does not show. */
function busiestExample({ batch, exact }: Question): Batch {
  const passed = new Array<number>(batch.inputs.rows).fill(0);
  for (const { dz } of exact.layers)
    dz.value.data.forEach((x, i) => (passed[Math.floor(i / dz.value.cols)] += x === 0 ? 0 : 1));
  const busiest = passed.indexOf(Math.max(...passed));
  return onlyExamples(batch, [busiest]);
}

/** Loss and gradients for one question after another; parameters are loaded when they change. */
export async function* gradientsOf(
  engine: Engine,
  questions: readonly Pick<Question, 'parameters' | 'batch'>[],
): AsyncGenerator<LossAndGradients> {
  let loaded: Parameters | null = null;
  for (const { parameters, batch } of questions) {
    if (parameters !== loaded) await engine.load(parameters);
    loaded = parameters;
    yield await engine.lossAndGradients(batch);
  }
}

/**
 * A batch of the same size that shares nothing with the given one: the examples in another order,
 * their inputs negated.
 */
export function otherBatch({ inputs, targets, ...kept }: Batch): Batch {
  const turned = (m: Matrix, factor: number): Matrix => {
    const out = zeros('f32', m.rows, m.cols);
    for (let i = 0; i < out.data.length; i++) out.data[i] = factor * m.data[(i + m.cols) % m.data.length];
    return out;
  };
  const masks = kept.masks?.map((mask) => mask && turned(mask, 1));
  return { inputs: turned(inputs, -1), targets: turned(targets, 1), ...(masks !== undefined && { masks }) };
}

/** The batch without these rows; null if no row is left. */
export function withoutExamples(batch: Batch, out: ReadonlySet<number>): Batch | null {
  const kept = [...Array(batch.inputs.rows).keys()].filter((r) => !out.has(r));
  return kept.length === 0 ? null : onlyExamples(batch, kept);
}

/** The batch of these rows alone. */
export function onlyExamples(batch: Batch, kept: readonly number[]): Batch {
  const rows = (m: Matrix): Matrix => {
    const some = zeros('f32', kept.length, m.cols);
    kept.forEach((from, to) => some.data.set(m.data.subarray(from * m.cols, (from + 1) * m.cols), to * m.cols));
    return some;
  };
  return mapBatch(batch, rows);
}

/** Each example of a batch as a batch of its own. */
export function singleExamples(batch: Batch): Batch[] {
  return Array.from({ length: batch.inputs.rows }, (_, r) => onlyExamples(batch, [r]));
}

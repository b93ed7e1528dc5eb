// What every engine on trial is asked, in the same order: the given batch twice, another one, the given one once more; then,
// at parameters at which nothing is hidden, the given one, a random one, and a single example.
import type { Engine, LossAndGradients } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { alignOnce } from '../numeric/bounds/alikeness.ts';
import type { Align } from '../numeric/bounds/alikeness.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import { generalPoint, isOneHot, sizeUnlike } from './slopes/general-point.ts';
import type { QuestionName } from './verdict.ts';

/** Parameters and a batch that an engine is asked the loss, the gradients and the outputs of, with the exact answer. */
export interface Question {
  readonly name: QuestionName;
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly exact: BoundedGradients;
}

/** What an engine answers to a question. */
export interface Answer extends LossAndGradients {
  /** (B, K) */
  readonly outputs: Matrix;
}

/** @param exact the exact answer to the given batch, where it is known already */
export function questionsOf(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  exact: BoundedGradients = boundedGradients(network, parameters, batch),
): Question[] {
  const aligns = new Map<Parameters, Align>();
  const question = (name: QuestionName, at: Parameters, asked: Batch): Question => {
    const align = aligns.get(at) ?? alignOnce();
    aligns.set(at, align);
    return { name, parameters: at, batch: asked, exact: boundedGradients(network, at, asked, align) };
  };
  const given: Question = { name: 'given', parameters, batch, exact };
  const widths = [network.inputs, ...layersOf(network).map(({ units }) => units), batch.inputs.rows];
  const oneHot = isOneHot(batch.targets);
  const B = sizeUnlike(widths) ?? batch.inputs.rows + 1;
  const general = generalPoint(network, B, oneHot);
  const random = question('random', general.parameters, general.batch);
  return [
    given,
    { ...given, name: 'repeated' },
    question('other', parameters, otherBatch(batch)),
    { ...given, name: 'again' },
    question('real', general.parameters, batch), // all of it: what is kept by its inputs alone shows
    random,
    question('one', general.parameters, busiestExample(random)),
  ];
}

/** The example whose gradient passes most units: where one is off, a mistake in it does not show. */
function busiestExample({ batch, exact }: Question): Batch {
  const passed = new Array<number>(batch.inputs.rows).fill(0);
  for (const { dz } of exact.layers)
    dz.value.data.forEach((x, i) => (passed[Math.floor(i / dz.value.cols)] += x === 0 ? 0 : 1));
  const busiest = passed.indexOf(Math.max(...passed));
  return withoutExamples(batch, new Set([...passed.keys()].filter((r) => r !== busiest))) ?? batch;
}

/** Loss and gradients of one question after the other; parameters are loaded where they change. */
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

/** A batch of the same size with nothing in common: the examples in another order, their inputs negated. */
export function otherBatch({ inputs, targets }: Batch): Batch {
  const turned = (m: Matrix, factor: number): Matrix => {
    const out = zeros('f32', m.rows, m.cols);
    for (let i = 0; i < out.data.length; i++) out.data[i] = factor * m.data[(i + m.cols) % m.data.length];
    return out;
  };
  return { inputs: turned(inputs, -1), targets: turned(targets, 1) };
}

/** The batch without these rows; null if none is left. */
export function withoutExamples({ inputs, targets }: Batch, out: ReadonlySet<number>): Batch | null {
  const kept = Array.from({ length: inputs.rows }, (_, r) => r).filter((r) => !out.has(r));
  if (kept.length === 0) return null;
  const rows = (m: Matrix): Matrix => {
    const some = zeros('f32', kept.length, m.cols);
    kept.forEach((from, to) => some.data.set(m.data.subarray(from * m.cols, (from + 1) * m.cols), to * m.cols));
    return some;
  };
  return { inputs: rows(inputs), targets: rows(targets) };
}

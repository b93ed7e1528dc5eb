// Training steps of a candidate, and the gradients that are recovered from them: of plain SGD,
// gradient = (before - after) / rate.
import { CandidateError } from '../errors.ts';
import type { LossAndGradients } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { allFinite, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { peakOf } from '../numeric/bounds/extremes.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Asking } from './asking.ts';
import type { AnswerFlaw } from './engine.ts';
import { presentBatch, presentParameters, readLayers } from './present.ts';
import { addTo } from './sums.ts';
import type { Question, ShapedBatch } from './request.ts';
import { FORM } from './words.ts';

/** What a step starts from. */
export interface Start {
  readonly parameters: Parameters;
  readonly optimizer: OptimizerSpec;
  readonly step: number;
  readonly state: unknown;
}

/** What a step led to. */
export interface Stepped {
  /** null if the candidate returns none. */
  readonly loss: number | null;
  readonly parameters: Parameters;
  readonly state: unknown;
}

/** @throws CandidateError if it returns no parameters that can be read */
export async function stepBy(
  asking: Asking,
  { parameters, ...start }: Start,
  batch: ShapedBatch,
  flaws: AnswerFlaw[],
): Promise<Stepped> {
  const { network, conventions } = asking;
  const question: Question = {
    request: 'trainStep',
    ...start,
    parameters: presentParameters(network, parameters, conventions),
    batch,
  };
  const answer = await asking.ask(question, flaws);
  const after = readParameters(asking, answer, 'trainStep');
  const hasLoss = (answer['loss'] ?? null) !== null;
  return { loss: hasLoss ? asking.lossOf(answer, flaws) : null, parameters: after, state: answer['state'] };
}

/**
 * The parameters of an answer.
 * @param kept what tensors that are not trained are where the answer leaves them out
 * @throws CandidateError if they cannot be read
 */
export function readParameters(
  asking: Asking,
  answer: Record<string, unknown>,
  request: 'applyGradients' | 'trainStep',
  kept?: Parameters,
): Parameters {
  const { network, conventions } = asking;
  const { layers, flaws } = readLayers(network, answer['parameters'], conventions, 'parameters', kept);
  const [first] = flaws;
  if (first !== undefined)
    throw new CandidateError(
      `${asking.label}: ${request} returned no usable ${first.parameter}`,
      `expected ${FORM[request]}`,
    );
  asking.observeLayers(layers);
  return layers;
}

/** Sums over the requests of a batch; the loss is null if the candidate returns none. */
export interface Recovered extends Omit<Required<LossAndGradients>, 'loss'> {
  readonly loss: number | null;
}

/**
 * What large numbers of the rate cost in range buys precision: the larger it is, the less of the
 * rounding of the stored weights is left in (before - after) / rate.
 */
const LARGE = 2 ** 24;
/** Taken where something overflows at the other one. */
const SMALL = 1;

/**
 * Gradients from one step per request.
 *
 * A step stores fl(w - fl(r·g)), with a rate r that is a power of two. So (before - after) / r is
 * off from the g that the candidate computed by u·|after| / r for storing the result, u·|g| for
 * the product, whose factors a program may round, and 2⁻⁵³·|g| for the difference taken here,
 * where u is 2⁻²⁴ or 2⁻⁵³, as the candidate computes.
 * @param chosen the rate; null: 2²⁴ times the largest weight, or 1 if something overflows
 */
export async function recover(
  asking: Asking,
  parameters: Parameters,
  batch: Batch,
  chosen: number | null,
  flaws: AnswerFlaw[],
): Promise<Recovered> {
  if (chosen !== null) return recoverAt(asking, parameters, batch, chosen, flaws);
  const found: AnswerFlaw[] = [];
  const first = await recoverAt(asking, parameters, batch, largeRate(parameters), found);
  if (!allFinite(first.gradients)) {
    const more: AnswerFlaw[] = [];
    const second = await recoverAt(asking, parameters, batch, SMALL, more);
    if (allFinite(second.gradients)) {
      flaws.push(...more);
      return second;
    }
  }
  flaws.push(...found);
  return first;
}

/** A power of two that is LARGE times the largest weight, or more. */
function largeRate(parameters: Parameters): number {
  const largest = Math.max(...parameters.map(({ values }) => peakOf(values)));
  let rate = LARGE;
  while (rate < LARGE * largest) rate *= 2;
  return rate;
}

async function recoverAt(
  asking: Asking,
  parameters: Parameters,
  batch: Batch,
  rate: number,
  flaws: AnswerFlaw[],
): Promise<Recovered> {
  const { network, conventions } = asking;
  const optimizer = optimizerSpec('sgd', { learningRate: rate });
  const gradients = zeroParameters(network, 'f64');
  const rounding = zeroParameters(network, 'f64');
  let loss: number | null = 0;
  for (const examples of presentBatch(batch, conventions)) {
    const after = await stepBy(asking, { parameters, optimizer, step: 1, state: undefined }, examples, flaws);
    loss = loss === null || after.loss === null ? null : loss + after.loss;
    const own = differences(parameters, after.parameters, rate, UNIT_ROUNDOFF[asking.dtype]);
    addTo(gradients, own.gradients);
    addTo(rounding, own.rounding);
  }
  return { loss, gradients, rounding };
}

function differences(
  before: Parameters,
  after: Parameters,
  rate: number,
  u: number,
): Pick<Recovered, 'gradients' | 'rounding'> {
  const all = before.map(({ values, ...tensor }, t) => {
    const gradient = new Float64Array(values.length);
    const rounding = new Float64Array(values.length);
    for (let i = 0; i < values.length && tensor.trained !== false; i++) {
      const end = after[t].values[i];
      gradient[i] = (values[i] - end) / rate;
      // a weight that did not move was not rounded
      if (end !== values[i]) rounding[i] = (u * Math.abs(end)) / rate + (u + UNIT_ROUNDOFF.f64) * Math.abs(gradient[i]);
    }
    return { gradient: { ...tensor, values: gradient }, rounding: { ...tensor, values: rounding } };
  });
  return { gradients: all.map((one) => one.gradient), rounding: all.map((one) => one.rounding) };
}

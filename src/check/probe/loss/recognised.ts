// A loss that was found to be in use, as functions: its value for a batch, and its gradient.
import { zeroParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import type { Divisor } from '../batch/divisors.ts';
import { POSITIVE_PART, knownLoss, valueOf } from './known-losses.ts';
import type { KnownLoss, Outcome, Start } from './loss-parts.ts';
import { gradientsFrom, scoresOf } from './pass.ts';
import type { Pass } from './pass.ts';
import type { Measured } from './penalties.ts';

/** Which sum over the outputs of one example is in use. */
export interface DataLoss {
  readonly known: KnownLoss;
  /** Its free number; 0 if it has none. */
  readonly free: number;
  /** The factor of the sum over the outputs; of each output if there are several. */
  readonly factors: readonly number[];
  /** Binary cross-entropy: how much more t log p counts than the other part; 1 else. */
  readonly positive: number;
}

/** How the losses of examples make up that of a batch. */
export type BatchRule =
  'mean' | 'sum' | 'mean-twice' | 'root-of-mean' | 'without-first' | 'without-last' | 'every-pair' | 'divided';

/** A loss in use. */
export interface Recognised extends DataLoss {
  readonly penalties: readonly Measured[];
  /** null: none that is known. */
  readonly batch: BatchRule | null;
  /** Of the rule 'divided'. */
  readonly divisor?: Divisor;
  /** The power of B that the penalty is multiplied by. */
  readonly penaltyPower: -1 | 0 | 1;
}

const negative = knownLoss('negative-part');

/** The loss of one example without penalties. */
function dataLoss({ known, free, factors, positive }: DataLoss, e: Outcome): number {
  if (positive !== 1) return factors[0] * (positive * valueOf(POSITIVE_PART, e, 0) + valueOf(negative, e, 0));
  const terms = known.terms(e, free);
  return terms.reduce((sum, x, k) => sum + (factors[k] ?? factors[0]) * x, 0);
}

/** Its gradient with respect to p or z. */
export function dataStart({ known, free, factors, positive }: DataLoss, e: Outcome): Start {
  const factor = (k: number): number => factors[k] ?? factors[0];
  if (positive === 1) {
    const { of, values } = known.gradient(e, free);
    return { of, values: values.map((x, k) => factor(k) * x) };
  }
  const [one, none] = [POSITIVE_PART.gradient(e, 0).values, negative.gradient(e, 0).values];
  return { of: 'p', values: one.map((x, k) => factors[0] * (positive * x + none[k])) };
}

/** The loss of a batch from those of its examples. */
export function overBatch(rule: BatchRule, losses: readonly number[], divisor?: Divisor): number {
  const B = losses.length;
  const sum = losses.reduce((all, x) => all + x, 0);
  if (rule === 'sum') return sum;
  if (rule === 'divided') return sum / (divisor?.of(B) ?? B);
  if (rule === 'mean' || rule === 'every-pair') return sum / B;
  if (rule === 'without-first') return (sum - losses[0]) / B;
  if (rule === 'without-last') return (sum - losses[B - 1]) / B;
  if (rule === 'mean-twice') return sum / (B * B);
  return Math.sqrt(losses.reduce((all, x) => all + x * x, 0) / B);
}

/** The derivative of the batch's loss with respect to each example's. */
function shares(rule: BatchRule, losses: readonly number[], divisor?: Divisor): number[] {
  const B = losses.length;
  if (rule !== 'root-of-mean') {
    const leftOut = rule === 'without-first' ? 0 : rule === 'without-last' ? B - 1 : -1;
    const by = rule === 'divided' ? (divisor?.of(B) ?? B) : B;
    const each = rule === 'sum' ? 1 : rule === 'mean-twice' ? 1 / (B * B) : 1 / by;
    return losses.map((_, r) => (r === leftOut ? 0 : each));
  }
  const all = overBatch(rule, losses);
  return losses.map((x) => x / (B * all));
}

/** The loss of a batch, penalties included. */
export function lossOfBatch(found: Recognised, { outcomes, parameters }: Pass): number {
  const own = outcomes.map((e) => lossOfExample(found, e, outcomes));
  const weight = weightOf(found, outcomes.length);
  const penalty = found.penalties.reduce((sum, one) => sum + one.strength * one.penalty.value(parameters), 0);
  return overBatch(found.batch ?? 'mean', own, found.divisor) + weight * penalty;
}

/** Of one example; where every output meets every target, the mean over those. */
function lossOfExample(found: Recognised, e: Outcome, all: readonly Outcome[]): number {
  if (found.batch !== 'every-pair') return dataLoss(found, e);
  return overBatch(
    'mean',
    all.map(({ t }) => dataLoss(found, { ...e, t })),
  );
}

/** What the penalty is multiplied by in a batch of B examples. */
export function weightOf({ penaltyPower }: Pick<Recognised, 'penaltyPower'>, B: number): number {
  return penaltyPower === 0 ? 1 : penaltyPower > 0 ? B : 1 / B;
}

function startOfExample(found: Recognised, e: Outcome, all: readonly Outcome[]): Start {
  if (found.batch !== 'every-pair') return dataStart(found, e);
  const starts = all.map(({ t }) => dataStart(found, { ...e, t }));
  const values = e.z.map((_, k) =>
    overBatch(
      'mean',
      starts.map((one) => one.values[k]),
    ),
  );
  return { of: starts[0].of, values };
}

/** dz of the last layer that belongs to this loss. (B, K) */
function scoresOfLoss(found: Recognised, pass: Pass): Matrix {
  const { outcomes } = pass;
  const share = shares(
    found.batch ?? 'mean',
    outcomes.map((e) => lossOfExample(found, e, outcomes)),
    found.divisor,
  );
  const starts = outcomes.map((e, r): Start => {
    const { of, values } = startOfExample(found, e, outcomes);
    return { of, values: values.map((x) => share[r] * x) };
  });
  const last = pass.layers[pass.layers.length - 1].a;
  return starts.length > 0 ? scoresOf(pass, starts) : zeros('f64', 0, last.cols);
}

/** The gradients of this loss, penalties included. */
export function gradientsOfLoss(found: Recognised, pass: Pass): Parameters {
  const gradients = gradientsFrom(pass, scoresOfLoss(found, pass));
  addTo(gradients, penaltyGradients(found, pass));
  return gradients;
}

/** Those of the penalties alone. */
function penaltyGradients(found: Recognised, { network, parameters, outcomes }: Pass): Parameters {
  const all = zeroParameters(network, 'f64');
  const weight = weightOf(found, outcomes.length);
  for (const { penalty, strength } of found.penalties) addTo(all, penalty.gradient(parameters), weight * strength);
  return all;
}

function addTo(to: Parameters, from: Parameters, times = 1): void {
  to.forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += times * from[t].values[i];
  });
}

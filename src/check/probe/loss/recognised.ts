// A loss that was found to be in use, as functions: its value for a batch, and its gradient.
import { zeroParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import type { Divisor } from '../batch/divisors.ts';
import { meanOf } from '../pass/rows.ts';
import { BATCH_RULES, dividedBy } from './batch-rules.ts';
import type { BatchRule, Rule } from './batch-rules.ts';
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

/** The rule of a loss; of a loss whose rule is not known, the mean. */
export function ruleOf({ batch, divisor }: Pick<Recognised, 'batch' | 'divisor'>): Rule {
  if (batch === 'divided' && divisor !== undefined) return dividedBy(divisor);
  return BATCH_RULES[batch === null || batch === 'divided' ? 'mean' : batch];
}

/** The loss of a batch, penalties included. */
export function lossOfBatch(found: Recognised, { outcomes, parameters }: Pass): number {
  const own = outcomes.map((e) => lossOfExample(found, e, outcomes));
  const weight = weightOf(found, outcomes.length);
  const penalty = found.penalties.reduce((sum, one) => sum + one.strength * one.penalty.value(parameters), 0);
  return ruleOf(found).of(own) + weight * penalty;
}

/** What stands in for one example: every target in turn, or the mean of the batch. */
function standIns({ batch }: Recognised, e: Outcome, all: readonly Outcome[]): Outcome[] {
  if (batch === 'every-pair') return all.map(({ t }) => ({ ...e, t }));
  if (batch !== 'of-means') return [e];
  const mean = (of: keyof Outcome): Float64Array => e[of].map((_, k) => meanOf(all.map((one) => one[of][k])));
  return [{ z: mean('z'), p: mean('p'), t: mean('t') }];
}

function lossOfExample(found: Recognised, e: Outcome, all: readonly Outcome[]): number {
  return meanOf(standIns(found, e, all).map((one) => dataLoss(found, one)));
}

/** What the penalty is multiplied by in a batch of B examples. */
export function weightOf({ penaltyPower }: Pick<Recognised, 'penaltyPower'>, B: number): number {
  return penaltyPower === 0 ? 1 : penaltyPower > 0 ? B : 1 / B;
}

function startOfExample(found: Recognised, e: Outcome, all: readonly Outcome[]): Start {
  const starts = standIns(found, e, all).map((one) => dataStart(found, one));
  return { of: starts[0].of, values: e.z.map((_, k) => meanOf(starts.map(({ values }) => values[k]))) };
}

/** dz of the last layer that belongs to this loss. (B, K) */
function scoresOfLoss(found: Recognised, pass: Pass): Matrix {
  const { outcomes } = pass;
  const share = ruleOf(found).shares(outcomes.map((e) => lossOfExample(found, e, outcomes)));
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

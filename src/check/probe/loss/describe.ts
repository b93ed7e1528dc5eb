// A loss in words and as a formula.
import { outputs } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Decay } from './gradients.ts';
import { ruleOf } from './recognised.ts';
import type { DataLoss, Recognised } from './recognised.ts';
import { digits, factorOf } from './round-numbers.ts';
import type { Factor } from './round-numbers.ts';

/** Names of errors whose mean and sum have names of their own. */
const ERRORS: Readonly<Record<string, string>> = {
  'squared-error': 'squared error',
  'absolute-error': 'absolute error',
};
/** With one class per example a single term of the sum counts. */
const OF_ONE_CLASS = ['cross-entropy', 'likelihood', 'kl-divergence', 'focal'];

/** "half the mean squared error", "binary cross-entropy, summed over the outputs". */
export function nameOfData(network: NetworkSpec, data: DataLoss): string {
  const { known, free, factors, positive } = data;
  const K = outputs(network);
  const targets = raisedTargets(data);
  if (targets !== null) return `cross-entropy of the targets ${targets} in place of t`;
  const of = known.free === null ? '' : ` (${known.free.symbol} = ${digits(free)})`;
  const counted = positive === 1 ? '' : `, with t log p counted ${digits(positive)} times`;
  if (factors.length > 1) {
    return `${known.name}${of} with the weights ${factors.map(digits).join(', ')} of the outputs`;
  }
  const factor = factorOf(factors[0], K, free);
  return `${timesText(factor, known.formula)}${plainName(data, factor, K)}${of}${counted}${suffix(factor, known.formula)}`;
}

/** The sign that numbers have in common, of those that are not 0; null: both, or none. */
export function oneSign(numbers: readonly number[]): number | null {
  const signs = new Set(numbers.filter((x) => x !== 0).map(Math.sign));
  const [sign = null] = signs;
  return signs.size === 1 ? sign : null;
}

/** "0.8 t + 0.3333": those of cross-entropy where something is added to each; null: of no other. */
function raisedTargets({ known, free, factors: [c] }: DataLoss): string | null {
  return known.id === 'cross-entropy-raised' ? `${digits(c)} t + ${digits(c * free)}` : null;
}

function plainName({ known }: DataLoss, { over }: Factor, K: number): string {
  if (K === 1 || known.over === 'example') return known.name;
  const error = ERRORS[known.id];
  if (error !== undefined) return over === 'mean' ? `mean ${error}` : `sum of the ${error}s`;
  if (over === 'mean') return `${known.name}, averaged over the outputs`;
  return OF_ONE_CLASS.some((id) => known.id.startsWith(id)) ? known.name : `${known.name}, summed over the outputs`;
}

const isLogarithm = ({ text }: Factor, formula: string): boolean => text.includes('ln') && formula.includes('log');

function timesText(factor: Factor, formula: string): string {
  const { times } = factor;
  if (times === 1 || (isLogarithm(factor, formula) && times > 0)) return '';
  if (times === -1) return 'minus the ';
  if (times === 0.5) return 'half the ';
  if (times === 2) return 'twice the ';
  return `${factor.text === '' ? digits(times) : factor.text} times the `;
}

function suffix(factor: Factor, formula: string): string {
  if (!isLogarithm(factor, formula) || factor.times < 0) return '';
  return ` with a logarithm to base ${factor.text === '1/ln 2' ? 2 : 10}`;
}

/** The name with what is added to it. */
export function nameOfLoss(network: NetworkSpec, loss: Recognised): string {
  const batch =
    loss.batch === null ? ' for one example; for several it is neither their mean nor their sum' : ruleOf(loss).name;
  const penalty = loss.penalties.length === 0 ? '' : ` with the penalty ${penaltyText(loss)}`;
  return `${nameOfData(network, loss)}${penalty}${batch}`;
}

/** "0.005 Σ W² / B" */
export function penaltyText({ penalties, penaltyPower }: Pick<Recognised, 'penalties' | 'penaltyPower'>): string {
  const over = { '-1': ' / B', '0': '', '1': ' · B' }[penaltyPower];
  return penalties.map(({ penalty, strength }) => `${digits(strength)} ${penalty.formula}${over}`).join(' + ');
}

/** "loss = (1/B) Σ_b (1/K) Σ_k (p - t)² + 0.005 Σ W²" */
export function formulaOfLoss(network: NetworkSpec, loss: Recognised): string {
  const { known, free, factors, positive } = loss;
  const K = outputs(network);
  const ofBatch = (example: string): string => (loss.batch === null ? example : ruleOf(loss).formula(example));
  const penalty = loss.penalties.length === 0 ? '' : ` + ${penaltyText(loss)}`;
  const value = known.free === null ? '' : `, with ${known.free.symbol} = ${digits(free)}`;
  const formula = positive === 1 ? known.formula : `-(${digits(positive)} t log p + (1 - t) log(1 - p))`;
  const targets = raisedTargets(loss);
  if (targets !== null) return `loss = ${ofBatch(`Σ_k -(${targets}) log p`)}${penalty}`;
  if (factors.length > 1)
    return `loss = ${ofBatch(`Σ_k w_k ${formula}`)}${penalty}${value}, with w = ${factors.map(digits).join(', ')}`;
  const { over, text } = factorOf(factors[0], K, free);
  const mean = over === 'mean' ? '(1/K) ' : '';
  const times = text === '' ? '' : text === '-1' ? '-' : /[/]/.test(text) ? `(${text}) ` : `${text} `;
  const sum = known.over === 'example' ? '' : K === 1 ? '' : 'Σ_k ';
  return `loss = ${ofBatch(`${times}${mean}${sum}${formula}`)}${penalty}${value}`;
}

/** "0.01 W", "0.01 W and 0.01 b", "0.01 W2"; null: no tensor has any. */
export function decayText(decays: readonly Decay[]): string | null {
  const one = ({ l2, l1 }: Decay, symbol: string): string =>
    [l2 === 0 ? '' : `${digits(l2)} ${symbol}`, l1 === 0 ? '' : `${digits(l1)} sign(${symbol})`]
      .filter(Boolean)
      .join(' + ');
  const groups = ['weights', 'bias'].map((role) => decays.filter((decay) => decay.role === role));
  const texts = groups.flatMap((group, g) => {
    const symbol = g === 0 ? 'W' : 'b';
    const all = new Set(group.map((decay) => one(decay, symbol)));
    if (all.size === 1) return [...all];
    return group.map((decay) => one(decay, decay.name));
  });
  const said = texts.filter((text) => text !== '');
  return said.length === 0 ? null : said.join(' and ');
}

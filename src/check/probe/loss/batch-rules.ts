// How the losses of examples make up the loss of a batch: right, as another choice, or by mistake.
// Most are the loss of the example itself in a batch of one.
import { exp, log } from '../../../numeric/elementary.ts';
import { meanOf } from '../pass/rows.ts';
import { total } from './loss-parts.ts';

/** One way. */
export interface Rule {
  /** To follow the name of the loss. */
  readonly name: string;
  /** The formula, given that of one example, with its factors. */
  readonly formula: (example: string) => string;
  readonly of: (losses: readonly number[]) => number;
  /** The derivative with respect to the loss of each example. */
  readonly shares: (losses: readonly number[]) => number[];
  /** Whether it is a mistake, and not another choice. */
  readonly isMistake: boolean;
  /** Whether all examples count alike. */
  readonly isAlike: boolean;
}

/** Σ_b c(r, B) loss_b */
function weighted(name: string, prefix: string, at: (r: number, B: number) => number, isMistake: boolean): Rule {
  const shares: Rule['shares'] = (losses) => losses.map((_, r) => at(r, losses.length));
  return {
    name,
    formula: (example) => `${prefix}${example}`,
    of: (losses) => total(Float64Array.from(shares(losses), (c, r) => c * losses[r])),
    shares,
    isMistake,
    isAlike: !isMistake,
  };
}

/** The example at a place among the sorted losses alone. */
function alone(name: string, symbol: string, place: (B: number) => number): Rule {
  const chosen = (losses: readonly number[]): number =>
    losses.indexOf(losses.toSorted((a, b) => a - b)[place(losses.length)]);
  return {
    name: `, of the example with the ${name} loss of a batch alone`,
    formula: (example) => `${symbol}_b ${example}`,
    of: (losses) => losses[chosen(losses)],
    shares: (losses) => losses.map((_, r) => (r === chosen(losses) ? 1 : 0)),
    isMistake: true,
    isAlike: false,
  };
}

/** g⁻¹(mean of g(loss)), or of the sum: g and its derivative, and the inverse of g. */
function through(
  name: string,
  formula: Rule['formula'],
  g: (x: number) => number,
  slope: (x: number) => number,
  inverse: (y: number) => number,
  isMean = true,
): Rule {
  const of: Rule['of'] = (losses) => {
    const values = losses.map(g);
    return inverse(isMean ? meanOf(values) : meanOf(values) * values.length);
  };
  return {
    name,
    formula,
    of,
    shares: (losses) => {
      const by = slope(of(losses)) * (isMean ? losses.length : 1);
      return losses.map((x) => slope(x) / by);
    },
    isMistake: true,
    isAlike: false,
  };
}

/** A function of the mean, which shows in a batch of one too. */
function ofMean(name: string, symbol: string, h: (x: number) => number, slope: (x: number) => number): Rule {
  return {
    name: `, of whose mean over the batch ${name} is taken`,
    formula: (example) => `${symbol}((1/B) Σ_b ${example})`,
    of: (losses) => h(meanOf(losses)),
    shares: (losses) => losses.map(() => slope(meanOf(losses)) / losses.length),
    isMistake: true,
    isAlike: false,
  };
}

const squared = [(x: number): number => x * x, (x: number): number => 2 * x, Math.sqrt] as const;
const likely = [
  (x: number): number => exp(-x),
  (x: number): number => -exp(-x),
  (y: number): number => -log(y),
] as const;

const RULES = {
  mean: weighted('', '(1/B) Σ_b ', (_, B) => 1 / B, false),
  sum: weighted(', summed over the batch', 'Σ_b ', () => 1, false),
  'mean-twice': weighted(', divided by B twice', '(1/B²) Σ_b ', (_, B) => 1 / (B * B), false),
  'root-of-mean': {
    ...through(
      ', with the root taken after the mean over the batch',
      (example) => `√ of (1/B) Σ_b of the square of ${example}`,
      ...squared,
    ),
    isMistake: false,
  },
  'root-of-sum': through(
    ', with the root taken after the sum over the batch',
    (example) => `√ of Σ_b of the square of ${example}`,
    ...squared,
    false,
  ),
  'log-of-mean': through(
    ', with the logarithm taken after the mean over the batch',
    (example) => `-log((1/B) Σ_b exp(-ℓ_b)), with ℓ_b = ${example}`,
    ...likely,
  ),
  'log-of-sum': through(
    ', with the logarithm taken after the sum over the batch',
    (example) => `-log Σ_b exp(-ℓ_b), with ℓ_b = ${example}`,
    ...likely,
    false,
  ),
  geometric: through(
    ', with the geometric mean over the batch',
    (example) => `exp((1/B) Σ_b log ℓ_b), with ℓ_b = ${example}`,
    log,
    (x) => 1 / x,
    exp,
  ),
  product: through(
    ', multiplied over the batch',
    (example) => `Π_b ${example}`,
    log,
    (x) => 1 / x,
    exp,
    false,
  ),
  largest: alone('largest', 'max', (B) => B - 1),
  smallest: alone('smallest', 'min', () => 0),
  median: alone('median', 'median', (B) => Math.floor((B - 1) / 2)),
  'without-first': weighted(
    ', the first example of a batch left out',
    '(1/B) Σ_(b > 1) ',
    (r, B) => (r === 0 ? 0 : 1 / B),
    true,
  ),
  'without-last': weighted(
    ', the last example of a batch left out',
    '(1/B) Σ_(b < B) ',
    (r, B) => (r === B - 1 ? 0 : 1 / B),
    true,
  ),
  // their examples are not those of the batch
  'every-pair': weighted(
    ' of every output and every target of the batch, as where (B, 1) and (B) become (B, B)',
    '(1/B²) Σ_b Σ_c, with p of b and t of c, ',
    (_, B) => 1 / B,
    true,
  ),
  'of-means': weighted(
    ' of the mean output and the mean target of a batch',
    'with p and t averaged over the batch first, ',
    (_, B) => 1 / B,
    true,
  ),
} as const satisfies Readonly<Record<string, Rule>>;

const OF_MEAN = {
  'root-mean': ofMean('the root', '√', Math.sqrt, (x) => 0.5 / Math.sqrt(x)),
  'exp-mean': ofMean('the exponential', 'exp', exp, exp),
  'log-mean': ofMean('the logarithm', 'log', log, (x) => 1 / x),
  'square-mean': ofMean(
    'the square',
    'square of ',
    (x) => x * x,
    (x) => 2 * x,
  ),
} as const satisfies Readonly<Record<string, Rule>>;

/** How the losses of examples make up that of a batch; 'divided' by a number of its own. */
export type BatchRule = keyof typeof RULES | keyof typeof OF_MEAN | 'divided';

export const BATCH_RULES: Readonly<Record<Exclude<BatchRule, 'divided'>, Rule>> = { ...RULES, ...OF_MEAN };
/** Those that are the loss itself in a batch of one, and the others. */
export const OF_EXAMPLES = Object.keys(RULES) as (keyof typeof RULES)[];
export const OF_THE_MEAN = Object.keys(OF_MEAN) as (keyof typeof OF_MEAN)[];

/** A sum that is divided by a number: of padded examples, of those of another batch. */
export function dividedBy(divisor: { readonly of: (B: number) => number; text: string; symbol: string }): Rule {
  return weighted(
    `, summed over the batch and divided by ${divisor.text}`,
    `(1/${divisor.symbol}) Σ_b `,
    (_, B) => 1 / divisor.of(B),
    true,
  );
}

// Mistakes that only batches of many examples show: groups that are left out or count too much.
import { countParameters } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { createRng } from '../../../numeric/rng.ts';
import { singleExamples } from '../../questions/protocol.ts';
import { randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Asker } from '../asker.ts';
import { areClose, isDense, namedValues, passes } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { combined } from './coefficients.ts';

/** How many examples more the second and the third batch have: no usual group divides them. */
const MORE = [0, 13, 29];
/** Far from the seeds of other points. */
const SEED = 7_400_001;
/** Numbers of all gradients of single examples together: more take long. */
const LARGEST = 2e7;
const MOST_EXAMPLES = 5000;

/** How the examples of a batch count; 1/B each would be right. */
interface Rule {
  readonly text: (B: number) => string;
  /** The coefficient of example r (from 0) of B. */
  readonly at: (r: number, B: number) => number;
}

interface AskedFor {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly oneHot: boolean;
  /** Of the user's batch. */
  readonly examples: number;
}

/**
 * What is wrong with batches of the user's size if single examples and small batches are right;
 * empty if nothing is known. Asked three times. Throws ENOUGH.
 */
export async function probeSizes({ network, asker, oneHot, examples }: AskedFor): Promise<readonly Told[]> {
  if (!isDense(network) || examples > MOST_EXAMPLES || examples * countParameters(network) > LARGEST) return [];
  const rules = rulesFor(examples);
  let [ofGradients, ofLoss] = [rules, rules];
  for (const [n, more] of MORE.entries()) {
    const [B, seed] = [examples + more, SEED + n];
    const [parameters, batch] = [randomParameters(network, seed), randomBatch(network, B, seed, oneHot)];
    const { loss, gradients } = await asker.gradients(parameters, batch);
    const singles = singleExamples(batch).map((one) => passes(network, parameters, one).values);
    const losses = singles.map(([{ values }]) => values);
    const whole = namedValues(loss, gradients);
    ofGradients = fitting(ofGradients, singles, whole, passes(network, parameters, batch).values);
    ofLoss = ofLoss.filter((rule) => areClose(whole[0].values, combined(losses, coefficients(rule, B))));
    if (ofGradients.length + ofLoss.length === 0) return [];
  }
  const isOne = ofGradients.length === ofLoss.length && ofGradients.every((rule) => ofLoss.includes(rule));
  if (isOne) return tell('The loss and the gradients', 'loss', ofLoss, examples);
  return [...tell('The loss', 'loss', ofLoss, examples), ...tell('The gradients', 'dW1', ofGradients, examples)];
}

function tell(what: string, place: string, rules: readonly Rule[], examples: number): Told[] {
  if (rules.length === 0 || rules.length > MOST) return [];
  const how = rules.map(({ text }) => text(examples)).join(', or ');
  return [
    {
      kind: 'batch',
      place,
      text: `${what} of a batch of ${examples}: ${rules.length > 1 ? 'either ' : ''}${how}.`,
      used: null,
      right: null,
      fix: 'use every example of the batch, each with 1/B',
    },
  ];
}

function coefficients({ at }: Rule, B: number): number[] {
  return Array.from({ length: B }, (_, r) => at(r, B));
}

/** Those that give the gradients of this batch. */
function fitting(rules: readonly Rule[], singles: readonly Values[], whole: Values, right: Values): Rule[] {
  const B = singles.length;
  const names = whole.flatMap(({ name }, n) => (name === 'loss' ? [] : [n]));
  const rng = createRng(SEED, 'direction');
  const direction = names.map((n) => whole[n].values.map(() => rng.normal()));
  const along = (all: Values): number =>
    names.reduce((sum, n, k) => sum + all[n].values.reduce((s, x, i) => s + x * direction[k][i], 0), 0);
  const [each, target] = [singles.map(along), along(whole)];
  const size = each.reduce((sum, x) => sum + Math.abs(x), 0) / B;
  return rules.filter((rule) => {
    const c = coefficients(rule, B);
    const sum = each.reduce((total, x, r) => total + c[r] * x, 0);
    if (!(Math.abs(sum - target) <= NEAR * size)) return false; // most end here
    return names.every((n) =>
      areClose(
        whole[n].values,
        combined(
          singles.map((all) => all[n].values),
          c,
        ),
        right[n].values,
      ),
    );
  });
}

/** With more explanations, nothing is told. */
const MOST = 2;

/** Share of the mean size within which a rule is worth a full comparison. */
const NEAR = 1e-4;

/** Which group example r is in, in groups of g; the last one may be smaller. */
const groupOf = (r: number, g: number): number => Math.floor(r / g);
const sizeOf = (r: number, B: number, g: number): number => Math.min(g, B - groupOf(r, g) * g);

/** Small ones, and powers of two: with all of them, a batch of thousands takes minutes. */
const isLikelySize = (n: number): boolean => n <= SMALL || (n & (n - 1)) === 0;
const SMALL = 64;

function rulesFor(examples: number): Rule[] {
  const upTo = (from: number): number[] =>
    Array.from({ length: Math.max(0, examples - from) }, (_, i) => from + i).filter(isLikelySize);
  return [
    ...upTo(2).flatMap((g) => [
      ...used(
        (B) => `only whole groups of ${g} examples are used, so the first ${B - (B % g)}`,
        (r, B) => r < B - (B % g),
      ),
      ...used(
        () => `only the last group of ${g} examples is used`,
        (r, B) => groupOf(r, g) === groupOf(B - 1, g),
      ),
      ...used(
        () => `the first group of ${g} examples is left out`,
        (r) => r >= g,
      ),
      ...ofMeans(g),
    ]),
    ...upTo(1).flatMap((n) => [
      ...used(
        (B) => (n === 1 ? 'only the first example is used' : `only the first ${Math.min(n, B)} examples are used`),
        (r) => r < n,
      ),
      ...used(
        () => (n === 1 ? 'the last example is left out' : `the last ${n} examples are left out`),
        (r, B) => r < B - n,
      ),
    ]),
  ];
}

/** Some examples, with both divisors. */
function used(text: Rule['text'], isUsed: (r: number, B: number) => boolean): Rule[] {
  const counts = new Map<number, number>();
  const countOf = (B: number): number => {
    const count = counts.get(B) ?? Array.from({ length: B }, (_, r) => isUsed(r, B)).filter(Boolean).length;
    counts.set(B, count);
    return count;
  };
  return [
    { text: (B) => `${text(B)} (divided by B)`, at: (r, B) => (isUsed(r, B) ? 1 / B : 0) },
    {
      text: (B) => `${text(B)} (divided by the number of those used)`,
      at: (r, B) => (isUsed(r, B) ? 1 / countOf(B) : 0),
    },
  ];
}

/** Groups that are averaged one by one, or filled up. */
function ofMeans(g: number): Rule[] {
  const groups = (B: number): number => Math.ceil(B / g);
  return [
    {
      text: () => `the mean of the means of groups of ${g}, so the examples of a smaller last group count more`,
      at: (r, B) => 1 / (groups(B) * sizeOf(r, B, g)),
    },
    {
      text: () => `the sum of the means of groups of ${g}, not divided by their number`,
      at: (r, B) => 1 / sizeOf(r, B, g),
    },
    {
      text: () => `the sum of the means of groups of ${g}, divided by the number of whole groups`,
      at: (r, B) => 1 / (Math.floor(B / g) * sizeOf(r, B, g)),
    },
    {
      text: () => `the last group of ${g} is filled up with the first examples, which count twice`,
      at: (r, B) => (r < groups(B) * g - B ? 2 : 1) / (groups(B) * g),
    },
    {
      text: () => `the last group of ${g} is filled up with the examples before it, which count twice`,
      at: (r, B) => (r >= B - g && r < (groups(B) - 1) * g ? 2 : 1) / (groups(B) * g),
    },
  ];
}

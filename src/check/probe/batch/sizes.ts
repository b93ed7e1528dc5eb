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
  if (!isDense(network) || examples * countParameters(network) > LARGEST) return [];
  let rules = rulesFor(examples);
  for (const [n, more] of MORE.entries()) {
    const [B, seed] = [examples + more, SEED + n];
    const [parameters, batch] = [randomParameters(network, seed), randomBatch(network, B, seed, oneHot)];
    const { loss, gradients } = await asker.gradients(parameters, batch);
    const singles = singleExamples(batch).map((one) => passes(network, parameters, one).values);
    rules = fitting(rules, singles, namedValues(loss, gradients), passes(network, parameters, batch).values);
    if (rules.length === 0) return [];
  }
  const [rule, ...others] = rules;
  if (others.length > 0) return [];
  const text = `The gradients of a batch of ${examples}: ${rule.text(examples)}.`;
  return [
    {
      kind: 'batch',
      place: 'dW1',
      text,
      used: null,
      right: null,
      fix: 'use every example of the batch, each with 1/B',
    },
  ];
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
  return rules.filter(({ at }) => {
    const c = Array.from({ length: B }, (_, r) => at(r, B));
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

/** Share of the mean size within which a rule is worth a full comparison. */
const NEAR = 1e-4;

function rulesFor(examples: number): Rule[] {
  const upTo = (from: number): number[] => Array.from({ length: Math.max(0, examples - from) }, (_, i) => from + i);
  const used = (how: string, count: (B: number) => number): Rule[] => [
    { text: (B) => `${how.replace('#', String(count(B)))} (divided by B)`, at: (r, B) => (r < count(B) ? 1 / B : 0) },
    {
      text: (B) => `${how.replace('#', String(count(B)))} (divided by the number of those used)`,
      at: (r, B) => (r < count(B) ? 1 / count(B) : 0),
    },
  ];
  return [
    ...upTo(2).flatMap((g) => [
      ...used(`only whole groups of ${g} examples are used, so the first #`, (B) => Math.floor(B / g) * g),
      meansOf(g),
    ]),
    ...upTo(1).flatMap((n) => used('only the first # examples are used', (B) => Math.min(n, B))),
    ...upTo(1).flatMap((m) => used(`the last ${m} examples are left out`, (B) => Math.max(B - m, 0))),
  ];
}

function meansOf(g: number): Rule {
  return {
    text: () => `the mean of the means of groups of ${g}, so the examples of a smaller last group count more`,
    at(r, B) {
      const groups = Math.ceil(B / g);
      const last = B - (groups - 1) * g;
      return 1 / (groups * (r < (groups - 1) * g ? g : last));
    },
  };
}

// Tells what was measured of an update that no rule gives.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import type { Told } from '../told.ts';
import { rightOf } from './tell.ts';
import type { Sameness, Traits } from './traits.ts';

interface Measured {
  /** The tensors whose update this is, and whether those are all. */
  readonly names: readonly string[];
  readonly isAll: boolean;
  readonly firstWrong: number | null;
  /** Factors of lr·g at the step of a gradient and the next ones, where nothing else matters. */
  readonly response: { readonly found: readonly number[]; readonly right: readonly number[] | null } | null;
  readonly traits: Traits | null;
}

/** Null: nothing was measured that says more than that it is wrong. */
export function tellTraits(spec: OptimizerSpec, { names, isAll, firstWrong, response, traits }: Measured): Told | null {
  const sentences = [
    ...(firstWrong === null || firstWrong === 1 ? [] : [stepsRight(firstWrong)]),
    ...(response === null ? [] : [responseSentence(response)]),
    ...(traits === null ? [] : traitSentences(traits)),
  ];
  if (sentences.length === 0) return null;
  const of = isAll ? '' : ` of ${names.join(', ')}`;
  return {
    kind: 'update',
    place: isAll ? 'updates' : names.join(', '),
    text: [`No known rule gives the updates${of}.`, ...sentences].join(' '),
    used: null,
    right: rightOf(spec),
    fix: null,
  };
}

function stepsRight(firstWrong: number): string {
  const before = firstWrong === 2 ? 'Step 1 is right' : `Steps 1 to ${firstWrong - 1} are right`;
  return `${before}, step ${firstWrong} is wrong.`;
}

function responseSentence({ found, right }: NonNullable<Measured['response']>): string {
  const list = (all: readonly number[]): string =>
    all.map((x) => String(Number(x.toFixed(Math.abs(x) < 1e-3 ? 3 : 4)) + 0)).join(', ');
  const beside = right === null ? '' : `; right is ${list(right)}`;
  return `Steps are sums of the gradients so far: one gradient g adds lr·g times ${list(found)} to its own step and the next ones${beside}.`;
}

/** Where it differs from the right one in a way that was seen clearly. */
function traitSentences({ otherWeights, otherEntries, otherTensors, otherBefore, later, doubled }: Traits): string[] {
  const sentences: string[] = [];
  const differs = ({ found, right }: { found: Sameness; right: Sameness }): boolean =>
    found !== null && right !== null && found !== right;
  const add = (trait: Traits['later'], more: string, less: string): void => {
    if (differs(trait)) sentences.push(trait.found === 'other' ? more : less);
  };
  // other gradients before lead to other weights; those of 0 are not of all entries
  const isOfOthers = otherWeights.found !== 'same' || otherEntries.found !== 'same';
  const addLater = (trait: Traits['later'], more: string, less: string): void => {
    if (trait.found === 'same' || !isOfOthers) add(trait, more, less);
  };
  add(
    otherWeights,
    'The steps depend on the weights: with the same gradients, other weights move differently.',
    'The steps do not depend on the weights: the right ones do.',
  );
  add(
    otherTensors,
    'The steps depend on the gradients of other tensors.',
    'The steps do not depend on the gradients of other tensors: the right ones do.',
  );
  if (!differs(otherTensors))
    add(
      otherEntries,
      'The step of an entry depends on the gradients of other entries.',
      'The step of an entry does not depend on the gradients of other entries: the right one does.',
    );
  addLater(
    otherBefore,
    'The steps depend on the gradients of the steps before: the right ones do not.',
    'The steps do not depend on the gradients of the steps before: the right ones do.',
  );
  addLater(
    later,
    'The steps depend on t: after two gradients of 0, the same gradients lead to other steps.',
    'The steps do not depend on t: the right ones do.',
  );
  if (isOther(doubled.found, doubled.right))
    sentences.push(
      `With twice the gradients ${stretched('the steps', doubled.found)}; ${stretched('the right ones', doubled.right)}.`,
    );
  return sentences;
}

/** Whether two factors of the steps are clearly not the same. */
function isOther(found: number | null, right: number | null): found is number {
  if (found === null || right === null || (Number.isNaN(found) && Number.isNaN(right))) return false;
  return !(Math.abs(found - right) <= NEAR);
}

/** Factors are measured to within less. */
const NEAR = 0.02;

function stretched(what: string, factor: number | null): string {
  if (factor === null || Number.isNaN(factor)) return `${what} change by no fixed factor`;
  return Math.abs(factor - 1) <= NEAR
    ? `${what} are the same`
    : `${what} are ${Number(factor.toPrecision(3))} times as long`;
}

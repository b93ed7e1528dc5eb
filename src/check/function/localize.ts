// From "the gradient is wrong" to tensors, entries and what the wrong numbers look like.
import type { Rng } from '../../numeric/rng.ts';
import { conditionOf } from './conditions.ts';
import type { Labelled } from './conditions.ts';
import { lookOf, trialsOf } from './looks-like.ts';
import type { GradientLook } from './looks-like.ts';
import { lengthOfProducts, sumOfProducts } from './place.ts';
import type { Measured, Place, Trial } from './place.ts';
import { MOST_NAMED } from './result.ts';
import type { TensorCheck, WrongEntry } from './result.ts';
import { APART, ENOUGH, searchWrong } from './search.ts';
import type { Found, Search } from './search.ts';
import { searchSingle } from './single.ts';
import type { Weights } from './single.ts';
import type { TreeTensor } from './tree.ts';
import { nameOf } from './tree.ts';

/** Tensors of up to so many entries are measured entry by entry once they are wrong. */
const ALL_UP_TO = 24;
/** Entries that are measured one by one where most are wrong. */
const SAMPLED = 12;
/**
 * So many slopes to find the wrong entries of one tensor, and the wrong ones among many tensors.
 */
const SLOPES = 250;
/** So many tensors are measured one by one; of more, halves. */
const ONE_BY_ONE = 12;
/** How exactly, as a share of what its entries add up to. */
const OF_ITS_OWN = 1e-4;
const AGAIN = 1;
const FRESH = 3;
const ROUNDS = 3;

/** What became known of one tensor. */
export type Located = Pick<TensorCheck, 'verdict' | 'wrong' | 'named' | 'asked' | 'look'> & {
  /** The slope of the tensor alone. */
  readonly alone: Trial;
};

/** Finds the wrong tensors, and in each the wrong entries and a look. */
export async function localize(
  place: Place,
  suspected: Trial,
  rng: Rng,
  sizes: ReadonlyMap<string, number>,
): Promise<Map<TreeTensor, Located>> {
  let alone = await wrongTensors(place, suspected, rng);
  const moved = movedIn(place, suspected);
  for (let n = 1; n < ROUNDS && ![...alone.values()].some((trial) => trial.measured.is === 'wrong'); n++) {
    const fresh = await place.trial(moved, rng); // an unclear slope may be clear in other signs
    if (fresh.measured.is === 'wrong') alone = await wrongTensors(place, fresh, rng);
  }
  const found = new Map<TreeTensor, Located>();
  for (const [tensor, trial] of alone) {
    const { is } = trial.measured;
    const told = is === 'wrong' ? await wrongEntries(place, tensor, trial, rng, sizes) : null;
    if (told !== null && (isNamed(told) || (await isWrongAgain(place, tensor, rng)))) found.set(tensor, told);
    else if (told !== null) found.set(tensor, { ...NOTHING, verdict: 'undecided', alone: trial });
    else found.set(tensor, { ...NOTHING, verdict: is === 'right' ? 'agree' : 'undecided', alone: trial });
  }
  return found;
}

const isNamed = ({ wrong, look, named }: Located): boolean => wrong.length > 0 || look !== null || named !== 'none';

/**
 * Whether a tensor of which nothing can be named is wrong in most fresh directions: kinks that a
 * step has passed may look like a mistake, but not in all of them.
 */
async function isWrongAgain(place: Place, tensor: TreeTensor, rng: Rng): Promise<boolean> {
  let times = 0;
  for (let n = 0; n < FRESH; n++) if ((await place.trial([tensor], rng)).measured.is === 'wrong') times++;
  return 2 * times > FRESH;
}

const NOTHING = { wrong: [], named: 'none', asked: 0, look: null } as const;

/** The tensors that were moved. */
function movedIn({ tree }: Place, { d }: Trial): TreeTensor[] {
  return tree.tensors.filter(({ from }) => d[from] !== 0);
}

/** Slopes of tensors alone, or what the others leave of the whole's. */
async function wrongTensors(place: Place, suspected: Trial, rng: Rng): Promise<Map<TreeTensor, Trial>> {
  const tensors = movedIn(place, suspected);
  const found = new Map<TreeTensor, Trial>();
  if (tensors.length === 1) return found.set(tensors[0], suspected);
  if (tensors.length <= ONE_BY_ONE) return oneByOne(place, tensors, suspected, rng);
  const part = async (from: number, to: number, enough: number): Promise<Measured> => {
    const d = new Float64Array(suspected.d.length);
    for (const t of tensors.slice(from, to)) d.set(suspected.d.subarray(t.from, t.from + t.size), t.from);
    return place.measure(d, enough, suspected.measured.step);
  };
  const { wrong, most, cut } = await searchWrong(tensors.length, part, suspected.measured, SLOPES);
  const some = most || cut ? tensors : wrong.map(({ at }) => tensors[at]);
  for (const tensor of some) found.set(tensor, await place.trial([tensor], rng));
  return found;
}

/**
 * The smallest first, as exactly as tells a mistake like the whole's or one of its own size; the
 * largest is what they leave unexplained, if that is clear. A tensor that would have shown is right
 * once all is explained.
 */
async function oneByOne(
  place: Place,
  tensors: readonly TreeTensor[],
  { d, measured }: Trial,
  rng: Rng,
): Promise<Map<TreeTensor, Trial>> {
  const found = new Map<TreeTensor, Trial>();
  let { residual, error } = measured;
  const isTold = ({ measured: { is, error: e } }: Trial): boolean =>
    is === 'wrong' || (is === 'right' && APART * e <= Math.abs(measured.residual) / 2);
  let [isFound, isOpen] = [false, false];
  const bySize = tensors.toSorted((a, b) => a.size - b.size);
  for (const tensor of bySize) {
    const { from, size } = tensor;
    const part = new Float64Array(d.length);
    part.set(d.subarray(from, from + size), from);
    const length = lengthOfProducts(part, place.gradient);
    const isClear = Math.abs(residual) > APART * error;
    const isRight = isFound && !isClear && error <= 0.1 * length;
    if (isRight || (tensor === bySize.at(-1) && isClear && !isOpen)) {
      const derived = sumOfProducts(part, place.gradient);
      const is = isRight ? 'right' : 'wrong';
      found.set(tensor, {
        d: part,
        measured: { ...measured, derived, measured: derived + residual, residual, error, is },
      });
      continue;
    }
    const enough = Math.min((Math.abs(measured.residual) * ENOUGH) / tensors.length, OF_ITS_OWN * length);
    let trial: Trial = { d: part, measured: await place.measure(part, enough, measured.step) };
    residual -= trial.measured.residual;
    error += trial.measured.error;
    for (let n = 0; n < AGAIN && !isTold(trial); n++) trial = await place.trial([tensor], rng);
    isFound ||= trial.measured.is === 'wrong';
    isOpen ||= !isTold(trial);
    found.set(tensor, trial);
  }
  return found;
}

/** The wrong entries of a wrong tensor, all or a sample. */
async function wrongEntries(
  place: Place,
  tensor: TreeTensor,
  alone: Trial,
  rng: Rng,
  sizes: ReadonlyMap<string, number>,
): Promise<Located> {
  const one = async (at: number): Promise<Labelled> => ({ at, measured: await place.measure(place.only(tensor, at)) });
  const part = async (from: number, to: number, weights: Weights, enough: number): Promise<Measured> => {
    const d = new Float64Array(alone.d.length);
    for (let at = from; at < to; at++) d[tensor.from + at] = weights(at) * alone.d[tensor.from + at];
    return place.measure(d, enough, alone.measured.step);
  };
  const weightOf = (at: number): number => alone.d[tensor.from + at] / place.scaleOf(tensor);
  let labelled: Labelled[] = [];
  let named: Located['named'] = 'none';
  let look: GradientLook | null = null;
  if (tensor.size <= ALL_UP_TO) {
    for (let at = 0; at < tensor.size; at++) labelled.push(await one(at));
    labelled = byElimination(labelled);
    named = 'all';
  } else {
    const search = await searchAll(tensor, { part, one, weightOf }, alone.measured);
    labelled = [...search.wrong];
    if (search.most) {
      for (let n = 0; n < SAMPLED; n++) labelled.push(await one(rng.below(tensor.size)));
      named = 'most';
    } else if (labelled.length > 0) named = search.cut || search.parts.length > 0 ? 'some' : 'all';
  }
  const wrong = labelled.filter(({ measured }) => measured.is === 'wrong');
  const isMany = named === 'most' || wrong.length > tensor.size / 2 || wrong.length >= MOST_NAMED || wrong.length === 0;
  const isZero = place.gradient.subarray(tensor.from, tensor.from + tensor.size).every((g) => g === 0);
  if (isMany || isZero || tensor.size === 1)
    look = await lookOf(place, tensor, await trialsOf(place, tensor, rng, [alone]), sizes);
  if (look === null && labelled.length > 0) {
    while (
      named !== 'all' &&
      labelled.filter(({ measured }) => measured.is === 'right').length < 4 &&
      labelled.length < 3 * SAMPLED
    )
      labelled.push(await one(rng.below(tensor.size)));
    look = await conditionOf(place, tensor, unique(labelled), rng);
  }
  const entries = unique(wrong)
    .sort((a, b) => a.at - b.at)
    .slice(0, MOST_NAMED)
    .map((entry) => entryOf(place, tensor, entry));
  if (named === 'all' && wrong.length > MOST_NAMED) named = 'some';
  if (entries.length === 0) named = 'none';
  return { verdict: 'disagree', wrong: entries, named, asked: labelled.length, look, alone };
}

/** Slopes of the entries of a tensor. */
interface Slopes {
  /** Of entries from..to-1, each by its weight times as far as in the tensor's own direction. */
  readonly part: (from: number, to: number, weights: Weights, enough: number) => Promise<Measured>;
  readonly one: (at: number) => Promise<Labelled>;
  /** How far, and which way, an entry is moved in the tensor's own direction. */
  readonly weightOf: (at: number) => number;
}

/**
 * A single wrong entry, or halves; then again for what these entries leave unexplained: small
 * mistakes beside large ones.
 */
async function searchAll({ size }: TreeTensor, { part, one, weightOf }: Slopes, alone: Measured): Promise<Search> {
  let found: Found[] = [];
  const leftBy = (entries: readonly Found[]): Pick<Measured, 'residual' | 'error'> => {
    let { residual, error } = alone;
    for (const { at, measured } of entries) {
      residual -= measured.residual * weightOf(at);
      error += measured.error * Math.abs(weightOf(at));
    }
    return { residual, error };
  };
  const isExplained = ({ residual, error }: Pick<Measured, 'residual' | 'error'>): boolean =>
    Math.abs(residual) <= APART * error;
  const single = await searchSingle(size, part, alone);
  if (single !== null) {
    const entry = await one(single);
    if (entry.measured.is === 'wrong') found = [entry];
  }
  let search: Search = { wrong: found, parts: [], most: false, cut: false };
  let left = leftBy(found);
  while (!isExplained(left)) {
    const known = new Set(found.map(({ at }) => at));
    const measure = async (from: number, to: number, enough: number): Promise<Measured> =>
      // the last of a search is measured as any entry
      enough === 0 ? (await one(from)).measured : part(from, to, (at) => (known.has(at) ? 0 : 1), enough);
    search = await searchWrong(size, measure, { ...alone, ...left }, SLOPES);
    found.push(...search.wrong);
    left = leftBy(found);
    if (search.most || search.cut || search.wrong.length === 0 || found.length >= MOST_NAMED) break;
  }
  return { ...search, wrong: found };
}

/**
 * The tensor is known to be wrong: where one entry is unclear and all others are right, it is that.
 */
function byElimination(labelled: readonly Labelled[]): Labelled[] {
  const open = labelled.filter(({ measured }) => measured.is !== 'right');
  if (open.length !== 1) return [...labelled];
  return labelled.map((entry) =>
    entry === open[0] ? { ...entry, measured: { ...entry.measured, is: 'wrong' } } : entry,
  );
}

function unique(labelled: readonly Labelled[]): Labelled[] {
  return [...new Map(labelled.map((one) => [one.at, one])).values()];
}

/** An entry in its own units: what was measured had the scale of the tensor. */
function entryOf(place: Place, tensor: TreeTensor, { at, measured }: Labelled): WrongEntry {
  const scale = place.scaleOf(tensor);
  const index = place.tree.indexOf(tensor, at);
  return {
    index,
    name: nameOf(tensor.path, index),
    given: place.gradient[tensor.from + at],
    measured: measured.measured / scale,
    error: measured.error / scale,
  };
}

// From "the gradient is wrong" to tensors, entries and what the wrong numbers look like.
import type { Rng } from '../../numeric/rng.ts';
import { conditionOf } from './conditions.ts';
import type { Labelled } from './conditions.ts';
import { lookOf, trialsOf } from './looks-like.ts';
import type { GradientLook } from './looks-like.ts';
import { lengthOfProducts } from './place.ts';
import type { Measured, Place, Trial } from './place.ts';
import { MOST_NAMED } from './result.ts';
import type { TensorCheck, WrongEntry } from './result.ts';
import { APART, searchWrong } from './search.ts';
import type { Found, Search } from './search.ts';
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
const ROUNDS = 3;

/** What became known of one tensor. */
export type Located = Pick<TensorCheck, 'verdict' | 'wrong' | 'named' | 'asked' | 'look'> & {
  /** The slope of the tensor alone, if it was measured. */
  readonly alone: Trial | null;
};

/** Finds the wrong tensors, and in each the wrong entries and a look. */
export async function localize(
  place: Place,
  suspected: Trial,
  rng: Rng,
  sizes: ReadonlyMap<string, number>,
): Promise<Map<TreeTensor, Located>> {
  let alone = await wrongTensors(place, suspected, rng);
  // an unclear slope may be clear in other signs
  for (let n = 1; n < ROUNDS && ![...alone.values()].some((trial) => trial?.measured.is === 'wrong'); n++)
    alone = await wrongTensors(place, suspected, rng);
  const found = new Map<TreeTensor, Located>();
  for (const [tensor, trial] of alone) {
    if (trial === null) {
      found.set(tensor, { ...NOTHING, verdict: 'agree', alone: null });
      continue;
    }
    const { is } = trial.measured;
    if (is === 'wrong') found.set(tensor, await wrongEntries(place, tensor, trial, rng, sizes));
    else found.set(tensor, { ...NOTHING, verdict: is === 'right' ? 'agree' : 'undecided', alone: trial });
  }
  return found;
}

const NOTHING = { wrong: [], named: 'none', asked: 0, look: null } as const;

/** Slopes of tensors alone; null where what others leave unexplained shows that it is right. */
async function wrongTensors(place: Place, suspected: Trial, rng: Rng): Promise<Map<TreeTensor, Trial | null>> {
  const { tensors } = place.tree;
  const found = new Map<TreeTensor, Trial | null>();
  if (tensors.length === 1) return found.set(tensors[0], suspected);
  if (tensors.length <= ONE_BY_ONE) return oneByOne(place, suspected, rng);
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

/** The largest first: once they explain the mistake, a tensor that it would show in is right. */
async function oneByOne(place: Place, { d, measured }: Trial, rng: Rng): Promise<Map<TreeTensor, Trial | null>> {
  const found = new Map<TreeTensor, Trial | null>();
  let { residual, error } = measured;
  let isFound = false;
  for (const tensor of place.tree.tensors.toSorted((a, b) => b.size - a.size)) {
    const { from, size } = tensor;
    const own = d.subarray(from, from + size);
    const isExplained = isFound && Math.abs(residual) <= APART * error;
    if (isExplained && error <= 0.1 * lengthOfProducts(own, place.gradient.subarray(from, from + size))) {
      found.set(tensor, null);
      continue;
    }
    const part = new Float64Array(d.length);
    part.set(own, from);
    let trial: Trial = { d: part, measured: await place.measure(part) };
    residual -= trial.measured.residual;
    error += trial.measured.error;
    if (trial.measured.is === 'unclear') trial = await place.trial([tensor], rng);
    isFound ||= trial.measured.is === 'wrong';
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
  const part = async (from: number, to: number, enough: number, without: readonly number[]): Promise<Measured> => {
    if (to - from === 1) return (await one(from)).measured;
    const d = new Float64Array(alone.d.length);
    const [first, last] = [tensor.from + from, tensor.from + to];
    d.set(alone.d.subarray(first, last), first);
    for (const at of without) d[tensor.from + at] = 0;
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
    const search = await searchAll(tensor, part, alone.measured, weightOf);
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

/** Searches again for what these entries leave unexplained: small mistakes beside large ones. */
async function searchAll(
  { size }: TreeTensor,
  part: (from: number, to: number, enough: number, without: readonly number[]) => Promise<Measured>,
  alone: Measured,
  weightOf: (at: number) => number,
): Promise<Search> {
  const found: Found[] = [];
  let left = alone;
  for (;;) {
    const known = found.map(({ at }) => at);
    const search = await searchWrong(size, (from, to, enough) => part(from, to, enough, known), left, SLOPES);
    found.push(...search.wrong);
    const isDone = search.most || search.cut || search.wrong.length === 0 || found.length >= MOST_NAMED;
    let { residual, error } = alone;
    for (const { at, measured } of found) {
      residual -= measured.residual * weightOf(at);
      error += measured.error * Math.abs(weightOf(at));
    }
    if (isDone || Math.abs(residual) <= APART * error) return { ...search, wrong: found };
    left = { ...alone, residual, error };
  }
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

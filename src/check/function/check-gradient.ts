// checkGradient: is this the gradient of this function? No step and no tolerance to choose.
import { DataError } from '../../errors.ts';
import type { Rng } from '../../numeric/rng.ts';
import { counted } from './line.ts';
import type { Counted } from './line.ts';
import { localize } from './localize.ts';
import type { Located } from './localize.ts';
import type { Trial } from './looks-like.ts';
import { noiseAlong } from './noise.ts';
import { Place, lengthOfProducts, rngFor, sumOfProducts } from './place.ts';
import type { Behaviour, DirectionCheck, FunctionCheck, TensorCheck } from './result.ts';
import { nameOf, readLike, treeOf } from './tree.ts';
import type { Tree, TreeTensor } from './tree.ts';

/** What a function may answer: its value, or both. */
export type FunctionAnswer = number | { readonly value: number; readonly gradient: unknown };

/** Where a gradient is checked, and how. */
export interface GradientProblem<P = unknown> {
  /** The parameters: numbers, arrays of any depth, typed arrays, objects of these. */
  readonly at: P;
  /** The gradient as a function of the parameters, or at this point. Not needed if f answers both. */
  readonly gradient?: ((parameters: P) => unknown) | object | number;
  /** Determines the directions; 1 if not given. */
  readonly seed?: number;
  /** Numbers that a wrong factor may be equal to, by name, such as { 'batch size': 32 }. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** Directions over all entries at once. */
const DIRECTIONS = 3;
/** After the first and the second direction, a larger relative error calls for tensors one by one. */
const ROUGH = [1e-2, 1e-4];
/** The shortest move of an entry in a direction, in sizes of its tensor. */
const SHORTEST = 0.5;
/** Up to so many evaluations for a right function. */
const BUDGET = 120;
/** A slope takes about so many. */
const SLOPE_COSTS = 22;
/** A tensor whose typical entry could be off by this much unseen is measured alone. */
const SEEN_WELL = 1e-2;
/** How far the point is moved if it is at a kink, in sizes of the parameters. */
/** How far a point is moved to look at another one as well, and what that may cost. */
const NEARBY = 2 ** -4;
const ELSEWHERE_COSTS = 30;
const NUDGES = [2 ** -7, 2 ** -5, 2 ** -3];

/**
 * Checks a gradient against slopes of its function: central differences extrapolated to step 0
 * (Ridders 1982), with an error made of what they leave out and of the function's own noise, which
 * is measured (Moré & Wild 2011). Directions of random signs over all entries show a mistake
 * anywhere; halves of them say where it is. A right function of any size takes about 100
 * evaluations.
 * @throws DataError if there are no numbers, the value is no finite number, or the gradient has
 *   another form than the parameters
 */
export async function checkGradient<P>(
  f: (parameters: P) => FunctionAnswer | Promise<FunctionAnswer>,
  { at, gradient, seed = 1, sizes = {} }: GradientProblem<P>,
): Promise<FunctionCheck> {
  const tree = treeOf(at, 'at');
  const ask = f as (parameters: unknown) => unknown;
  const value = counted(async (p) => valueOf(await ask(p)), tree);
  const asked = { count: 0 };
  const gradientAt =
    gradient !== undefined && typeof gradient !== 'function'
      ? null
      : async (x: Float64Array): Promise<Float64Array> => {
          asked.count++;
          const p = tree.build(x);
          const answer: unknown = await (gradient === undefined ? ask(p) : (gradient as (p: unknown) => unknown)(p));
          return readLike(tree, gradient === undefined ? gradientOf(answer) : answer, 'gradient');
        };
  const given = gradientAt === null ? readLike(tree, gradient, 'gradient') : await gradientAt(tree.values);
  const subject: Subject = { tree, f: value, gradientAt, given, isGradientGiven: gradientAt === null, sizes: sizesOf(tree, sizes) };
  const found = await judge(subject, ask, seed);
  return { ...found, evaluations: { value: value.evaluations, gradient: asked.count }, seed };
}

interface Subject {
  readonly tree: Tree;
  readonly f: Counted;
  readonly gradientAt: ((x: Float64Array) => Promise<Float64Array>) | null;
  readonly given: Float64Array;
  readonly isGradientGiven: boolean;
  readonly sizes: ReadonlyMap<string, number>;
}

async function judge(subject: Subject, ask: (p: unknown) => unknown, seed: number): Promise<Omit<FunctionCheck, 'evaluations' | 'seed'>> {
  const { tree, f, gradientAt, given } = subject;
  const rng = rngFor(seed, 'directions');
  const changesParameters = await changesWhatItIsGiven(tree, ask);
  f.evaluations++;
  const first = requireFinite(await f.valueAt(tree.values));
  const again = await f.valueAt(tree.values);
  const gradientChanges = gradientAt === null ? null : changeOf(given, await gradientAt(tree.values));
  const behaviour: Behaviour = { changesParameters, gradientChanges };
  const directions: DirectionCheck[] = [];
  const nothing = { value: first, behaviour, directions, place: 'given', precision: 'f64' } as const;
  if (first !== again) {
    const noise = Math.abs(first - again);
    return { ...nothing, verdict: 'inconclusive', reason: 'chance', noise, tensors: tree.tensors.map((t) => untold(t)) };
  }
  let place = await Place.at(tree, f, tree.values, first, given, rng);
  const notFinite = given.some((g) => !Number.isFinite(g));
  if (notFinite) {
    const tensors = tree.tensors.map((t) => withoutNumbers(place, t));
    return { ...nothing, verdict: 'disagree', reason: null, ...ofNoise(place), tensors };
  }

  const measure: Measure = async (at, tensors, name) => {
    const d = at.signs(tensors, rng);
    const measured = await at.measure(d);
    const { derived, measured: slope, error, order } = measured;
    directions.push({ tensor: name, derived, measured: slope, error, order });
    return { d, measured };
  };
  const one = await measure(place, tree.tensors, null);
  const moved = one.measured.isKink ? await elsewhere(subject, place, NUDGES, rng, measure) : null;
  if (moved !== null) {
    place = moved.place;
    directions.splice(0, directions.length - 1);
  }
  const found = await look(subject, place, moved?.trial ?? one, rng, measure);
  const isGiven = moved === null;
  if (found.wrong === null && isGiven && f.evaluations + ELSEWHERE_COSTS <= BUDGET) {
    // what a special point hides (zeros, equal weights) shows nearby
    const other = await elsewhere(subject, place, [NEARBY], rng, measure);
    const wrong = other?.trial.measured.is === 'wrong' ? await confirm(subject, other.place, other.trial, rng) : null;
    if (other !== null && wrong !== null) {
      const located = await localize(other.place, wrong, rng, subject.sizes);
      return { ...nothing, ...ofNoise(place), ...overall(other.place, located, [other.trial]), place: 'nearby' };
    }
  }
  const base = { ...nothing, ...ofNoise(place), place: isGiven ? ('given' as const) : ('nearby' as const) };
  if (found.wrong !== null) {
    const located = await localize(place, found.wrong, rng, subject.sizes);
    return { ...base, ...overall(place, located, found.trials) };
  }
  return { ...base, ...overall(place, null, found.trials) };
}

type Measure = (place: Place, tensors: readonly TreeTensor[], name: string | null) => Promise<Trial>;

/** Directions over all entries, then tensors that these show poorly, until something is wrong. */
async function look(
  subject: Subject,
  place: Place,
  first: Trial,
  rng: Rng,
  measure: Measure,
): Promise<{ trials: Trial[]; wrong: Trial | null }> {
  const trials: Trial[] = [];
  const { tensors } = place.tree;
  const wrongIn = async (trial: Trial): Promise<Trial | null> => {
    if (trial.measured.is === 'wrong') return confirm(subject, place, trial, rng);
    trials.push(trial);
    return null;
  };
  for (let n = 0, trial = first; n < DIRECTIONS; n++) {
    const wrong = await wrongIn(trial);
    if (wrong !== null) return { trials, wrong };
    const share = trial.measured.error / trial.measured.size;
    if (tensors.length > 1 && share > ROUGH[n]) break; // tensors alone are seen better
    if (n < DIRECTIONS - 1) trial = await measure(place, tensors, null);
  }
  for (const t of poorlySeen(place, trials)) {
    if (subject.f.evaluations + SLOPE_COSTS > BUDGET) break;
    const wrong = await wrongIn(await measure(place, [t], t.path));
    if (wrong !== null) return { trials, wrong };
  }
  return { trials, wrong: null };
}

function overall(
  place: Place,
  located: ReadonlyMap<TreeTensor, Located> | null,
  trials: readonly Trial[],
): Pick<FunctionCheck, 'verdict' | 'reason' | 'tensors'> {
  const tensors = place.tree.tensors.map((t) => tensorCheck(place, t, located?.get(t), trials));
  if (tensors.some(({ verdict }) => verdict === 'disagree')) return { verdict: 'disagree', reason: null, tensors };
  if (located === null && tensors.every(({ verdict }) => verdict === 'agree')) return { verdict: 'agree', reason: null, tensors };
  const isKink = trials.some(({ measured }) => measured.isKink);
  return { verdict: 'inconclusive', reason: isKink ? 'kink' : 'noise', tensors };
}

function ofNoise({ noise }: Place): Pick<FunctionCheck, 'noise' | 'precision'> {
  return { noise: noise.sigma, precision: noise.single ? 'f32' : 'f64' };
}

/**
 * A point nearby that is not at a kink, as far as one direction shows. null if the gradient can be
 * had at the given point alone, or f is not defined nearby.
 */
async function elsewhere(
  { tree, f, gradientAt }: Subject,
  place: Place,
  distances: readonly number[],
  rng: Rng,
  measure: Measure,
): Promise<{ place: Place; trial: Trial } | null> {
  if (gradientAt === null) return null;
  for (const distance of distances) {
    const x = tree.values.slice();
    tree.tensors.forEach(({ from, size }, t) => {
      for (let i = from; i < from + size; i++) x[i] += distance * place.scales[t] * rng.normal();
    });
    const rounded = readLike(tree, tree.build(x), 'at'); // as Float32Arrays hold it
    const value = await f.valueAt(rounded).catch(() => NaN);
    const gradient = Number.isFinite(value) ? await gradientAt(rounded).catch(() => null) : null;
    if (gradient === null || !gradient.every(Number.isFinite)) continue;
    const there = place.elsewhere(rounded, value, gradient);
    const trial = await measure(there, tree.tensors, null);
    if (!trial.measured.isKink) return { place: there, trial };
  }
  return null;
}

/** Tensors of which a wrong entry could be hidden, the worst first. */
function poorlySeen(place: Place, trials: readonly Trial[]): TreeTensor[] {
  return place.tree.tensors
    .map((t) => ({ t, from: seenFrom(place, t, trials) ?? Infinity }))
    .filter(({ from }) => from > SEEN_WELL)
    .sort((a, b) => b.from - a.from)
    .map(({ t }) => t);
}

/** Fresh directions, one of which must show the mistake again. */
const AGAIN = 3;

/**
 * Whether the mistake is there if the gradient's own noise is allowed for, and in a direction of
 * other signs: a luckless estimate does not come twice.
 */
async function confirm(subject: Subject, place: Place, { d }: Trial, rng: Rng): Promise<Trial | null> {
  await measureGradientNoise(subject, place, d);
  const moved = place.tree.tensors.filter(({ from }) => d[from] !== 0);
  for (let n = 0; n < AGAIN; n++) {
    const fresh = place.signs(moved, rng);
    const measured = await place.measure(fresh);
    if (measured.is === 'wrong') return { d: fresh, measured };
    if (measured.is === 'right') return null;
  }
  return null;
}

/** How exactly the gradient itself is computed, from its own changes along the direction. */
async function measureGradientNoise({ gradientAt }: Subject, place: Place, d: Float64Array): Promise<void> {
  if (gradientAt === null) return;
  const length = lengthOfProducts(d, place.gradient);
  if (length === 0) return;
  const moved = new Float64Array(place.x.length);
  const along = async (t: number): Promise<number> => {
    for (let i = 0; i < moved.length; i++) moved[i] = place.x[i] + t * d[i];
    return gradientAt(moved).then(
      (g) => sumOfProducts(d, g),
      () => NaN,
    );
  };
  const { sigma } = await noiseAlong({ phi: along, value: sumOfProducts(d, place.gradient) });
  place.gradientNoise = (5 * sigma) / length;
}

async function changesWhatItIsGiven(tree: Tree, ask: (p: unknown) => unknown): Promise<boolean> {
  const mine = tree.build(tree.values);
  await ask(mine);
  const before = readLike(tree, tree.build(tree.values), 'at'); // as Float32Arrays hold it
  const after = readLike(tree, mine, 'at');
  return after.some((x, i) => !Object.is(x, before[i]));
}

function changeOf(first: Float64Array, second: Float64Array): Behaviour['gradientChanges'] {
  if (first.every((g, i) => Object.is(g, second[i]) || g === second[i])) return null;
  return first.every((g, i) => second[i] === 2 * g) ? 'accumulates' : 'differs';
}

/** The smallest mistake of one entry that would have been seen, as a share of the typical entry. */
function seenFrom(place: Place, tensor: TreeTensor, trials: readonly Trial[]): number | null {
  const typical = typicalOf(place, tensor);
  let error = Infinity;
  for (const { d, measured } of trials)
    if (measured.is === 'right' && !measured.isKink && d[tensor.from] !== 0)
      error = Math.min(error, (3 * measured.error) / (SHORTEST * place.scaleOf(tensor)));
  return typical === 0 || error === Infinity ? null : error / typical;
}

/** The median of the entries that are not 0, by size. */
function typicalOf({ gradient }: Place, { from, size }: TreeTensor): number {
  const sizes = gradient.slice(from, from + size).map(Math.abs).filter((g) => g > 0).sort();
  return sizes.length === 0 ? 0 : sizes[Math.floor(sizes.length / 2)];
}

function tensorCheck(place: Place, tensor: TreeTensor, located: Located | undefined, trials: readonly Trial[]): TensorCheck {
  const { path, shape, size: entries } = tensor;
  const all = located?.alone ? [...trials, located.alone] : trials;
  const common = { path, shape, entries, seenFrom: seenFrom(place, tensor, all) };
  if (located !== undefined) {
    const { verdict, wrong, named, asked, look } = located;
    return { ...common, verdict, wrong, named, asked, look };
  }
  const isSeen = all.some(({ d, measured }) => d[tensor.from] !== 0 && measured.is === 'right' && isWhole(place, tensor, d, measured.error));
  return { ...common, verdict: isSeen ? 'agree' : 'undecided', wrong: [], named: 'none', asked: 0, look: null };
}

/** Whether a tensor that is wrong altogether would have shown beside the others. */
function isWhole(place: Place, { from, size }: TreeTensor, d: Float64Array, error: number): boolean {
  const own = d.subarray(from, from + size);
  const length = lengthOfProducts(own, place.gradient.subarray(from, from + size));
  return length === 0 || error <= 0.1 * length;
}

function untold({ path, shape, size: entries }: TreeTensor): TensorCheck {
  return { path, shape, entries, verdict: 'undecided', seenFrom: null, wrong: [], named: 'none', asked: 0, look: null };
}

/** A tensor with NaN or infinity is wrong there; of others nothing was measured. */
function withoutNumbers(place: Place, tensor: TreeTensor): TensorCheck {
  const { from, size, path } = tensor;
  const bad: number[] = [];
  for (let i = 0; i < size; i++) if (!Number.isFinite(place.gradient[from + i])) bad.push(i);
  if (bad.length === 0) return untold(tensor);
  const wrong = bad.slice(0, 20).map((at) => {
    const index = place.tree.indexOf(tensor, at);
    return { index, name: nameOf(path, index), given: place.gradient[from + at], measured: NaN, error: 0 };
  });
  const named = wrong.length === bad.length ? 'all' : 'some';
  return { ...untold(tensor), verdict: 'disagree', wrong, named, look: { kind: 'not-finite' } };
}

/** Sizes that a factor may come from: those of the tensors, and what the caller names. */
function sizesOf({ tensors, values }: Tree, named: Readonly<Record<string, number>>): Map<string, number> {
  const sizes = new Map<string, number>(Object.entries(named));
  for (const { path, shape, size } of tensors) {
    shape?.forEach((length, axis) => sizes.set(`length ${axis + 1} of ${path}`, length));
    sizes.set(`number of entries of ${path}`, size);
  }
  sizes.set('number of parameters', values.length);
  return sizes;
}

function valueOf(answer: unknown): number {
  const value: unknown = typeof answer === 'object' && answer !== null ? (answer as { value?: unknown }).value : answer;
  if (typeof value !== 'number') throw new DataError(`the function returned ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}, expected a number`, 'return the value, or { value, gradient }');
  return value;
}

function gradientOf(answer: unknown): unknown {
  const gradient = typeof answer === 'object' && answer !== null ? (answer as { gradient?: unknown }).gradient : undefined;
  if (gradient === undefined) throw new DataError('there is no gradient to check', 'pass { gradient }, or return { value, gradient }');
  return gradient;
}

function requireFinite(value: number): number {
  if (!Number.isFinite(value)) throw new DataError(`the value of the function is ${value} at the given point`, 'check it where its value is finite');
  return value;
}

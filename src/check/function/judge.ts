// The verdict on a gradient: measures where mistakes show, until one does or enough was seen.
import { DataError } from '../../errors.ts';
import type { Rng } from '../../numeric/rng.ts';
import { jumpAlong } from './jumps.ts';
import { lineThrough } from './line.ts';
import type { Counted } from './line.ts';
import type { Located } from './localize.ts';
import { noiseAlong } from './noise.ts';
import { Place, lengthOfProducts, rngFor, sumOfProducts } from './place.ts';
import type { Trial } from './place.ts';
import type { DirectionCheck, FunctionCheck } from './result.ts';
import { isSeen, poorlySeen, tensorCheck, untold, withoutNumbers } from './tensors.ts';
import { readLike } from './tree.ts';
import type { Tree, TreeTensor } from './tree.ts';

/** Directions over all entries at once. */
const DIRECTIONS = 3;
/**
 * After the first and the second direction, a larger relative error calls for tensors one by one.
 */
const ROUGH = [1e-2, 1e-4];
/** So often is a tensor alone looked at that could be wrong altogether. */
const TRIES = 2;
/** Up to so many evaluations for a right function. */
export const BUDGET = 119; // and one that asks whether f changes its parameters
/** A slope that is told to end takes at most so many. */
const SLOPE_COSTS = 28;
/** What a slope may still ask for once it is to end. */
export const LAST_TABLEAU = 16;
/** How far the point is moved if it is at a kink, in sizes of the parameters. */
const NUDGES = [2 ** -7, 2 ** -5, 2 ** -3];
/** How far it is moved to look at another point as well, and what that costs beside a slope. */
const NEARBY = 2 ** -4;
const ELSEWHERE_MORE = 8;

/** What is judged: a function, and its gradient at a point. */
export interface Subject {
  readonly tree: Tree;
  readonly f: Counted;
  /** null where the gradient can be had at the given point alone. */
  readonly gradientAt: ((x: Float64Array) => Promise<Float64Array>) | null;
  /** The gradient at the tree's own numbers. */
  readonly given: Float64Array;
  /** Roundings of the gradient to allow for, where they are more than a processor's. */
  readonly roundings?: number | undefined;
  /** What a wrong factor may be equal to, by name. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** What the numbers alone say. */
export type Judged = Omit<FunctionCheck, 'evaluations' | 'seed' | 'behaviour'>;

/**
 * Judges a gradient at a point: directions over all entries, tensors alone, a point nearby, and
 * where something is wrong, which tensors and entries.
 * @param budget evaluations of a right function
 */
export async function judge(subject: Subject, seed: number, budget = BUDGET): Promise<Judged> {
  const { tree, f, given } = subject;
  const rng = rngFor(seed, 'directions');
  const first = requireFinite(await f.valueAt(tree.values));
  const again = await f.valueAt(tree.values);
  const directions: DirectionCheck[] = [];
  const nothing = { value: first, directions, place: 'given', precision: 'f64' } as const;
  if (first !== again) {
    const noise = Math.abs(first - again);
    return {
      ...nothing,
      verdict: 'inconclusive',
      reason: 'chance',
      noise,
      tensors: tree.tensors.map((t) => untold(t)),
    };
  }
  let place = await Place.at(tree, f, tree.values, first, given, rng);
  place.roundings = subject.roundings ?? place.roundings;
  const notFinite = given.some((g) => !Number.isFinite(g));
  if (notFinite) {
    const tensors = tree.tensors.map((t) => withoutNumbers(place, t));
    return { ...nothing, verdict: 'disagree', reason: null, ...ofNoise(place), tensors };
  }

  const measure: Measure = async (at, tensors, name) => {
    const trial = await at.trial(tensors, rng, budget - f.evaluations - LAST_TABLEAU);
    const { derived, measured: slope, error, order } = trial.measured;
    directions.push({ tensor: name, derived, measured: slope, error, order });
    return trial;
  };
  const one = await measure(place, tree.tensors, null);
  const moved = one.measured.isKink ? await elsewhere(subject, place, NUDGES, rng, measure) : null;
  if (moved !== null) {
    place = moved.place;
    directions.splice(0, directions.length - 1);
  }
  const left = (): number => Math.floor((budget - f.evaluations) / SLOPE_COSTS); // slopes
  const found = await look(subject, place, moved?.trial ?? one, rng, measure, left);
  const isGiven = moved === null;
  if (found.wrong === null && isGiven && f.evaluations + SLOPE_COSTS + ELSEWHERE_MORE <= budget) {
    // what a special point hides (zeros, equal weights) shows nearby
    const other = await elsewhere(subject, place, [NEARBY], rng, measure);
    const wrong = other?.trial.measured.is === 'wrong' ? await confirm(subject, other.place, other.trial, rng) : null;
    const located = other === null || wrong === null ? null : await whereWrong(other.place, wrong, rng, subject.sizes);
    if (other !== null && located !== null) {
      return { ...nothing, ...ofNoise(place), ...overall(other.place, located, [other.trial]), place: 'nearby' };
    }
  }
  const located = found.wrong === null ? null : await whereWrong(place, found.wrong, rng, subject.sizes);
  const where = isGiven ? 'given' : 'nearby';
  return { ...nothing, ...ofNoise(place), place: where, ...overall(place, located, found.trials) };
}

type Wrong = ReadonlyMap<TreeTensor, Located>;

/**
 * Which tensors and entries are wrong; null where jumps nearby explain it. An iterative solver that
 * stops early is off in most entries alike.
 */
async function whereWrong(place: Place, wrong: Trial, rng: Rng, sizes: Subject['sizes']): Promise<Wrong | null> {
  const { localize } = await import('./localize.ts'); // loaded where something is wrong
  const located = await localize(place, wrong, rng, sizes);
  const isOfSome = ([{ size }, { verdict, named, wrong: entries }]: [TreeTensor, Located]): boolean =>
    verdict === 'disagree' && named !== 'most' && entries.length <= size / 2;
  if ([...located].some(isOfSome)) return located;
  const { noise } = place;
  const still = await besideJumps(place, wrong);
  if (still === null) return null;
  return place.noise === noise ? located : localize(place, still, rng, sizes);
}

type Measure = (place: Place, tensors: readonly TreeTensor[], name: string | null) => Promise<Trial>;

/** Directions over all entries, then tensors that these show poorly, until something is wrong. */
async function look(
  subject: Subject,
  place: Place,
  first: Trial,
  rng: Rng,
  measure: Measure,
  left: () => number,
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
    if (n === DIRECTIONS - 1 || left() < 1) break;
    trial = await measure(place, tensors, null);
  }
  const asked: TreeTensor[] = [];
  while (left() >= 1) {
    const poor = poorlySeen(place, trials).filter((t) => {
      const tries = asked.filter((other) => other === t).length;
      return tries < (isSeen(place, t, trials) ? 1 : TRIES);
    });
    if (poor.length === 0) break;
    const open = poor.filter((t) => !isSeen(place, t, trials)).sort((a, b) => a.size - b.size);
    // the small ones together where there are too many
    const next = open.length > left() ? open.slice(0, open.length - left() + 1) : [poor[0]];
    asked.push(...next);
    const wrong = await wrongIn(await measure(place, next, next.map(({ path }) => path).join(', ')));
    if (wrong !== null) return { trials, wrong };
  }
  return { trials, wrong: null };
}

function overall(
  place: Place,
  located: Wrong | null,
  trials: readonly Trial[],
): Pick<FunctionCheck, 'verdict' | 'reason' | 'tensors'> {
  const tensors = place.tree.tensors.map((t) => tensorCheck(place, t, located?.get(t), trials));
  if (tensors.some(({ verdict }) => verdict === 'disagree')) return { verdict: 'disagree', reason: null, tensors };
  if (located === null && tensors.every(({ verdict }) => verdict === 'agree'))
    return { verdict: 'agree', reason: null, tensors };
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

/** Fresh directions, one of which must show the mistake again; more only within the budget. */
const [AGAIN, MOST_AGAIN] = [2, 3];
/**
 * An error that is smaller than the mistake by this shows it in other signs as well, or that it is
 * none.
 */
const WOULD_SHOW = 8;
/** A jump that is larger, as a share of the value and its slope, is the function's own. */
const SMALL_JUMP = 1e-2;

/**
 * Whether the mistake is there if the gradient's own noise is allowed for, and in a direction of
 * other signs: a luckless estimate does not come twice.
 */
export async function confirm(
  subject: Pick<Subject, 'gradientAt'>,
  place: Place,
  { d, measured }: Trial,
  rng: Rng,
): Promise<Trial | null> {
  await measureGradientNoise(subject, place, d);
  const moved = place.tree.tensors.filter(({ from }) => d[from] !== 0);
  for (let n = 0; n < MOST_AGAIN; n++) {
    if (n >= AGAIN && place.f.evaluations + LAST_TABLEAU > BUDGET) break;
    const fresh = await place.trial(moved, rng);
    if (fresh.measured.is === 'wrong') return fresh;
    if (fresh.measured.is === 'right' && WOULD_SHOW * fresh.measured.error <= Math.abs(measured.residual)) return null;
  }
  return null;
}

/**
 * The mistake again, where jumps nearby count as noise. null where that explains it: the slope is
 * right over longer steps, or cannot be told beside jumps that are small.
 */
async function besideJumps(place: Place, trial: Trial): Promise<Trial | null> {
  const line = lineThrough(place.f, place.x, place.value, trial.d);
  const jump = await jumpAlong(line, place.noise.sigma);
  if (jump <= place.noise.sigma) return trial;
  const { noise } = place;
  place.noise = { ...noise, sigma: jump };
  const measured = await place.measure(trial.d);
  if (measured.is === 'right') return null;
  if (measured.is === 'wrong') return { ...trial, measured };
  if (jump <= SMALL_JUMP * (Math.abs(place.value) + trial.measured.size)) return null;
  place.noise = noise;
  return trial;
}

/** How exactly the gradient itself is computed, from its own changes along the direction. */
async function measureGradientNoise(
  { gradientAt }: Pick<Subject, 'gradientAt'>,
  place: Place,
  d: Float64Array,
): Promise<void> {
  if (gradientAt === null) return;
  const length = lengthOfProducts(d, place.gradient);
  if (length === 0) return;
  const slopeAt = { valueAt: async (x: Float64Array) => sumOfProducts(d, await gradientAt(x)) };
  const { sigma } = await noiseAlong(lineThrough(slopeAt, place.x, sumOfProducts(d, place.gradient), d));
  place.gradientNoise = (5 * sigma) / length;
}

function requireFinite(value: number): number {
  if (!Number.isFinite(value))
    throw new DataError(
      `the value of the function is ${value} at the given point`,
      'check it where its value is finite',
    );
  return value;
}

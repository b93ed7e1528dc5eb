// Checks whether a wrong gradient is the slope of the loss that came with it: then the calculus is
// right, and the loss is another one. A slope counts only if its error is small against the
// difference it must show.
import type { Engine } from '../../engines/engine.ts';
import { allFinite, copyParameters, indexOf, namedTensors, zeroParameters } from '../../network/parameters.ts';
import type { NamedTensor, Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { dot } from '../../numeric/norms.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Rng } from '../../numeric/rng.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { measureSlope } from './finite-differences.ts';
import type { MeasuredSlope } from './finite-differences.ts';
import { NUDGE, along, firstExamples, isLearnt, nudged } from './nearby.ts';
import type { Moves } from './nearby.ts';
import { noiseOf } from './noise.ts';
import type { Question } from '../questions/protocol.ts';
import { onePiece } from './pieces.ts';
import type { Reaches } from './pieces.ts';
import type { SlopeMeasure } from '../verdict.ts';
import { breather } from '../watch.ts';
import type { Watch } from '../watch.ts';

/** What slopes of an engine's own loss say about its gradient. */
export type OwnLoss = {
  /** How many entries were measured, and for how many the slope was clear enough to decide. */
  readonly entries: number;
  readonly decided: number;
} & (
  | /** Every decided entry is the slope of its own loss, and each wrong tensor has at least one. */
    { readonly kind: 'slope' }
    /** At least one entry is not, measured twice. `derived` is what the engine returned. */
  | { readonly kind: 'not-slope'; readonly first: SlopeMeasure }
  /** Too few entries were clear. */
  | { readonly kind: 'undecided' }
);

const EXAMPLES = 8;
/** Entries measured of a wrong tensor: those furthest from the right gradient; and some others. */
const FURTHEST = 4;
const OTHERS = 2;
/**
 * Time limit in milliseconds: a candidate may be slow, and this check asks it hundreds of times.
 */
const AT_MOST = 10_000;
const TOO_LATE = new Error('the check of the own loss takes too long, or is interrupted');
/** A slope shows an error only if its own error is at most this share of it. */
const CLEAR = 1e-2;
/**
 * A slope confirms a gradient only if its error is at most this share of the distance to the right
 * gradient.
 */
const TELLS = 1 / 4;
/** Where a slope is as it was found, it need not be measured better than to this share. */
const SURE = 1e-2;
/**
 * A floor under the noise, in units in the last place of the loss: points along a line may not show
 * these roundings.
 */
const ROUNDINGS = 4;

/** Standard deviations that the rounding of one loss may be off. */
const DEVIATIONS = 4;

/**
 * null if it takes too long, or if the numbers are not finite. The engine may end with other
 * parameters loaded.
 */
export async function checkOwnLoss(
  engine: Engine,
  network: NetworkSpec,
  { parameters, batch }: Question,
  watch: Watch,
): Promise<OwnLoss | null> {
  const few = firstExamples(batch, EXAMPLES);
  const rng = createRng(1, 'own loss');
  const moves = isLearnt(network);
  const began = watch.now();
  const isLate = (): boolean => watch.signal.aborted || watch.now() - began > AT_MOST;
  const breathe = breather(watch);
  const lossOf = async (p: Parameters): Promise<number> => {
    await breathe();
    if (isLate()) throw TOO_LATE;
    if (engine.lossAt !== undefined) return engine.lossAt(p, few, 0);
    await engine.load(p);
    return (await engine.lossAndGradients(few)).loss;
  };
  const nearbyPlace = async (): Promise<Place | null> => {
    const nearby = copyParameters(nudged(parameters, moves, rng), engine.dtype);
    await engine.load(nearby);
    const { loss, gradients: found } = await engine.lossAndGradients(few);
    const direction = nudged(zeroParameters(network, 'f64'), moves, rng);
    const spread = await noiseOf((t) => lossOf(along(nearby, direction, t)));
    if (!Number.isFinite(loss) || !allFinite(found) || spread === null) return null;
    // -log p near p = 1 is off by one rounding of p, however small -log p is
    const noise = Math.max(DEVIATIONS * spread, ROUNDINGS * UNIT_ROUNDOFF[engine.dtype] * Math.max(1, Math.abs(loss)));
    const exact = boundedGradients(network, nearby, few);
    const reaches = onePiece(network, nearby, few);
    const progress = (done: number, total: number): void => watch.progress('own-loss', done, total);
    return { nearby, found, exact, direction, noise, lossOf, reaches, progress };
  };
  try {
    const here = await nearbyPlace();
    return here === null ? null : await judge(here, moves, rng, nearbyPlace);
  } catch (error) {
    if (error === TOO_LATE || watch.signal.aborted) return null;
    throw error;
  }
}

/** Parameters nearby, the engine's gradients there, and the right ones. */
interface Place {
  readonly nearby: Parameters;
  readonly found: Parameters;
  readonly exact: BoundedGradients;
  /** Of random numbers, as large as NUDGE. */
  readonly direction: Parameters;
  readonly noise: number;
  readonly lossOf: (p: Parameters) => Promise<number>;
  readonly reaches: Reaches;
  readonly progress: (done: number, total: number) => void;
}

async function judge(
  here: Place,
  moves: Moves,
  rng: Rng,
  somewhereElse: () => Promise<Place | null>,
): Promise<OwnLoss> {
  const all = tensorsOf(here);
  const tensors = all.filter(({ tensor }) => moves(tensor));
  let [entries, decided, unproved, repeated] = [0, 0, 0, 0];
  let there: Place | null | undefined;
  for (const [n, { t, tensor, apart, isWrong }] of tensors.entries()) {
    here.progress(n, tensors.length);
    let proved = 0;
    for (const at of entriesOf(apart, isWrong ? FURTHEST : 1, rng)) {
      if (proved > 0 && apart[at] > 0) continue; // it speaks for its tensor; at last a direction does for all
      entries++;
      const measured = await slopeAt(here, t, at, apart[at]);
      const is = compared(measured, tensor.values[at], apart[at]);
      if (is === 'same') proved++;
      if (is === 'same' || is === 'both') decided++;
      if (is !== 'other') continue;
      there = there === undefined ? await somewhereElse() : there;
      if (there === null || repeated++ === MOST_REPEATED) return { kind: 'undecided', entries, decided };
      const again = await slopeAt(there, t, at, 0);
      if (compared(again, namedTensors(there.found)[t].values[at], Infinity) === 'other')
        return { kind: 'not-slope', entries, decided: decided + 1, first: slopeMeasure(tensor, at, measured, entries) };
    }
    if (isWrong && proved === 0) unproved++;
  }
  const isProved = repeated === 0 && unproved === 0 && all.some(({ isWrong }) => isWrong);
  const isSlope = isProved && !(await contradicts(here));
  return { kind: isSlope ? 'slope' : 'undecided', entries, decided };
}

/**
 * Whether the slope in one direction over all entries is not what was found: then some entry is
 * not.
 */
async function contradicts({ nearby, found, direction, noise, lossOf, reaches }: Place): Promise<boolean> {
  const ways = namedTensors(direction);
  const derived = namedTensors(found).map(({ values }, t) => dot(values, ways[t].values));
  const own = derived.reduce((sum, part) => sum + part, 0) / NUDGE;
  const there = (t: number): Parameters => along(nearby, direction, t / NUDGE);
  const { slope, error } = await measureSlope(
    (t) => lossOf(there(t)),
    0,
    noise,
    (t) => reaches(there(t)),
    (best) => best.error <= SURE * CLEAR * Math.abs(own),
  );
  return error <= CLEAR * Math.max(Math.abs(slope), Math.abs(own)) && Math.abs(slope - own) > error;
}

/** A tensor of gradients as they were found, and how far they are from the right ones. */
interface Compared {
  readonly t: number;
  readonly tensor: NamedTensor;
  readonly apart: FloatArray;
  readonly isWrong: boolean;
}

/** Those that are wrong first: one that is not the slope decides. */
function tensorsOf({ found, exact }: Place): Compared[] {
  const [right, errors] = [exact.gradients, exact.errors].map(namedTensors);
  const all = namedTensors(found).map((tensor, t) => {
    const apart = tensor.values.map((x, i) => Math.abs(x - right[t].values[i]));
    return { t, tensor, apart, isWrong: apart.some((distance, i) => distance > errors[t].values[i]) };
  });
  return all.toSorted((a, b) => Number(b.isWrong) - Number(a.isWrong));
}

/** How many contradictions are measured again. */
const MOST_REPEATED = 3;

/** Those furthest from the right gradient, and some others. */
function entriesOf(apart: FloatArray, count: number, rng: Rng): number[] {
  const furthest = Array.from(apart.keys())
    .sort((a, b) => apart[b] - apart[a])
    .slice(0, count);
  return [...new Set([...furthest, ...Array.from({ length: OTHERS }, () => rng.below(apart.length))])];
}

async function slopeAt(
  { nearby, found, noise, lossOf, reaches }: Place,
  t: number,
  at: number,
  apart: number,
): Promise<MeasuredSlope> {
  const own = namedTensors(found)[t].values[at];
  const isSure = ({ slope, error }: Omit<MeasuredSlope, 'sweep'>): boolean =>
    Math.abs(slope - own) <= error &&
    (error <= SURE * Math.max(apart, CLEAR * Math.abs(own)) || (slope === 0 && own === 0));
  const moved = copyParameters(nearby, 'f64');
  const { layer, values } = namedTensors(moved)[t];
  const movedTo = (x: number): Parameters => {
    values[at] = x;
    return moved;
  };
  return measureSlope(
    (x) => lossOf(movedTo(x)),
    values[at],
    noise,
    (x) => reaches(movedTo(x), layer - 1),
    isSure,
  );
}

/**
 * same: the slope is what was found, not the right gradient. other: the slope is clearly not what
 * was found. both: the slope is clear, and what was found is right. unsure: the error is too large
 * for any of these.
 * @param apart distance of what was found from the right gradient
 */
function compared({ slope, error }: MeasuredSlope, found: number, apart: number): 'same' | 'other' | 'both' | 'unsure' {
  const clear = error <= CLEAR * Math.max(Math.abs(slope), Math.abs(found));
  if (!(Math.abs(slope - found) <= error)) return clear ? 'other' : 'unsure';
  if (error <= TELLS * apart) return 'same';
  return clear ? 'both' : 'unsure';
}

function slopeMeasure(
  { name: parameter, shape, values }: NamedTensor,
  at: number,
  { slope: measured, error, sweep }: MeasuredSlope,
  entries: number,
): SlopeMeasure {
  const derived = values[at];
  const relativeDifference = Math.abs(derived - measured) / Math.max(Math.abs(derived), Math.abs(measured));
  return { parameter, entries, index: indexOf(shape, at), derived, measured, error, relativeDifference, sweep };
}

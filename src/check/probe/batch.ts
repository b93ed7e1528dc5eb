// How the examples of a batch add up: an engine is asked for examples one by one and together, and
// its own gradients of the batch are compared with sums of its own gradients of the examples.
import type { LossAndGradients } from '../../engines/engine.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { dot } from '../../numeric/norms.ts';
import { lossOf } from '../../ops/registry.ts';
import { asCandidate } from '../../candidates/engine.ts';
import { generalPoint, randomBatch, randomParameters } from '../slopes/general-point.ts';
import type { Watch } from '../watch.ts';
import { UNWATCHED, breather } from '../watch.ts';
import { onlyExamples, singleExamples } from '../questions/protocol.ts';
import type { Asker, Single } from './asker.ts';
import { acrossOf } from './batch/across.ts';
import type { Across } from './batch/changed.ts';
import type { Shown } from './batch/answer.ts';
import { chosenIn } from './batch/chosen.ts';
import { dividedIn } from './batch/divided.ts';
import { coefficients, combined, isRight, solved, waysOf } from './batch/coefficients.ts';
import type { Added, Sum } from './batch/coefficients.ts';
import { normalisedIn } from './batch/normalised.ts';
import { shuffledIn } from './batch/shuffled.ts';
import { tellAcross, tellCoefficients, tellUnknown, tellWays, tellWeightedMean } from './batch/tell.ts';
import { factorOf } from './operations/fit.ts';
import { areClose, areFinite, differing, isDense, namedValues, passes } from './pass/pass.ts';
import type { Values } from './pass/pass.ts';
import type { Told } from './told.ts';

/** Examples at the general point, and those of them, in this order, that make a smaller batch. */
const EXAMPLES = 5;
const PART = [3, 1, 4];
/** Far from the seeds of other points. */
const SEED = 7_200_001;

/** What is known of the batch and its examples. */
export interface BatchFound {
  readonly told: readonly Told[];
  /** Whether the loss that was returned follows from it. */
  readonly isLossToo: boolean;
  /** The one of them that says no more than that batches do not add up. */
  readonly unexplained: Told | null;
  /**
   * Whether the gradients of the batch are sums of the engine's own for single examples, of the
   * right ones (then its own show nothing), or of neither.
   */
  readonly sumsOf: 'own' | 'right' | 'neither';
  /** Whether single examples have no gradient, and some small batch neither. */
  readonly isEmpty: boolean;
  /** Five examples at the general point. */
  readonly singles: readonly Single[];
}

interface Ask {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly watch?: Watch;
  /** Whether the user's own targets are one class per example. */
  readonly oneHot?: boolean;
}

/** One batch with its examples, as the engine answered and exactly. */
interface Seen extends Shown {
  readonly own: readonly Values[];
  readonly exact: readonly Values[];
}

/**
 * How the gradients of the examples of a batch add up. The engine must answer steadily. It is asked
 * 7 times, and up to 6 times more if something is wrong. Throws ENOUGH.
 */
export async function probeBatch({ network, asker, watch = UNWATCHED, oneHot = true }: Ask): Promise<BatchFound> {
  const { parameters, batch } = generalPoint(network, EXAMPLES, oneHot);
  const singles = await asker.singles(parameters, batch);
  const right: BatchFound = { told: [], isLossToo: false, unexplained: null, sumsOf: 'own', isEmpty: false, singles };
  const whole = await asker.gradients(parameters, batch);
  const isOneByOne = asCandidate(asker.engine).conventions?.['examples'] === 'one';
  if (isOneByOne || !isDense(network)) return right;
  const part = onlyExamples(batch, PART);
  const own = singles.map(valuesOf);
  const seen = [
    seenOf(network, { parameters, batch }, whole, own),
    seenOf(
      network,
      { parameters, batch: part },
      await asker.gradients(parameters, part),
      PART.map((r) => own[r]),
    ),
  ];
  if (own.every(isEmpty) && seen.some(({ whole: all }) => isEmpty(all))) return { ...right, isEmpty: true };
  const [some, all] = [own.filter(isEmpty).length, own.length];
  const chosen =
    some > 0 && some < all ? await chosenIn({ network, asker, oneHot }, [...seen, ...singlesOf(seen)]) : null;
  if (chosen !== null) return { ...right, told: [chosen.told], isLossToo: chosen.isLossToo };
  if (!seen.every((one) => areFinite(one.whole))) return right;
  const sums = explained(seen);
  if (sums.every(({ ways }) => ways.length > 0 && isRight(ways[0]))) return right;
  const isOwn = sums.every(({ own: isSum, ways }) => isSum && ways.length > 0);
  const sumsOf = isOwn ? 'own' : sums.every(({ ways }) => ways.length > 0) ? 'right' : 'neither';
  return { ...(await toldOf(network, asker, watch, oneHot, seen, sums)), sumsOf, isEmpty: false, singles };
}

/** Gradients of 0, or of 0/0. */
function isEmpty(all: Values): boolean {
  return all.every(({ name, values }) => name === 'loss' || values.every((x) => x === 0 || Number.isNaN(x)));
}

function valuesOf({ loss, gradients }: LossAndGradients): Values {
  return namedValues(loss, gradients);
}

/** @param own null where the engine's own single examples are the right ones */
function seenOf(
  network: NetworkSpec,
  { parameters, batch }: Pick<Seen, 'parameters' | 'batch'>,
  whole: LossAndGradients,
  own: readonly Values[] | null,
): Seen {
  const exact = singleExamples(batch).map((one) => passes(network, parameters, one).values);
  const right = passes(network, parameters, batch).values;
  return { parameters, batch, whole: valuesOf(whole), own: own ?? exact, exact, right };
}

/** Its examples as batches of one. */
function singlesOf([{ own, exact, batch, parameters }]: readonly Seen[]): Shown[] {
  return own.map((whole, r) => ({ parameters, whole, right: exact[r], batch: onlyExamples(batch, [r]) }));
}

function explained(seen: readonly Seen[]): Added[] {
  return seen[0].whole.flatMap(({ name, values }, n): Added[] => {
    if (name === 'loss') return []; // what the loss is, is found out elsewhere
    const sumsOf = (which: 'own' | 'exact'): Sum[] => seen.map((one) => sumOf(one, n, which));
    const isEmpty = seen[0].own.every((all) => all[n].values.every((x) => x === 0)) && values.some((x) => x !== 0);
    const isKnown = !isEmpty && seen.every(({ own }) => own.every(areFinite));
    const own = isKnown ? waysOf(sumsOf('own'), true) : [];
    if (own.length === 0) return [{ name, ways: waysOf(sumsOf('exact'), false), own: false, times: 1 }];
    const pairs = seen[0].own.map((all, e) => ({ found: all[n].values, wanted: seen[0].exact[e][n].values }));
    return [{ name, ways: own, own: true, times: factorOf(pairs) }];
  });
}

function sumOf(seen: Seen, n: number, which: 'own' | 'exact'): Sum {
  return {
    singles: seen[which].map((all) => all[n].values),
    whole: seen.whole[n].values,
    exact: seen.right[n].values,
  };
}

async function toldOf(
  network: NetworkSpec,
  asker: Asker,
  watch: Watch,
  oneHot: boolean,
  seen: readonly Seen[],
  sums: readonly Added[],
): Promise<Pick<BatchFound, 'told' | 'isLossToo' | 'unexplained'>> {
  const isOwnRight = seen[0].own.every((all, e) => differing(all, seen[0].exact[e]).every((name) => name === 'loss'));
  const asked = { network, asker, oneHot, answers: [...seen, ...singlesOf(seen)] };
  const one = (await dividedIn(asked)) ?? (await normalisedIn(asked));
  const said = { told: [], isLossToo: false, unexplained: null };
  if (one !== null) return { ...said, told: [one] };
  const fresh = await freshOf(network, asker, oneHot, isOwnRight);
  if (!areFinite(fresh.whole)) return said;
  const both = explained([...seen, fresh]);
  const lasting = sums.filter(({ name }) => both.some((one) => one.name === name && one.ways.length > 0));
  const unknown = sums.filter((one) => !lasting.includes(one)).map(({ name }) => name);
  const inWays = both.filter(({ name }) => lasting.some((one) => one.name === name));
  const all = [...seen, fresh];
  const followsLoss = isOwnRight && seen[0].own.every(([loss], e) => areClose(loss.values, seen[0].exact[e][0].values));
  if (unknown.length === 0) {
    const isLossToo = followsLoss && isLossBy(inWays, all);
    return { ...said, told: tellWays(network, inWays, isLossToo), isLossToo };
  }
  const ways = tellWays(network, inWays);
  const { across, isLossToo } = await acrossThatFit(network, all, watch);
  if (across.length > 0) return { ...said, told: tellAcross(network, across), isLossToo };
  const shuffled = await shuffledIn(asked, all);
  if (shuffled !== null) return { ...said, told: [shuffled.told], isLossToo: shuffled.isLossToo };
  if (isWeightedMean(network, all, unknown)) return { ...said, told: [...ways, tellWeightedMean(network, unknown)] };
  const c = coefficientsOf(seen, unknown);
  if (c === null || c.every((one) => one.every((value) => Math.abs(value * one.length - 1) < BARELY))) {
    const unexplained = tellUnknown(network, unknown, inWays);
    return { ...said, told: [...ways, unexplained], unexplained };
  }
  const isLasting = unknown.every((name) => fits(fresh, name, c[0]));
  const isLossSame =
    followsLoss && isLasting && inWays.length === 0 && all.every((one, n) => fits(one, 'loss', c[n % c.length]));
  return {
    ...said,
    told: [...ways, tellCoefficients(network, unknown, c, isLasting, isLossSame)],
    isLossToo: isLossSame,
  };
}

/** Whether some examples count otherwise, in all gradients alike, and in the loss. */
function isLossBy(sums: readonly Added[], seen: readonly Seen[]): boolean {
  const [first] = sums;
  const [way] = first.ways;
  const isOne = sums.every(
    ({ ways }) => ways.length === 1 && ways[0].pattern === way.pattern && ways[0].factor === way.factor,
  );
  return (
    isOne &&
    way.pattern.text !== null &&
    seen.every((one) => fits(one, 'loss', Float64Array.from(coefficients(way, one.own.length))))
  );
}

/** Coefficients this near to 1/B may be what rounding to few digits looks like. */
const BARELY = 0.01;

/** Whether each example counts as the weight of its class, as a share of those of the batch. */
function isWeightedMean(network: NetworkSpec, seen: readonly Seen[], names: readonly string[]): boolean {
  const weights = lossOf(network.loss).known?.weights;
  if (weights === undefined) return false;
  return seen.every((one) => {
    const { targets } = one.batch;
    const own = Array.from({ length: targets.rows }, (_, r) =>
      dot(weights, targets.data.subarray(r * targets.cols, (r + 1) * targets.cols)),
    );
    const all = own.reduce((sum, w) => sum + w, 0);
    const shares = Float64Array.from(own, (w) => w / all);
    return names.every((name) => fits(one, name, shares));
  });
}

/** The same coefficients for these tensors in the larger and in the smaller batch. */
function coefficientsOf(seen: readonly Seen[], names: readonly string[]): Float64Array[] | null {
  const all = seen.map((one) => {
    const c = names.flatMap((name) => {
      const n = one.whole.findIndex((value) => value.name === name);
      return solved(sumOf(one, n, 'own')) ?? [];
    });
    return c.length > 0 && names.every((name) => fits(one, name, c[0])) ? c[0] : null;
  });
  return all.includes(null) ? null : (all as Float64Array[]);
}

function fits(seen: Seen, name: string, c: Float64Array): boolean {
  const n = seen.whole.findIndex((value) => value.name === name);
  const { singles, whole, exact } = sumOf(seen, n, 'own');
  return areClose(whole, combined(singles, c), exact);
}

/** Those that give all gradients, and whether each gives the losses too. */
async function acrossThatFit(
  network: NetworkSpec,
  seen: readonly Seen[],
  watch: Watch,
): Promise<{ readonly across: Across[]; readonly isLossToo: boolean }> {
  const breathe = breather(watch);
  const across: Across[] = [];
  let isLossToo = true;
  for (const one of acrossOf(network)) {
    await breathe();
    if (watch.signal.aborted) return { across: [], isLossToo };
    let isLoss = true;
    const isIt = seen.every(({ parameters, batch, whole, right }) => {
      const names = differing(whole, passes(network, parameters, batch, one.changes).values, right);
      isLoss &&= names.length === 0;
      return names.every((name) => name === 'loss');
    });
    if (!isIt) continue;
    across.push(one);
    isLossToo &&= isLoss;
  }
  return { across, isLossToo };
}

async function freshOf(network: NetworkSpec, asker: Asker, oneHot: boolean, isOwnRight: boolean): Promise<Seen> {
  const [parameters, batch] = [randomParameters(network, SEED), randomBatch(network, EXAMPLES, SEED, oneHot)];
  const whole = await asker.gradients(parameters, batch);
  const own = isOwnRight ? null : (await asker.singles(parameters, batch)).map(valuesOf);
  return seenOf(network, { parameters, batch }, whole, own);
}

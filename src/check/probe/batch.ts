// How the examples of a batch add up: an engine is asked for examples one by one and together, and
// its own gradients of the batch are compared with sums of its own gradients of the examples.
import type { LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { asCandidate } from '../../candidates/engine.ts';
import { generalPoint, randomBatch, randomParameters } from '../slopes/general-point.ts';
import type { Watch } from '../watch.ts';
import { UNWATCHED, breather } from '../watch.ts';
import type { Asker } from './asker.ts';
import { acrossOf } from './batch/across.ts';
import type { Across } from './batch/across.ts';
import { combined, isRight, solved, waysOf } from './batch/coefficients.ts';
import type { Added, Sum } from './batch/coefficients.ts';
import { tellAcross, tellCoefficients, tellUnknown, tellWays } from './batch/tell.ts';
import { areClose, areFinite, differing, isDense, namedValues, passes } from './pass/pass.ts';
import type { Values } from './pass/pass.ts';
import { rowsFrom } from './pass/rows.ts';
import type { Told } from './told.ts';

/** Examples at the general point, and those of them, in this order, that make a smaller batch. */
const EXAMPLES = 5;
const PART = [3, 1, 4];
/** Far from the seeds of other points. */
const SEED = 7_200_001;

/** Examples that were asked for one by one, and together. */
export interface AskedBatch {
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** One answer per example; empty if they were not asked for. */
  readonly singles: readonly LossAndGradients[];
  readonly whole: LossAndGradients;
}

/** What is known of the batch and its examples. */
export interface BatchFound {
  readonly told: readonly Told[];
  /**
   * Whether the gradients of the batch are sums of the engine's own for single examples, of the
   * right ones (then its own show nothing), or of neither.
   */
  readonly sumsOf: 'own' | 'right' | 'neither';
  /** At the general point: five examples, one by one and together. */
  readonly asked: AskedBatch;
}

interface Ask {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly watch?: Watch;
  /** Whether the user's own targets are one class per example. */
  readonly oneHot?: boolean;
}

/** One batch with its examples, as the engine answered and exactly. */
interface Seen {
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly whole: Values;
  readonly own: readonly Values[];
  readonly exact: readonly Values[];
  /** The exact answer to the whole batch. */
  readonly right: Values;
}

/**
 * How the gradients of the examples of a batch add up. The engine must answer steadily. It is asked
 * 7 times, and up to 6 times more if something is wrong. Throws ENOUGH.
 */
export async function probeBatch({ network, asker, watch = UNWATCHED, oneHot = true }: Ask): Promise<BatchFound> {
  const { parameters, batch } = generalPoint(network, EXAMPLES, oneHot);
  const singles: LossAndGradients[] = [];
  for (let r = 0; r < EXAMPLES; r++) singles.push(await asker.gradients(parameters, only(batch, [r])));
  const whole = await asker.gradients(parameters, batch);
  const asked: AskedBatch = { parameters, batch, singles, whole };
  const isOneByOne = asCandidate(asker.engine).conventions?.['examples'] === 'one';
  if (isOneByOne || !isDense(network)) return { told: [], sumsOf: 'own', asked };
  const part = only(batch, PART);
  const answer = await asker.gradients(parameters, part);
  const all = singles.map(({ loss, gradients }) => namedValues(loss, gradients));
  const exact = exactOf(network, parameters, batch);
  const seen: Seen[] = [
    {
      parameters,
      batch,
      whole: namedValues(whole.loss, whole.gradients),
      own: all,
      exact,
      right: passes(network, parameters, batch).values,
    },
    {
      parameters,
      batch: part,
      whole: namedValues(answer.loss, answer.gradients),
      own: PART.map((r) => all[r]),
      exact: PART.map((r) => exact[r]),
      right: passes(network, parameters, part).values,
    },
  ];
  if (!seen.every((one) => areFinite(one.whole))) return { told: [], sumsOf: 'own', asked };
  const sums = explained(seen);
  if (sums.every(({ ways }) => ways.length > 0 && isRight(ways[0]))) return { told: [], sumsOf: 'own', asked };
  const isOwn = sums.every(({ own, ways }) => own && ways.length > 0);
  const sumsOf = isOwn ? 'own' : sums.every(({ ways }) => ways.length > 0) ? 'right' : 'neither';
  return { told: await toldOf(network, asker, watch, oneHot, seen, sums), sumsOf, asked };
}

function explained(seen: readonly Seen[]): Added[] {
  return seen[0].whole.flatMap(({ name, values }, n): Added[] => {
    if (name === 'loss') return []; // what the loss is, is found out elsewhere
    const sumsOf = (which: 'own' | 'exact'): Sum[] => seen.map((one) => sumOf(one, n, which));
    const isEmpty = seen[0].own.every((all) => all[n].values.every((x) => x === 0)) && values.some((x) => x !== 0);
    const isKnown = !isEmpty && seen.every(({ own }) => own.every(areFinite));
    const own = isKnown ? waysOf(sumsOf('own'), true) : [];
    if (own.length > 0) return [{ name, ways: own, own: true }];
    return [{ name, ways: waysOf(sumsOf('exact'), false), own: false }];
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
): Promise<readonly Told[]> {
  const isOwnRight = seen[0].own.every((all, e) => differing(all, seen[0].exact[e]).every((name) => name === 'loss'));
  const fresh = await freshOf(network, asker, oneHot, isOwnRight);
  if (!areFinite(fresh.whole)) return [];
  const both = explained([...seen, fresh]);
  const lasting = sums.filter(({ name }) => both.some((one) => one.name === name && one.ways.length > 0));
  const unknown = sums.filter((one) => !lasting.includes(one)).map(({ name }) => name);
  const inWays = both.filter(({ name }) => lasting.some((one) => one.name === name));
  if (unknown.length === 0) return tellWays(network, inWays);
  const across = await acrossThatFit(network, [...seen, fresh], watch);
  if (across.length > 0) return tellAcross(network, across);
  const c = coefficientsOf(seen, unknown);
  if (c === null) return [...tellWays(network, inWays), tellUnknown(network, unknown, inWays)];
  const isLasting = unknown.every((name) => fits(fresh, name, c[0]));
  return [...tellWays(network, inWays), tellCoefficients(network, unknown, c, isLasting)];
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

async function acrossThatFit(network: NetworkSpec, seen: readonly Seen[], watch: Watch): Promise<Across[]> {
  const breathe = breather(watch);
  const fitting: Across[] = [];
  for (const across of acrossOf(network)) {
    await breathe();
    if (watch.signal.aborted) return [];
    const isIt = seen.every(({ parameters, batch, whole, right }) => {
      const { values } = passes(network, parameters, batch, across.changes);
      return differing(whole, values, right).every((name) => name === 'loss');
    });
    if (isIt) fitting.push(across);
  }
  return fitting;
}

async function freshOf(network: NetworkSpec, asker: Asker, oneHot: boolean, isOwnRight: boolean): Promise<Seen> {
  const [parameters, batch] = [randomParameters(network, SEED), randomBatch(network, EXAMPLES, SEED, oneHot)];
  const whole = await asker.gradients(parameters, batch);
  const exact = exactOf(network, parameters, batch);
  const own: Values[] = [];
  for (let r = 0; !isOwnRight && r < EXAMPLES; r++) {
    const { loss, gradients } = await asker.gradients(parameters, only(batch, [r]));
    own.push(namedValues(loss, gradients));
  }
  const right = passes(network, parameters, batch).values;
  const seen = { parameters, batch, whole: namedValues(whole.loss, whole.gradients), exact, right };
  return { ...seen, own: isOwnRight ? exact : own };
}

function exactOf(network: NetworkSpec, parameters: Parameters, batch: Batch): Values[] {
  return Array.from({ length: batch.inputs.rows }, (_, r) => passes(network, parameters, only(batch, [r])).values);
}

/** The batch of these rows. */
function only({ inputs, targets }: Batch, rows: readonly number[]): Batch {
  const of = (m: Batch['inputs']): Batch['inputs'] => {
    const { data, ...shape } = rowsFrom(m, (r) => rows[r], rows.length);
    return { ...shape, data: Float32Array.from(data) };
  };
  return { inputs: of(inputs), targets: of(targets) };
}

// Who checks the checker: the exact gradients themselves, against slopes measured from the loss alone. A mistake in the hand-written
// derivation that the oracle shares would otherwise look like a mistake of the other side.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters, indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import { boundedGradients } from './bounded-backprop.ts';
import type { BoundedGradients } from './bounded-backprop.ts';
import { measureSlope, taylorOrder } from './finite-differences.ts';
import type { MeasuredSlope } from './finite-differences.ts';
import { measureParameters, usedOfBound } from './measure.ts';
import type { Finding, SlopeMeasure, TensorMeasure, Verdict } from './verdict.ts';
import { UNWATCHED, breather } from './watch.ts';
import type { Watch } from './watch.ts';

export interface OracleCheck {
  readonly verdict: Verdict;
  readonly centralDifferences: readonly SlopeMeasure[];
  /** ‖derived - measured‖₂ / ‖derived‖₂ over all entries measured (but those next to a kink). */
  readonly slopesApart: number;
  /** In one random direction through all parameters: 2 where the gradient is right, 1 where it is wrong; null if too straight to tell. */
  readonly taylorOrder: number | null;
  /** The largest relative difference of a tensor from the scalar graph's; null where there is none to compare with. */
  readonly graphApart: number | null;
}

export interface OracleProblem {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** A binary64 engine, of which only the loss is used here; it is left with other parameters than it had. */
  readonly oracle: Engine;
  /** The scalar graph. */
  readonly graph?: Engine | undefined;
  readonly seed?: number;
  readonly watch?: Watch;
}

/** Networks up to this size are checked in every entry, larger ones in SAMPLES entries of each tensor. */
const ALL_UP_TO = 200;
const SAMPLES = 4;
/** In networks beyond this size, where one loss takes long, only the largest entry of each tensor is measured. */
const LARGE = 500_000;
/** Examples used: slopes of a few are as telling as of many, and cheaper. */
const EXAMPLES = 8;
const NUDGE = 0.01;
/** A measured slope whose error is a larger share of it convicts nobody: a kink is near. Such entries are not counted. */
const UNCLEAR = 1e-3;
/** A bound on binary32 as one on binary64. */
const TO_BINARY64 = UNIT_ROUNDOFF.f64 / UNIT_ROUNDOFF.f32;
/** Between 1 (wrong) and 2 (right). */
const ORDER_LIMIT = 1.5;

/** null where it was interrupted. */
export async function checkOracle(problem: OracleProblem): Promise<OracleCheck | null> {
  const { network, parameters, batch, oracle, graph, seed = 1, watch = UNWATCHED } = problem;
  const few = { inputs: firstRows(batch.inputs), targets: firstRows(batch.targets) };
  const rng = createRng(seed, 'oracle check');
  const nearby = nudged(parameters, () => rng.normal());
  const exact = boundedGradients(network, nearby, few);
  const noise = exact.loss.error * TO_BINARY64; // the bound on a binary32 loss, as one on a binary64 loss
  const lossOf = async (p: Parameters): Promise<number> => {
    await oracle.load(p);
    return (await oracle.lossAndGradients(few)).loss;
  };
  const slopes = await measureSlopes({ nearby, gradients: exact.gradients, lossOf, noise, rng, watch });
  if (slopes === null) return null;
  const findings: Finding[] = [...slopes.findings];
  const along = randomDirection(nearby, exact.gradients, lossOf, () => rng.normal());
  const order = await taylorOrder(along.loss, along.slope, noise);
  if (findings.length === 0 && order !== null && !(order >= ORDER_LIMIT)) {
    // a kink on the way lowers the order as well, but does not move the slope
    const { slope, error } = await measureSlope(along.loss, 0, noise);
    if (usedOfBound(slope, along.slope, error) > 1) findings.push({ kind: 'taylor', order });
  }
  const measures = graph === undefined ? [] : await compareWithGraph(graph, nearby, few, exact);
  for (const measure of measures) if (!(measure.usedOfBound <= 1)) findings.push({ kind: 'graph', measure });
  const verdict: Verdict = findings.length > 0 ? { kind: 'disagree', findings } : { kind: 'agree', usedOfBound: 0 };
  return {
    verdict,
    centralDifferences: slopes.measures,
    slopesApart: slopes.apart,
    taylorOrder: order,
    graphApart: graph === undefined ? null : Math.max(...measures.map(relativeIfNotNothing)),
  };
}

/** Both are rounded to binary64, each within the bound of binary32 in proportion. */
async function compareWithGraph(
  graph: Engine,
  parameters: Parameters,
  batch: Batch,
  { gradients, errors }: BoundedGradients,
): Promise<TensorMeasure[]> {
  await graph.load(parameters);
  const own = (await graph.lossAndGradients(batch)).gradients;
  const bounds = copyParameters(errors, 'f64');
  for (const { values } of namedTensors(bounds)) for (let i = 0; i < values.length; i++) values[i] *= 2 * TO_BINARY64;
  return measureParameters(own, gradients, gradients, bounds);
}

/** A gradient that is 0 but for rounding (a ratio with one positive score is 1 whatever the score is) is nothing to be relative to. */
function relativeIfNotNothing({ oracle, bound, relativeDifference, usedOfBound }: TensorMeasure): number {
  return usedOfBound <= 1 && Math.abs(oracle) <= bound ? 0 : relativeDifference;
}

interface Slopes {
  readonly nearby: Parameters;
  readonly gradients: Parameters;
  readonly lossOf: (p: Parameters) => Promise<number>;
  readonly noise: number;
  readonly rng: Rng;
  readonly watch: Watch;
}

/** Every entry of a small network, sampled ones of a large one. */
async function measureSlopes({ nearby, gradients, lossOf, noise, rng, watch }: Slopes): Promise<{
  measures: SlopeMeasure[];
  findings: Finding[];
  apart: number;
} | null> {
  const moved = copyParameters(nearby, 'f64');
  const derived = namedTensors(gradients);
  const size = derived.reduce((sum, { values }) => sum + values.length, 0);
  const breathe = breather(watch);
  const measures: SlopeMeasure[] = [];
  const findings: Finding[] = [];
  let [distance, length, errors] = [0, 0, 0];
  for (const [t, { name, shape, values }] of namedTensors(moved).entries()) {
    const gradient = derived[t].values;
    const entries = entriesToMeasure(size, gradient, rng);
    let unclear = 0;
    let worst: { at: number; used: number; measured: MeasuredSlope } | null = null;
    for (const i of entries) {
      await breathe();
      if (watch.signal.aborted) return null;
      const original = values[i];
      const measured = await measureSlope(
        async (x) => {
          values[i] = x;
          return lossOf(moved);
        },
        original,
        noise,
      );
      values[i] = original;
      const { slope, error } = measured;
      const used = usedOfBound(slope, gradient[i], error);
      if (used > 1 && error > UNCLEAR * Math.max(Math.abs(slope), Math.abs(gradient[i]))) {
        unclear++;
        continue;
      }
      distance += (slope - gradient[i]) ** 2;
      length += gradient[i] ** 2;
      errors += error ** 2;
      if (worst === null || used > worst.used) worst = { at: i, used, measured };
    }
    const measure = slopeMeasure(name, shape, gradient, worst, entries.length - unclear);
    measures.push(measure);
    if (worst !== null && worst.used > 1) findings.push({ kind: 'oracle', ...measure });
  }
  return { measures, findings, apart: length <= errors ? 0 : Math.sqrt(distance / length) }; // a gradient of 0 is nothing to be relative to
}

function entriesToMeasure(size: number, gradient: FloatArray, rng: Rng): number[] {
  if (size <= ALL_UP_TO) return Array.from(gradient.keys());
  const more = size > LARGE ? 0 : SAMPLES - 1;
  return [largestOf(gradient), ...Array.from({ length: more }, () => rng.below(gradient.length))];
}

function slopeMeasure(
  parameter: string,
  shape: readonly number[],
  gradient: FloatArray,
  worst: { at: number; measured: MeasuredSlope } | null,
  entries: number,
): SlopeMeasure {
  const none = { index: [], derived: 0, measured: 0, error: 0, relativeDifference: 0, sweep: [] };
  if (worst === null) return { parameter, entries, ...none };
  const [derived, { slope: measured, error, sweep }] = [gradient[worst.at], worst.measured];
  const size = Math.max(Math.abs(derived), Math.abs(measured));
  const relativeDifference = derived === measured ? 0 : Math.abs(derived - measured) / size;
  return { parameter, entries, index: indexOf(shape, worst.at), derived, measured, error, relativeDifference, sweep };
}

/**
 * A place close by where no score is exactly at a kink. Zero biases above a layer that is all off give scores of exactly 0, and there a slope
 * is a matter of definition (relu'(0) = 0), not of measurement.
 */
function nudged(parameters: Parameters, draw: () => number): Parameters {
  const out = copyParameters(parameters, 'f64');
  for (const { values } of namedTensors(out)) for (let i = 0; i < values.length; i++) values[i] += NUDGE * draw();
  return out;
}

/** The loss along a random direction of length 1 through all parameters, and its derived slope there. */
function randomDirection(
  parameters: Parameters,
  gradients: Parameters,
  lossOf: (p: Parameters) => Promise<number>,
  draw: () => number,
): { loss: (h: number) => Promise<number>; slope: number } {
  const direction = copyParameters(parameters, 'f64');
  const ds = namedTensors(direction);
  for (const { values } of ds) for (let i = 0; i < values.length; i++) values[i] = draw();
  const length = Math.sqrt(ds.reduce((sum, { values }) => sum + dot(values, values), 0));
  for (const { values } of ds) for (let i = 0; i < values.length; i++) values[i] /= length;
  const slope = namedTensors(gradients).reduce((sum, { values }, t) => sum + dot(values, ds[t].values), 0);
  const loss = (h: number): Promise<number> => {
    const there = copyParameters(parameters, 'f64');
    namedTensors(there).forEach(({ values }, t) => {
      for (let i = 0; i < values.length; i++) values[i] += h * ds[t].values[i];
    });
    return lossOf(there);
  };
  return { loss, slope };
}

function firstRows({ rows, cols, data }: Matrix): Matrix {
  const count = Math.min(rows, EXAMPLES);
  return { rows: count, cols, data: data.slice(0, count * cols) };
}

function largestOf(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[at])) at = i;
  return at;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

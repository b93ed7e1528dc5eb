// Who checks the checker: the exact gradients themselves, against slopes measured from the loss alone. A mistake in the hand-written
// derivation that the oracle shares would otherwise look like a mistake of the other side.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters, indexOf, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { createRng } from '../numeric/rng.ts';
import { boundedGradients } from './bounded-backprop.ts';
import { measureSlope, taylorOrder } from './finite-differences.ts';
import { usedOfBound } from './measure.ts';
import type { Finding, SlopeMeasure, Verdict } from './verdict.ts';
import { UNWATCHED, breather } from './watch.ts';
import type { Watch } from './watch.ts';

export interface OracleCheck {
  readonly verdict: Verdict;
  readonly centralDifferences: readonly SlopeMeasure[];
  /** In one random direction through all parameters: 2 where the gradient is right, 1 where it is wrong; null if too straight to tell. */
  readonly taylorOrder: number | null;
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
/** Between 1 (wrong) and 2 (right). */
const ORDER_LIMIT = 1.5;

/** null where it was interrupted.
 * @param oracle a binary64 engine, of which only the loss is used here; it is left with other parameters than it had */
export async function checkOracle(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  oracle: Engine,
  seed = 1,
  watch: Watch = UNWATCHED,
): Promise<OracleCheck | null> {
  const few = { inputs: firstRows(batch.inputs), targets: firstRows(batch.targets) };
  const rng = createRng(seed, 'oracle check');
  const nearby = nudged(parameters, () => rng.normal());
  const { gradients, loss } = boundedGradients(network, nearby, few);
  const noise = (loss.error * UNIT_ROUNDOFF.f64) / UNIT_ROUNDOFF.f32; // the bound on a binary32 loss, as one on a binary64 loss
  const moved = copyParameters(nearby, 'f64');
  const lossOf = async (p: Parameters): Promise<number> => {
    await oracle.load(p);
    return (await oracle.lossAndGradients(few)).loss;
  };
  const derived = namedTensors(gradients);
  const size = derived.reduce((sum, { values }) => sum + values.length, 0);
  const breathe = breather(watch);
  const measures: SlopeMeasure[] = [];
  const findings: Finding[] = [];
  for (const [t, { name, shape, values }] of namedTensors(moved).entries()) {
    const gradient = derived[t].values;
    const entries =
      size <= ALL_UP_TO
        ? Array.from(values.keys())
        : [
            largestOf(gradient),
            ...Array.from({ length: size > LARGE ? 0 : SAMPLES - 1 }, () => rng.below(values.length)),
          ];
    let unclear = 0;
    let worst: SlopeMeasure & { used: number } = { ...measureOf(name, [], 0, 0, 0, 0), used: -1 };
    for (const i of entries) {
      await breathe();
      if (watch.signal.aborted) return null;
      const original = values[i];
      const { slope, error } = await measureSlope(
        async (x) => {
          values[i] = x;
          return lossOf(moved);
        },
        original,
        noise,
      );
      values[i] = original;
      const used = usedOfBound(slope, gradient[i], error);
      if (used > 1 && error > UNCLEAR * Math.max(Math.abs(slope), Math.abs(gradient[i]))) {
        unclear++;
        continue;
      }
      if (used > worst.used) {
        worst = { ...measureOf(name, indexOf(shape, i), gradient[i], slope, error, entries.length), used };
      }
    }
    const { used, ...measure } = { ...worst, entries: entries.length - unclear };
    measures.push(measure);
    if (used > 1) findings.push({ kind: 'oracle', ...measure });
  }
  const along = randomDirection(nearby, gradients, lossOf, () => rng.normal());
  const order = await taylorOrder(along.loss, along.slope, noise);
  if (findings.length === 0 && order !== null && !(order >= ORDER_LIMIT)) {
    // a kink on the way lowers the order as well, but does not move the slope
    const { slope, error } = await measureSlope(along.loss, 0, noise);
    if (usedOfBound(slope, along.slope, error) > 1) findings.push({ kind: 'taylor', order });
  }
  const verdict: Verdict = findings.length > 0 ? { kind: 'disagree', findings } : { kind: 'agree', usedOfBound: 0 };
  return { verdict, centralDifferences: measures, taylorOrder: order };
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

function measureOf(
  parameter: string,
  index: readonly number[],
  derived: number,
  measured: number,
  error: number,
  entries: number,
): SlopeMeasure {
  const size = Math.max(Math.abs(derived), Math.abs(measured));
  const relativeDifference = derived === measured ? 0 : Math.abs(derived - measured) / size;
  return { parameter, entries, index, derived, measured, error, relativeDifference };
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

// Checks the exact gradients themselves, against slopes measured from the loss alone. A mistake in
// the hand-written derivation, which the exact run shares, would otherwise look like a mistake of
// the candidate.
import type { Engine } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import { dot } from '../../numeric/norms.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Rng } from '../../numeric/rng.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import { firstExamples, isLearnt, moveAlong, nudged } from './nearby.ts';
import type { Moves } from './nearby.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { measureSlope, taylorOrder } from './finite-differences.ts';
import { onePiece } from './pieces.ts';
import { measureSlopes } from './slope-check.ts';
import { measureParameters, usedOfBound } from '../measure.ts';
import type { Finding, SlopeMeasure, TensorMeasure, Verdict } from '../verdict.ts';
import { UNWATCHED } from '../watch.ts';
import type { Watch } from '../watch.ts';

/** How the exact gradients compare with slopes of the loss and with the scalar graph. */
export interface OracleCheck {
  readonly verdict: Verdict;
  readonly centralDifferences: readonly SlopeMeasure[];
  /**
   * ‖derived - measured‖₂ / ‖derived‖₂ over all measured entries that the measurement resolves
   * to 1e-6.
   */
  readonly slopesApart: number;
  /**
   * Along one random direction through all parameters: 2 if the gradient is right, 1 if it is
   * wrong; null if the loss is too straight to tell.
   */
  readonly taylorOrder: number | null;
  /**
   * The largest relative difference of a tensor from the scalar graph's; null if there is no graph.
   */
  readonly graphApart: number | null;
}

/** Where the exact gradients are checked, and with which engines. */
export interface OracleProblem {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** The network in binary64; only its loss is used here. It ends with other parameters loaded. */
  readonly exact: Engine;
  /** The scalar graph. */
  readonly graph?: Engine | undefined;
  readonly seed?: number;
  readonly watch?: Watch;
}

/** Examples used: the slopes of a few show as much as those of many, at less cost. */
const EXAMPLES = 8;
/** Nearby points to try until every tensor has a slope that can be measured. */
const PLACES = 3;
/** Turns a bound for binary32 into one for binary64. */
const TO_BINARY64 = UNIT_ROUNDOFF.f64 / UNIT_ROUNDOFF.f32;
/** Between 1 (wrong) and 2 (right). */
const ORDER_LIMIT = 1.5;

/** null if interrupted. */
export async function checkOracle(problem: OracleProblem): Promise<OracleCheck | null> {
  const { network, parameters, batch, exact: engine, graph, seed = 1, watch = UNWATCHED } = problem;
  const few = firstExamples(batch, EXAMPLES);
  const rng = createRng(seed, 'oracle check');
  const moves = isLearnt(network);
  const lossOf = async (p: Parameters, from = 0): Promise<number> => {
    if (engine.lossAt !== undefined) return engine.lossAt(p, few, from);
    await engine.load(p);
    return (await engine.lossAndGradients(few)).loss;
  };
  const at = async (nearby: Parameters) => {
    const exact = boundedGradients(network, nearby, few);
    const noise = exact.loss.error * TO_BINARY64; // the bound of a binary32 loss, scaled to binary64
    const reaches = onePiece(network, nearby, few);
    const slopes = await measureSlopes({
      nearby,
      gradients: exact.gradients,
      moves,
      lossOf,
      reaches,
      noise,
      rng,
      watch,
    });
    return { nearby, exact, noise, reaches, slopes };
  };
  let place = await at(nudged(parameters, moves, rng));
  // A kink closer than the smallest step hides a slope; at another point it is farther away.
  for (let turns = 1; (place.slopes?.unmeasured ?? 0) > 0 && turns < PLACES; turns++)
    place = await at(nudged(parameters, moves, rng));
  const { nearby, exact, noise, reaches, slopes } = place;
  if (slopes === null) return null;
  const findings: Finding[] = [...slopes.findings];
  const line = randomDirection(nearby, exact.gradients, moves, rng);
  const loss = (h: number): Promise<number> => lossOf(line.at(h));
  const alongReaches = (h: number): boolean => reaches(line.at(h));
  const order = await taylorOrder(loss, line.slope, noise, alongReaches);
  if (findings.length === 0 && order !== null && !(order >= ORDER_LIMIT)) {
    // Rounding lowers the order too, but does not move the slope.
    const { slope, error } = await measureSlope(loss, 0, noise, alongReaches);
    if (Number.isFinite(error) && usedOfBound(slope, line.slope, error) > 1) findings.push({ kind: 'taylor', order });
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

/** Both are rounded to binary64, so each may be off by the bound of binary32, scaled. */
async function compareWithGraph(
  graph: Engine,
  parameters: Parameters,
  batch: Batch,
  { gradients, errors }: BoundedGradients,
): Promise<TensorMeasure[]> {
  await graph.load(parameters);
  const own = (await graph.lossAndGradients(batch)).gradients;
  const bounds = copyParameters(errors, 'f64');
  for (const { values } of bounds) for (let i = 0; i < values.length; i++) values[i] *= 2 * TO_BINARY64;
  return measureParameters({ candidate: own, reference: gradients }, gradients, bounds);
}

/**
 * A gradient that is 0 except for rounding has no size to be relative to. (With one positive score,
 * `ratio` is 1 whatever the score is.)
 */
function relativeIfNotNothing({ oracle, bound, relativeDifference, usedOfBound }: TensorMeasure): number {
  return usedOfBound <= 1 && Math.abs(oracle) <= bound ? 0 : relativeDifference;
}

/** A random direction of length 1 through all parameters, and the derived slope along it. */
function randomDirection(
  parameters: Parameters,
  gradients: Parameters,
  moves: Moves,
  rng: Rng,
): { /** Valid until the next call. */ at: (h: number) => Parameters; slope: number } {
  const direction = copyParameters(parameters, 'f64');
  for (const tensor of direction) {
    if (moves(tensor)) rng.fillNormal(tensor.values, 1);
    else tensor.values.fill(0);
  }
  const length = Math.sqrt(direction.reduce((sum, { values }) => sum + dot(values, values), 0));
  for (const { values } of direction) for (let i = 0; i < values.length; i++) values[i] /= length;
  const slope = gradients.reduce((sum, { values }, t) => sum + dot(values, direction[t].values), 0);
  const there = copyParameters(parameters, 'f64'); // one for all h: it is large
  return { at: (h) => moveAlong(there, parameters, direction, h), slope };
}

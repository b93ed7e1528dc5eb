// What an engine is asked to find out its loss: single examples and small batches, at parameters
// of different size.
import type { LossAndGradients } from '../../../engines/engine.ts';
import type { Batch } from '../../../network/batch.ts';
import { copyParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { lastLayer, layersOf } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { UNIT_ROUNDOFF } from '../../../numeric/dtype.ts';
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { activationOf, lossOf } from '../../../ops/registry.ts';
import { singleExamples } from '../../questions/protocol.ts';
import { isOneHot, randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Asker } from '../asker.ts';
import { passOf } from './pass.ts';
import type { Pass } from './pass.ts';

/** A question, the engine's answer, and the right forward pass. */
export interface Seen extends LossAndGradients {
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly pass: Pass;
  /** About how far binary32 is from each output of the first example. (K) */
  readonly errors: Float64Array;
}

/** Answers by what they are for. */
export interface Answers {
  /** Batches of one. Explanations are fitted to these ... */
  readonly singles: readonly Seen[];
  /** ... and must predict these. */
  readonly fresh: readonly Seen[];
  /** Single examples with outputs near the ends of their range. */
  readonly far: readonly Seen[];
  /** Several examples. */
  readonly batches: readonly Seen[];
}

/** Far from the seeds of other points. */
const SEED = 7_300_001;
/** Examples at the two points, and at the fresh one. */
const SINGLES = [5, 3];
const FRESH = 2;
/** Largest scores of the far examples: outputs of about 1e-5 and 1e-7. */
const FAR = [12, 17];
/** How much larger or smaller than usual the tensors are, in turn. */
const SCALES = [1, 1.5, 0.7, 1.9, 1.2];

/** @param targets the user's own: ours are of the same kind */
export async function askForLosses(
  network: NetworkSpec,
  asker: Asker,
  targets: Matrix,
  wantsLoss: boolean,
): Promise<Answers | null> {
  const kind = kindOf(targets, network);
  const ask = async ({ parameters, batch }: Point): Promise<Seen> => {
    const answer = await asker.gradients(parameters, batch);
    const pass = passOf(network, parameters, batch);
    return { ...answer, parameters, batch, pass, errors: errorsOf(pass) };
  };
  const all = async (points: readonly Point[]): Promise<Seen[]> => {
    const seen: Seen[] = [];
    for (const point of points) seen.push(await ask(point));
    return seen;
  };
  const points = [...SINGLES, FRESH].map((B, n) => pointOf(network, B, n, kind));
  const singles = await all(points.slice(0, -1).flatMap(eachOf));
  const fresh = await all(points.slice(-1).flatMap(eachOf));
  const far = wantsLoss ? await all(FAR.map((size, n) => farPoint(network, points[n], size, kind))) : [];
  const batches = await all([points[0], points[1]]);
  const again = await ask({ parameters: singles[0].parameters, batch: singles[0].batch });
  return Object.is(again.loss, singles[0].loss) ? { singles, fresh, far, batches } : null;
}

interface Point {
  readonly parameters: Parameters;
  readonly batch: Batch;
}

/** one-hot: a class each. any: whatever fits the output. Otherwise one of these numbers each. */
type Kind = 'one-hot' | 'any' | readonly number[];

function kindOf(targets: Matrix, network: NetworkSpec): Kind {
  if (isOneHot(targets) && targets.cols > 1) return 'one-hot';
  if (lossOf(network.loss).targetsSumTo1 === true) return 'any';
  const numbers = [...new Set(targets.data)].sort((a, b) => a - b);
  if (numbers.length <= 2 && numbers.every((t) => t === 0 || t === 1)) return [0, 1];
  return numbers.length === 2 ? numbers : 'any';
}

function pointOf(network: NetworkSpec, B: number, n: number, kind: Kind): Point {
  const parameters = copyParameters(randomParameters(network, SEED + n), 'f32');
  parameters.forEach(({ values }, t) => {
    const scale = SCALES[(t + 2 * n) % SCALES.length] * (n === 2 ? 1.3 : 1);
    for (let i = 0; i < values.length; i++) values[i] *= scale;
  });
  const { inputs, targets } = randomBatch(network, B, SEED + n, kind === 'one-hot');
  return { parameters, batch: { inputs, targets: filled(targets, kind, n) } };
}

/** Every class, or every number, in turn. */
function filled(targets: Matrix, kind: Kind, n: number): Matrix {
  if (kind === 'any') return targets;
  const { rows, cols } = targets;
  const out = zeros('f32', rows, cols);
  for (let r = 0; r < rows; r++) {
    if (kind === 'one-hot') out.data[r * cols + ((r + 2 * n) % cols)] = 1;
    else for (let k = 0; k < cols; k++) out.data[r * cols + k] = kind[(r + k + n) % kind.length];
  }
  return out;
}

function eachOf({ parameters, batch }: Point): Point[] {
  return singleExamples(batch).map((one) => ({ parameters, batch: one }));
}

/** The first example with the last layer so large that the largest score is this; a wrong class. */
function farPoint(network: NetworkSpec, point: Point, size: number, kind: Kind): Point {
  const [{ batch }] = eachOf(point);
  const [{ z, p }] = passOf(network, point.parameters, batch).outcomes;
  const widest = Math.max(...z) - Math.min(...z);
  const scale = size / Math.max(widest, Math.max(...z.map(Math.abs)), 1e-3);
  const parameters = copyParameters(point.parameters, 'f32');
  for (const { layer, values } of parameters)
    for (let i = 0; i < values.length && layer === network.layers.length; i++) values[i] *= scale;
  if (kind !== 'one-hot') return { parameters, batch };
  const least = p.indexOf(Math.min(...p));
  const targets = { ...batch.targets, data: batch.targets.data.map((_, k) => (k === least ? 1 : 0)) };
  return { parameters, batch: { ...batch, targets } };
}

/**
 * Roundings add up like a walk over the inputs of a layer. Outputs between 0 and 1 that are small
 * are as precise as their scores.
 */
function errorsOf({ network, outcomes: [{ z, p }] }: Pass): Float64Array {
  const u = UNIT_ROUNDOFF.f32;
  const widest = Math.max(...layersOf(network).map(({ inputs }) => inputs));
  const ofScores = 4 * u * Math.sqrt(widest) * (1 + Math.max(...z.map(Math.abs)));
  const [, highest] = activationOf(lastLayer(network).activation).targets ?? [0, Infinity];
  return p.map((x) => ofScores * (highest === 1 ? Math.min(1, x) : 1) + 4 * u * Math.abs(x));
}

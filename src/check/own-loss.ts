// Whether a gradient that is not the right one is at least the slope of the loss that came with it: then the calculus is right, and the loss is another one.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { createRng } from '../numeric/rng.ts';
import { firstExamples, isLearnt, nudged } from './nearby.ts';
import { onePiece } from './pieces.ts';
import { measureSlopes } from './slope-check.ts';
import type { SlopeMeasure } from './verdict.ts';
import type { Watch } from './watch.ts';

/** Slopes of an engine's own loss beside its own gradients: whether it has the right gradient of another loss. */
export interface OwnLoss {
  /** Every entry measured is the slope of the engine's own loss, within what the measurement may be off. */
  readonly isSlope: boolean;
  /** How many entries were measured. */
  readonly entries: number;
  /** The worst entry of a tensor in which it is not; null where it is. `derived` is what the engine answers. */
  readonly first: SlopeMeasure | null;
}

/** Examples used. */
const EXAMPLES = 8;
/** In milliseconds: programs of others may be slow, and this asks them hundreds of times. */
const AT_MOST = 10_000;
/** Roundings of a loss that somebody else computes, in its unit in the last place: how it is summed is not known. */
const ROUNDINGS = 64;

/** null where it takes too long, or its numbers are none. The engine is left with other parameters than it had. */
export async function checkOwnLoss(
  engine: Engine,
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  watch: Watch,
): Promise<OwnLoss | null> {
  const few = firstExamples(batch, EXAMPLES);
  const rng = createRng(1, 'own loss');
  const moves = isLearnt(network);
  const nearby = copyParameters(
    nudged(parameters, moves, () => rng.normal()),
    engine.dtype,
  );
  const answer = async (p: Parameters): Promise<{ loss: number; gradients: Parameters }> => {
    await engine.load(p);
    return engine.lossAndGradients(few);
  };
  const { loss, gradients } = await answer(nearby);
  if (!Number.isFinite(loss)) return null;
  // -log p near p = 1 is off by a rounding of p, however small it is itself
  const noise = ROUNDINGS * UNIT_ROUNDOFF[engine.dtype] * Math.max(1, Math.abs(loss));
  const lossOf = async (p: Parameters): Promise<number> => (await answer(p)).loss;
  const late = AbortSignal.any([watch.signal, AbortSignal.timeout(AT_MOST)]);
  const slopes = await measureSlopes({
    ...{ nearby, gradients, moves, lossOf, noise, rng, reaches: onePiece(network, nearby, few.inputs) },
    watch: { ...watch, signal: late },
  });
  if (slopes === null) return null;
  const wrong = slopes.findings.find((f) => f.kind === 'oracle');
  const entries = slopes.measures.reduce((sum, m) => sum + m.entries, 0);
  const first = wrong === undefined ? null : (slopes.measures.find((m) => m.parameter === wrong.parameter) ?? null);
  return entries === 0 ? null : { isSlope: first === null, entries, first };
}

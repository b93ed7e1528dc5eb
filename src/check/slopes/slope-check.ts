// Compares derived gradients with slopes measured from the loss alone, entry by entry.
import { copyParameters, indexOf, namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { square } from '../../numeric/elementary.ts';
import type { Rng } from '../../numeric/rng.ts';
import { measureSlope } from './finite-differences.ts';
import type { MeasuredSlope } from './finite-differences.ts';
import type { Moves } from './nearby.ts';
import type { Reaches } from './pieces.ts';
import { usedOfBound } from '../measure.ts';
import type { Finding, SlopeMeasure } from '../verdict.ts';
import { breather } from '../watch.ts';
import type { Watch } from '../watch.ts';

/**
 * Networks up to this size are checked in every entry, larger ones in SAMPLES entries per tensor.
 */
const ALL_UP_TO = 200;
const SAMPLES = 4;
/** In larger networks one loss takes long: only the largest entry of each tensor is measured. */
const LARGE = 500_000;
/**
 * In networks with more tensors one loss takes long too: only this many tensors are measured,
 * spread over all layers.
 */
const TENSORS = 32;
/**
 * A measured slope with a smaller relative error says how near the derived one is; any other slope
 * can only fail to contradict it.
 */
const CLEAR = 1e-6;
/**
 * A measured slope with a larger relative error shows no mistake, because a kink is near. Such
 * entries are not counted.
 */
const UNCLEAR = 1e-3;

export interface Slopes {
  readonly nearby: Parameters;
  readonly gradients: Parameters;
  /** Whether a tensor is learnt. */
  readonly moves: Moves;
  /** @param from layers below this one (from 0) have the parameters of the previous call */
  readonly lossOf: (p: Parameters, from: number) => Promise<number>;
  readonly reaches: Reaches;
  readonly noise: number;
  readonly rng: Rng;
  readonly watch: Watch;
}

/** Measures every entry of a small network, and a sample of a large one. */
export async function measureSlopes({ nearby, gradients, moves, lossOf, reaches, noise, rng, watch }: Slopes): Promise<{
  measures: SlopeMeasure[];
  findings: Finding[];
  apart: number;
  /** Tensors with entries that were tried, none of which could be measured. */
  unmeasured: number;
} | null> {
  const moved = copyParameters(nearby, 'f64');
  const derived = namedTensors(gradients);
  const size = derived.reduce((sum, { values }) => sum + values.length, 0);
  const stride = derived.length > TENSORS ? Math.ceil(derived.length / TENSORS) | 1 : 1; // odd: W and b take turns
  const breathe = breather(watch);
  const measures: SlopeMeasure[] = [];
  const findings: Finding[] = [];
  let [distance, length, unmeasured] = [0, 0, 0];
  for (const [t, tensor] of namedTensors(moved).entries()) {
    const { name, layer, shape, values } = tensor;
    watch.progress('slopes', t, derived.length);
    const gradient = derived[t].values;
    const entries = moves(tensor) ? entriesToMeasure(size, gradient, rng, t % stride === 0) : [];
    let from = 0; // layers below this tensor's are the same from the second loss on
    let unclear = 0;
    let worst: { at: number; used: number; measured: MeasuredSlope } | null = null;
    for (const i of entries) {
      await breathe();
      if (watch.signal.aborted) return null;
      const original = values[i];
      const measured = await measureSlope(
        async (x) => {
          values[i] = x;
          const loss = await lossOf(moved, from);
          from = layer - 1;
          return loss;
        },
        original,
        noise,
        (x) => {
          values[i] = x;
          return reaches(moved, layer - 1);
        },
      );
      values[i] = original;
      const { slope, error } = measured;
      const used = usedOfBound(slope, gradient[i], error);
      if (used > 1 && !(error <= UNCLEAR * Math.max(Math.abs(slope), Math.abs(gradient[i])))) {
        unclear++;
        continue;
      }
      if (error <= CLEAR * Math.abs(gradient[i])) {
        distance += square(slope - gradient[i]);
        length += square(gradient[i]);
      }
      if (worst === null || used > worst.used) worst = { at: i, used, measured };
    }
    const measure = slopeMeasure(name, shape, gradient, worst, entries.length - unclear);
    measures.push(measure);
    if (entries.length > 0 && unclear === entries.length) unmeasured++;
    if (worst !== null && worst.used > 1) findings.push({ kind: 'oracle', ...measure });
  }
  return { measures, findings, apart: length === 0 ? 0 : Math.sqrt(distance / length), unmeasured };
}

function entriesToMeasure(size: number, gradient: FloatArray, rng: Rng, isSampled: boolean): number[] {
  if (!isSampled) return [];
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

function largestOf(values: ArrayLike<number>): number {
  let at = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[at])) at = i;
  return at;
}

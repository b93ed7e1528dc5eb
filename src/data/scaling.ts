// Scales raw numbers to the inputs of the network.
import { UsageError } from '../errors.ts';
import type { Examples } from './dataset.ts';

/**
 * unit: bytes are divided by 255, other numbers stay; none: all stay; standard: minus the mean,
 * divided by the standard deviation (of all training inputs together, as is usual for MNIST).
 */
export const SCALES = ['unit', 'none', 'standard'] as const;
/** One of SCALES. */
export type ScaleId = (typeof SCALES)[number];

/** (value - mean) / deviation, rounded to binary32 once. */
export interface Scaling {
  readonly id: ScaleId;
  readonly mean: number;
  readonly deviation: number;
}

/**
 * @throws UsageError on an unknown name, or if all inputs are the same and cannot be standardised
 */
export function fitScaling(id: ScaleId, train: Examples): Scaling {
  switch (id) {
    case 'none':
      return { id, mean: 0, deviation: 1 };
    case 'unit':
      return { id, mean: 0, deviation: train.values instanceof Uint8Array ? 255 : 1 };
    case 'standard': {
      const mean = average(train.values, (x) => x);
      const deviation = Math.sqrt(average(train.values, (x) => (x - mean) * (x - mean)));
      if (!(deviation > 0)) throw new UsageError('all training inputs are the same; they cannot be standardised');
      return { id, mean, deviation };
    }
    default:
      throw new UsageError(`unknown scale "${String(id)}"`, `choose one of ${SCALES.join(', ')}`);
  }
}

function average(values: ArrayLike<number>, of: (x: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i]);
  return sum / values.length;
}

/** Scales values[from .. to) into `out`, starting at `at`. */
export function scaleInto(
  out: Float32Array,
  at: number,
  values: Examples['values'],
  from: number,
  to: number,
  s: Scaling,
): void {
  for (let i = from; i < to; i++) out[at + i - from] = (values[i] - s.mean) / s.deviation;
}

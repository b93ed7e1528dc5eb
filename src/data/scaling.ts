// Scales raw numbers to the inputs of the network.
import { UsageError } from '../errors.ts';
import type { Examples } from './dataset.ts';

/**
 * unit: bytes are divided by 255, other numbers stay; none: all stay; standard: minus the mean,
 * divided by the standard deviation (of all training inputs together, as is usual for MNIST);
 * columns: the same for each input alone, as is usual for tables.
 */
export const SCALES = ['unit', 'none', 'standard', 'columns'] as const;
/** One of SCALES. */
export type ScaleId = (typeof SCALES)[number];

/** (value - mean) / deviation, rounded to binary32 once. */
export interface Scaling {
  readonly id: ScaleId;
  readonly mean: number;
  readonly deviation: number;
  /** Mean and deviation of each input; then the two numbers above (0 and 1) do not count. */
  readonly columns?: readonly ColumnScaling[] | undefined;
}

/** (value - mean) / deviation, of one input. */
export interface ColumnScaling {
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
      const { mean, deviation } = standardOf(train.values, 0, 1);
      if (!(deviation > 0)) throw new UsageError('all training inputs are the same; they cannot be standardised');
      return { id, mean, deviation };
    }
    case 'columns': {
      const columns = Array.from({ length: train.width }, (_, c) => standardOf(train.values, c, train.width));
      // an input that is always the same becomes 0
      return { id, mean: 0, deviation: 1, columns: columns.map(({ mean, deviation }) => ({ mean, deviation: deviation > 0 ? deviation : 1 })) }; // prettier-ignore
    }
    default:
      throw new UsageError(`unknown scale "${String(id)}"`, `choose one of ${SCALES.join(', ')}`);
  }
}

/** Mean and standard deviation of every `step`-th number from `from` on. */
function standardOf(values: ArrayLike<number>, from: number, step: number): ColumnScaling {
  const mean = average(values, from, step, (x) => x);
  return { mean, deviation: Math.sqrt(average(values, from, step, (x) => (x - mean) * (x - mean))) };
}

function average(values: ArrayLike<number>, from: number, step: number, of: (x: number) => number): number {
  let [sum, count] = [0, 0];
  for (let i = from; i < values.length; i += step, count++) sum += of(values[i]);
  return sum / count;
}

/** How the input in this column is scaled. */
export function scalingOf({ mean, deviation, columns }: Omit<Scaling, 'id'>, column: number): ColumnScaling {
  return columns?.[column] ?? { mean, deviation };
}

/** Scales values[from .. to), which begin with an example, into `out`, starting at `at`. */
export function scaleInto(
  out: Float32Array,
  at: number,
  values: Examples['values'],
  from: number,
  to: number,
  s: Scaling,
): void {
  const { columns } = s;
  if (columns === undefined) {
    for (let i = from; i < to; i++) out[at + i - from] = (values[i] - s.mean) / s.deviation;
    return;
  }
  for (let i = from; i < to; i++) {
    const { mean, deviation } = columns[(i - from) % columns.length];
    out[at + i - from] = (values[i] - mean) / deviation;
  }
}

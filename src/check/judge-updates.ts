// Judges the parameters after each update of a sequence, in the order in which they were made.
import { boundedUpdates } from '../bounds/update.ts';
import type { BoundedUpdates } from '../bounds/update.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { besideStoring, comparisons, measure } from './measure.ts';
import type { TensorCompare } from './measure.ts';
import { excused } from './out-of-range.ts';
import type { Judged } from './out-of-range.ts';
import type { Pair } from './pair.ts';
import type { TensorMeasure } from './verdict.ts';

/** One update of both engines with the same gradients. */
export interface Update {
  readonly gradients: Parameters;
  /** The parameters after it. */
  readonly found: Pair<Parameters>;
  /** Counted from 1. */
  readonly number: number;
  /** The step that reports call it; missing: its number. */
  readonly step?: number | undefined;
}

/** One measure per tensor, of the next update. */
export type JudgeUpdate = (update: Update) => TensorMeasure[] | Promise<TensorMeasure[]>;

/** Judges a sequence of updates from these parameters, by engines of these precisions. */
export type JudgeUpdates = (start: Parameters, dtypes: Pair<Dtype>) => JudgeUpdate;

/** In this thread. */
export function judgeHere(network: NetworkSpec, optimizer: OptimizerSpec): JudgeUpdates {
  return (start, dtypes) => {
    const expected = boundedUpdates(network, optimizer, start);
    return ({ gradients, found, number, step = number }) => {
      expected.step(gradients);
      const compared = comparisons(found, expected.parameters, expected.errors, step);
      return compared.map(measuring('update', expected.extremes, dtypes, expected.storing, number));
    };
  };
}

/**
 * Measures updated tensors, without blame for a side whose numbers had to leave the range.
 * @param storing how far storing alone can move each entry
 */
export function measuring(
  what: Extract<Judged, { layer: number }>['what'],
  extremes: BoundedGradients['extremes'],
  dtypes: Pair<Dtype>,
  storing: BoundedUpdates['storing'],
  update?: number,
): (c: TensorCompare, t: number) => TensorMeasure {
  return (c, t) => ({
    ...excused(measure(c), { what, layer: c.layer }, extremes, dtypes),
    ...(update !== undefined && { update }),
    besideStoring: besideStoring(c, storing[t].values),
  });
}

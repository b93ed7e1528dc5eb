// The numbers that all engines of a run can hold. Where one stores 16 bits, every engine is given
// numbers of 16 bits: else it would compute another network than the others.
import { toHalf } from '../numeric/half.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { Batch } from './batch.ts';
import { mapBatch } from './masks.ts';
import type { Parameters } from './parameters.ts';
import type { NetworkSpec } from './spec.ts';

type Judged = Pick<NetworkSpec, 'arithmetic'>;

/** Whether all engines hold binary32. */
function holdsAll({ arithmetic }: Judged): boolean {
  return arithmetic !== 'gpu16';
}

/** Parameters or gradients, rounded to what all engines hold: the same object if they hold them. */
export function heldParameters(network: Judged, parameters: Parameters): Parameters {
  return holdsAll(network) ? parameters : parameters.map((one) => ({ ...one, values: halves(one.values) }));
}

/** A batch, rounded to what all engines hold: the same object if they hold it. */
export function heldBatch(network: Judged, batch: Batch): Batch {
  return holdsAll(network) ? batch : mapBatch(batch, (m) => ({ ...m, data: halves(m.data) }));
}

function halves(values: FloatArray): FloatArray {
  return values.map(toHalf);
}

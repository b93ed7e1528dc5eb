// Masks: the numbers that a layer such as dropout draws anew for each batch. They are data, so that
// every engine is given the same.
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Rng } from '../numeric/rng.ts';
import type { Batch } from './batch.ts';
import { layersOf } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** Whether some layer draws. */
export function draws(network: NetworkSpec): boolean {
  return layersOf(network).some(({ page }) => page.draw !== undefined);
}

/**
 * Masks for B examples, in binary32, as a part of a batch: nothing, if no layer draws. What they
 * are made of is drawn layer by layer, example by example.
 */
export function drawMasks(network: NetworkSpec, B: number, rng: Rng): Pick<Batch, 'masks'> {
  if (!draws(network)) return {};
  const masks = layersOf(network).map(({ page, spec, units }) => {
    if (page.draw === undefined) return null;
    const mask = zeros('f32', B, units);
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = page.draw(rng, spec);
    return mask;
  });
  return { masks };
}

/** A batch made from another, with the same change of every matrix. */
export function mapBatch({ inputs, targets, masks }: Batch, of: (m: Matrix) => Matrix): Batch {
  const made = masks?.map((mask) => mask && of(mask));
  return { inputs: of(inputs), targets: of(targets), ...(made !== undefined && { masks: made }) };
}

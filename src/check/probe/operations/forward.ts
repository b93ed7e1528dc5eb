// Which activation an engine's forward pass uses. With a batch of one, dW of a layer is the product
// of that layer's input and its db: this shows the activations of the layer below.
import type { NetworkSpec } from '../../../network/spec.ts';
import { activationOf } from '../../../ops/registry.ts';
import { activationsFor, slopeBelow0 } from './derivatives.ts';
import { areClose } from '../close.ts';
import { formatNumber } from './fit.ts';
import type { OtherActivation } from '../loss/pass.ts';
import type { Seen } from './example.ts';

/**
 * What layer l (from 0) computes in place of its activation; null if it computes the right one.
 * @param seen with the right activations, or those in use, in the layers below
 */
export function activationInUse(
  network: NetworkSpec,
  l: number,
  seen: readonly Seen[],
): { readonly text: string; readonly of: OtherActivation | null } | 'unknown' | null {
  const pairs = seen.map(({ example, shown }) => ({
    z: example.layers[l].z,
    a: example.layers[l].a,
    own: shown[l + 1].x,
  }));
  if (pairs.every(({ a, own }) => own !== null && areClose(own, a))) return null;
  const page = activationOf(network.layers[l].activation);
  const own = pairs.flatMap(({ z, own: a }) => (a === null ? [] : [{ z, a }]));
  if (own.length < pairs.length) return null; // dW is no product with db: nothing is shown of a
  if (page.kind !== 'elementwise') return 'unknown';
  const other = activationsFor(page).find(({ of }) => own.every(({ z, a }) => areClose(a, of(z))));
  if (other !== undefined) return other;
  const kept = keptOf(pairs.map(({ a, own: found }) => ({ a, found: found ?? a })));
  if (kept !== null)
    return {
      text: `its value with some units set to 0 and the others multiplied by ${kept}, as dropout does`,
      of: null,
    };
  const slope = slopeBelow0(own);
  if (slope === null) return 'unknown';
  const rounded = Number(slope.toPrecision(4));
  return { text: `z where z > 0, else ${rounded} z`, of: (z) => z.map((x) => (x > 0 ? x : slope * x)) };
}

/** The factor of the units that dropout keeps, if the others are 0; null if it is not so. */
function keptOf(pairs: readonly { readonly a: Float64Array; readonly found: Float64Array }[]): string | null {
  const both = pairs.flatMap(({ a, found }) => Array.from(a, (right, i) => ({ right, found: found[i] })));
  const alive = both.filter(({ right }) => right !== 0);
  const kept = alive.filter(({ found }) => found !== 0);
  if (kept.length < 3 || kept.length === alive.length) return null;
  const c = kept.reduce((sum, { right, found }) => sum + found / right, 0) / kept.length;
  const isIt = c >= 1 && kept.every(({ right, found }) => Math.abs(found / right - c) <= 1e-4 * c);
  return isIt ? formatNumber(c) : null;
}

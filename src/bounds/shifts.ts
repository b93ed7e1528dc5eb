// Where more than one gradient is right: how far undecided kinks shift the gradients.
import { tensorsOf, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';
import type { Saved } from '../ops/layers/page.ts';

/** How far the undecided kinks shift the gradients, which are linear in dz. */
export function shiftsOf(
  { network, parameters }: { readonly network: NetworkSpec; readonly parameters: Parameters },
  layers: readonly { readonly saved: Saved }[],
  dz: readonly Tracked[],
): Parameters {
  const shifts = zeroParameters(network, 'f64');
  layersOf(network).forEach(({ page, spec }, l) => {
    const { shift } = dz[l];
    if (shift !== undefined)
      page.backward(null, tensorsOf(shifts, l), shift, layers[l].saved, tensorsOf(parameters, l), spec);
  });
  return shifts;
}

/**
 * Turns bounds around the middle of the right values into bounds around the exact values. They then
 * reach equally far to the other side.
 */
export function widen(errors: Parameters, shifts: Parameters): void {
  errors.forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += Math.abs(shifts[t].values[i]);
  });
}

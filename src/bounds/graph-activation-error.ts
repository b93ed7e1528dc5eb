// The bound of an activation of which only the formula over scalars is known: less tight than one by hand, and no line of code for it.
import type { ScalarFunction } from '../numeric/scalar.ts';
import { TrackedScalar } from '../numeric/bounds/tracked-scalar.ts';
import type { ActivationBound } from '../ops/activations/page.ts';

/** @param graph the formula, which must branch by `relu`, `max` and `ifPositive`: an `if` on a scalar's number is not seen */
export function graphActivationBound(graph: ScalarFunction): ActivationBound {
  const at = (z: number, ez: number): TrackedScalar =>
    graph(TrackedScalar.input({ ez, rounding: 1, functions: 1 }, z, ez, 1));
  return {
    bias: 1, // nothing was measured of it
    multiplies: true, // nor of the way back
    forward: (z, ez) => at(z, ez).error,
    slope: ({ z, ez }) => at(z, ez).derivative,
    undecided: (z, ez) => at(z, ez).undecided,
  };
}

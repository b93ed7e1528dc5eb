// The bound of an activation that has only a formula over scalars: wider than one derived by hand,
// but it needs no code of its own.
import type { ScalarFunction } from '../numeric/scalar.ts';
import { TrackedScalar } from '../numeric/bounds/tracked-scalar.ts';
import type { ActivationBound } from '../ops/activations/page.ts';

/**
 * @param graph the formula. It must branch through `relu`, `max` and `ifPositive`: an `if` on a
 *   scalar's number is not seen.
 */
export function graphActivationBound(graph: ScalarFunction): ActivationBound {
  const compute = (z: number, ez: number): TrackedScalar =>
    graph(TrackedScalar.input({ ez, rounding: 1, functions: 1 }, z, ez, 1));
  let last: { z: number; ez: number; a: TrackedScalar } | null = null; // one score is asked for several things in a row
  const at = (z: number, ez: number): TrackedScalar => {
    if (last === null || !Object.is(last.z, z) || last.ez !== ez) last = { z, ez, a: compute(z, ez) };
    return last.a;
  };
  return {
    bias: 1, // no measurement says that it is smaller
    multiplies: true, // assumed: how engines compute the derivative is not known
    forward: (z, ez) => at(z, ez).error,
    slope: ({ z, ez }) => at(z, ez).derivative,
    undecided: (z, ez) => at(z, ez).undecided,
  };
}

// Gradients that are recovered from updates are off by the rounding of the stored parameters, too:
// it belongs to what is allowed.
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { LossAndGradients } from '../../engines/engine.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { SIDES } from '../pair.ts';
import type { Pair } from '../pair.ts';

/**
 * The exact gradients with the bound on each entry widened by the rounding of the way by which
 * either side's gradient was obtained: e + r. The same object if both sides returned them.
 */
export function withRounding(exact: BoundedGradients, answers: Pair<LossAndGradients>): BoundedGradients {
  const all = SIDES.flatMap((side) => answers[side].rounding ?? []);
  if (all.length === 0) return exact;
  const errors = copyParameters(exact.errors, 'f64');
  for (const side of SIDES) add(errors, answers[side].rounding);
  return { ...exact, errors };
}

function add(errors: Parameters, rounding: Parameters | undefined): void {
  rounding?.forEach(({ values }, t) => {
    const own = errors[t].values;
    // an infinite gradient is wrong however wide the bound
    values.forEach((r, i) => (own[i] += Number.isFinite(r) ? r : 0));
  });
}

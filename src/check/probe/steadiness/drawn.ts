// Chance in batches where single examples get the same answer each time: examples that are drawn,
// and targets that are shuffled apart from their inputs.
import type { NetworkSpec } from '../../../network/spec.ts';
import { dot } from '../../../numeric/norms.ts';
import { combined, solved } from '../batch/coefficients.ts';
import { ordersIn } from '../batch/orders.ts';
import { areClose, passes } from '../pass/pass.ts';
import { rowsFrom } from '../pass/rows.ts';
import type { Asked } from './history.ts';

/** What the answers to one batch have in common, as a sentence; null: nothing that is known. */
export function drawnIn(network: NetworkSpec, calls: readonly Asked[]): string | null {
  const B = calls[0].batch.inputs.rows;
  const singles = Array.from({ length: B }, (_, r) => {
    const { parameters, batch } = calls[0];
    const one = {
      inputs: rowsFrom(batch.inputs, () => r, 1),
      targets: rowsFrom(batch.targets, () => r, 1),
    };
    return passes(network, parameters, one).values;
  });
  const all = calls.map((call) => coefficientsOf(call, singles));
  if (all.every((c) => c !== null))
    return `each call uses the examples of the batch with other coefficients: ${all
      .slice(0, 2)
      .map((c) => shown(c))
      .join(', then ')}. They should be 1/B each.`;
  if (calls.every((call) => ordersIn(network, { ...call, whole: call.found, right: call.right.values }).length > 0))
    return 'each call gives the examples the targets of others: inputs and targets are shuffled apart.';
  return null;
}

/** The coefficients of the examples that all tensors have in common. */
function coefficientsOf({ found, right }: Asked, singles: readonly (typeof found)[]): Float64Array | null {
  const sums = found.slice(1).map(({ values }, n) => ({
    whole: values,
    singles: singles.map((one) => one[n + 1].values),
    exact: right.values[n + 1].values,
  }));
  const [largest] = sums.toSorted((a, b) => b.whole.length - a.whole.length);
  const c = solved(largest);
  if (c === null) return null;
  return sums.every((sum) => areClose(sum.whole, combined(sum.singles, c), sum.exact)) ? c : null;
}

function shown(c: Float64Array): string {
  const size = Math.sqrt(dot(c, c));
  return Array.from(c, (value) => (Math.abs(value) < 1e-3 * size ? '0' : String(Number(value.toPrecision(3))))).join(
    ' ',
  );
}

// In which order the targets of a batch must be to give the gradients that were answered.
import { fromDense } from '../../../network/parameters.ts';
import { hasBias } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { areClose, differing, passes, weightMatrix } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import { rowsFrom } from '../pass/rows.ts';
import type { Shown } from './answer.ts';

/** Example r gets the targets of example order[r]. */
export type Order = readonly number[];

/**
 * The orders that give all gradients, or the loss; none for a batch in which too many are possible.
 */
export function ordersIn(network: NetworkSpec, shown: Shown, of: 'gradients' | 'loss' = 'gradients'): Order[] {
  const { batch, whole } = shown;
  if (batch.inputs.rows > MOST) return [];
  const alone = lastAlone(network, shown);
  const known = new Map<string, boolean>();
  const isIt = (order: Order): boolean => {
    const [loss, dW] = alone(order);
    if (of === 'loss') return areClose(whole[0].values, loss);
    const found = whole[whole.length - 2].values; // most orders end here
    return (
      areClose(found, dW, shown.right[whole.length - 2].values) &&
      differing(whole, inOrder(network, shown, order), shown.right).every((name) => name === 'loss')
    );
  };
  return orders(batch.inputs.rows).filter((order) => {
    const key = rowsFrom(batch.targets, (r) => order[r]).data.join();
    const is = known.get(key) ?? isIt(order);
    known.set(key, is);
    return is;
  });
}

const MOST = 6;

/** What is right for the batch with its targets in that order. */
export function inOrder(network: NetworkSpec, { parameters, batch }: Shown, order: Order): Values {
  return passes(network, parameters, batch, { targets: (t) => rowsFrom(t, (r) => order[r]) }).values;
}

/** The loss, and the gradients of the last layer's weights and bias, from what enters it. */
function lastAlone(network: NetworkSpec, { parameters, batch }: Shown): (order: Order) => Float64Array[] {
  const l = network.layers.length - 1;
  const { x } = passes(network, parameters, batch);
  const bias = hasBias(network, l) ? parameters[parameters.length - 1].values : new Float64Array(batch.targets.cols);
  const weights = weightMatrix(parameters, l);
  const alone = { ...network, inputs: weights.rows, layers: [network.layers[l]] };
  const own = fromDense([{ weights, bias }]);
  return (order) => {
    const targets = rowsFrom(batch.targets, (r) => order[r]);
    return passes(alone, own, { inputs: x[l], targets }).values.map(({ values }) => values);
  };
}

/** All orders of n things. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

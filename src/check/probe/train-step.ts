// What a training step does in another order, where the gradients and the updates alone are right.
import { boundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { Batch } from '../../network/batch.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { countMultiplications } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { singleExamples } from '../questions/protocol.ts';
import { generalPoint, isOneHot } from '../slopes/general-point.ts';
import type { Asker } from './asker.ts';
import { areClose } from './close.ts';
import type { Told } from './told.ts';

interface Asked {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** A training step in another order. */
interface Order {
  readonly text: string;
  /** The parameters after it, in binary64. */
  readonly after: (asked: Asked) => Parameters;
}

const ORDERS: readonly Order[] = [
  {
    text: 'The weights are updated after every example, with the learning rate divided by B: later examples of the batch get other weights.',
    after: (asked) => afterEach(asked, 1 / asked.batch.inputs.rows),
  },
  {
    text: 'The weights are updated after every example, not once for the batch.',
    after: (asked) => afterEach(asked, 1),
  },
  {
    text: 'The layers are updated one after the other, the last one first, each by a new pass with the weights above it already updated.',
    after: layerByLayer,
  },
];

/** Multiplications of a batch up to which this is tried. */
const MOST = 1e6;
const EXAMPLES = 5;

/**
 * Asked once more, on a fresh batch. Throws ENOUGH.
 * @param found the parameters after the engine's training step
 * @returns null if no other order gives them, or several do; or if the steps are so small that the
 *   right order gives them too
 */
export async function probeTrainStep(asked: Asked, found: Parameters, asker: Asker): Promise<Told | null> {
  const { network, optimizer, batch } = asked;
  if (countMultiplications(network) * batch.inputs.rows > MOST) return null;
  const fitting = fits(ORDERS, asked, found);
  if (fitting.length === 0) return null;
  const fresh = generalPoint(network, EXAMPLES, isOneHot(batch.targets));
  const other = { network, optimizer, start: fresh.parameters, batch: fresh.batch };
  const there = await asker.trained(fresh.parameters, fresh.batch);
  const [order, ...others] = fits(fitting, other, there);
  return order === undefined || others.length > 0 ? null : tell(order);
}

/** The orders that give these parameters, where the right one does not. */
function fits(orders: readonly Order[], asked: Asked, found: Parameters): Order[] {
  return isSo(once(asked), asked, found) ? [] : orders.filter(({ after }) => isSo(after(asked), asked, found));
}

function tell({ text }: Order): Told {
  const fix = 'compute the gradients of the whole batch, of every layer, then update once';
  return { kind: 'update', place: 'updates', text, used: null, right: null, fix };
}

function isSo(after: Parameters, asked: Asked, found: Parameters): boolean {
  return after.every(({ values }, n) => {
    const from = asked.start[n].values;
    const moved = (to: Parameters[number]['values']): Float64Array => Float64Array.from(to, (w, i) => w - from[i]);
    return areClose(moved(found[n].values), moved(values), STORED * peakOf(values));
  });
}

/** What storing weights after each of some dozens of steps may leave, as a share of the largest. */
const STORED = 64 * UNIT_ROUNDOFF.f32;

function once({ network, optimizer, start, batch }: Asked): Parameters {
  const updates = boundedUpdates(network, optimizer, start);
  updates.step(boundedGradients(network, start, batch).gradients);
  return updates.parameters;
}

/** @param factor of the gradients of each example */
function afterEach({ network, optimizer, start, batch }: Asked, factor: number): Parameters {
  const updates = boundedUpdates(network, optimizer, start);
  for (const one of singleExamples(batch)) {
    const { gradients } = boundedGradients(network, updates.parameters, one);
    updates.step(gradients.map((g) => ({ ...g, values: g.values.map((value) => factor * value) })));
  }
  return updates.parameters;
}

function layerByLayer({ network, optimizer, start, batch }: Asked): Parameters {
  let now = copyParameters(start, 'f64');
  for (let layer = network.layers.length; layer > 0; layer--) {
    const after = once({ network, optimizer, start: now, batch });
    now = now.map((tensor, n) => (tensor.layer === layer ? after[n] : tensor));
  }
  return now;
}

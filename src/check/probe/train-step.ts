// What a training step does in another order, where the gradients and the updates alone are right.
import { boundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { Engine } from '../../engines/engine.ts';
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
import { areClose } from './close.ts';
import type { Probed, Told } from './told.ts';

interface Asked {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** The parameters after one training step of this kind. */
interface Order {
  readonly text: string;
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
 * @param found the parameters after the engine's training step
 * @returns nothing told if no other order gives them, here and on a fresh batch
 */
export async function probeTrainStep(asked: Asked, found: Parameters, engine: Engine): Promise<Probed> {
  const { network, optimizer, batch } = asked;
  if (countMultiplications(network) * batch.inputs.rows > MOST) return { asked: 0, told: [] };
  const fitting = ORDERS.filter((order) => isSo(order, asked, found));
  if (fitting.length === 0) return { asked: 0, told: [] };
  const fresh = generalPoint(network, EXAMPLES, isOneHot(batch.targets));
  const other = { network, optimizer, start: fresh.parameters, batch: fresh.batch };
  await engine.load(fresh.parameters);
  await engine.trainStep(fresh.batch);
  const there = await engine.parameters();
  return { asked: 1, told: fitting.filter((order) => isSo(order, other, there)).map(tell) };
}

function tell({ text }: Order): Told {
  const fix = 'compute the gradients of the whole batch, of every layer, then update once';
  return { kind: 'update', place: 'updates', text, used: null, right: null, fix };
}

function isSo({ after }: Order, asked: Asked, found: Parameters): boolean {
  return after(asked).every(({ values }, n) => {
    const from = asked.start[n].values;
    const moved = (to: Parameters[number]['values']): Float64Array => Float64Array.from(to, (w, i) => w - from[i]);
    return areClose(moved(found[n].values), moved(values), STORED * peakOf(values));
  });
}

/** Roundings of a stored weight, one for each example. */
const STORED = 64 * UNIT_ROUNDOFF.f32;

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
    const updates = boundedUpdates(network, optimizer, now);
    updates.step(boundedGradients(network, now, batch).gradients);
    now = now.map((tensor, n) => (tensor.layer === layer ? updates.parameters[n] : tensor));
  }
  return now;
}

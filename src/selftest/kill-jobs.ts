// What the kill table of the self-test tries: which mistake in which network, with which optimizer.
import { faultById, possibleFaults } from '../faults/registry.ts';
import type { FaultAt } from '../faults/registry.ts';
import type { Setting } from '../faults/fault.ts';
import { parseLayers } from '../network/layer-notation.ts';
import { sizeOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';

/** AROUND and DECAYING go by the place in this list. */
const NETWORKS: readonly NetworkSpec[] = [
  mlp(7, [['tanh', 6], ['tanh', 6]], 4, 'softmax', 'cross-entropy'), // prettier-ignore
  mlp(9, [['relu', 8], ['relu', 8], ['relu', 8]], 5, 'softmax', 'mse'), // prettier-ignore
  mlp(6, [['sigmoid', 7], ['swish', 5]], 3, 'ratio', 'mse'), // prettier-ignore
  mlp(5, [['leaky-relu', 6], ['elu', 6]], 3, 'tanh', 'mse'), // prettier-ignore
  mlp(8, [['gelu', 6], ['softplus', 7]], 2, 'sigmoid', 'mse'), // prettier-ignore
  mlp(4, [['selu', 9]], 6, 'linear', 'mse'), // prettier-ignore
  mlp(12, [['relu', 10]], 10, 'softmax', 'cross-entropy'), // prettier-ignore
  { ...mlp(5, [['tanh', 6]], 3, 'softmax', 'cross-entropy'), penalties: [{ kind: 'l2', strength: 0.05 }] }, // prettier-ignore
  { ...mlp(6, [['sigmoid', 5]], 4, 'linear', 'mse'), penalties: [{ kind: 'l2', strength: 0.3, half: true, overBatch: true }] }, // prettier-ignore
  { ...mlp(4, [['swish', 7]], 3, 'softmax', 'mse'), penalties: [{ kind: 'l1', strength: 0.02, biases: true }] }, // prettier-ignore
  mlp(5, [['leaky-relu:0.05', 6], ['elu:0.5', 6]], 3, 'sigmoid', 'binary-cross-entropy'), // prettier-ignore
  mlp(5, [['tanh', 6]], 3, 'softmax', 'cross-entropy:0.1:weights=1,2,5'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'half-squared-error'), // prettier-ignore
  mlp(6, [['sigmoid', 6]], 3, 'linear', 'mean-absolute-error'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'huber:0.5'), // prettier-ignore
  mlp(6, [['tanh', 6]], 3, 'linear', 'hinge'), // prettier-ignore
  mlp(6, [['swish', 6]], 2, 'linear', 'squared-hinge'), // prettier-ignore
  ofPictures([6, 6, 2], 'conv:3x3:relu,max-pool:2,conv:4x2:tanh:same,flatten,dense:3:softmax'),
  ofPictures([7, 6, 1], 'conv:3x3x2:tanh:stride=2:same,average-pool:2:same,conv:2x2:relu,flatten,dense:3:softmax'),
  of(5, 'dense:8:tanh,dropout:0.4,dense:6:relu,dropout:0.25,dense:4:softmax'),
  of(6, 'dense:7:tanh,layer-norm:relu,dense:5:swish,layer-norm,dense:4:softmax'),
  of(6, 'dense:7:tanh,batch-norm:0.9:relu,dense:5:swish,batch-norm,dense:4:softmax'),
];

function of(inputs: number, layers: string): NetworkSpec {
  const parsed = parseLayers(layers, 'linear', 'linear') as unknown as NetworkSpec['layers'];
  return { inputs, layers: parsed, loss: 'cross-entropy' };
}

function ofPictures(inputShape: number[], layers: string): NetworkSpec {
  return { ...of(sizeOf(inputShape), layers), inputShape };
}

/** What surrounds the update, by the network; others have nothing. */
const AROUND: Readonly<Record<number, Partial<OptimizerSpec>>> = {
  7: { clipNorm: 0.01 },
  8: { schedule: 'exponential:0.5' },
  9: { clipValue: 0.001 },
};
/** The networks on which sgd has weight decay. */
const DECAYING = 9;

function mlp(
  inputs: number,
  hidden: [ActivationId, number][],
  K: number,
  output: ActivationId,
  loss: LossId,
): NetworkSpec {
  const layers = hidden.map(([activation, units]) => ({ activation, units }));
  return { inputs, layers: [...layers, { units: K, activation: output }], loss };
}

export interface Job {
  readonly setting: Setting;
  readonly fault: FaultAt;
}

/** So many networks at the start of the list are part of a quick self-test. */
const FIRST = 2;

/** Jobs are the same each time, and making them takes as long as trying one. */
const made = new Map<boolean, readonly Job[]>();

/**
 * Mistakes in gradients do not depend on the optimizer, so they run with one optimizer per network.
 * Those of a training step run with plain sgd: a gradient that is a little off does not show where
 * it is clipped, nor in the first step of Adam and its relatives, which hardly depends on its size.
 */
export function jobsOf(thorough: boolean): readonly Job[] {
  const known = made.get(thorough);
  if (known !== undefined) return known;
  const done = new Set<string>();
  const all = NETWORKS.flatMap((network, n) => {
    const jobs = jobsIn(network, n);
    const asked = thorough ? jobs : jobs.filter((job) => isPartOfQuick(job, n, done));
    for (const { fault } of asked) done.add(fault.id);
    return asked;
  });
  made.set(thorough, all);
  return all;
}

/**
 * In the first two networks: of an update, each mistake once with each optimizer; any other at
 * every place. Further on, what was not possible in the networks before; of an update, once.
 */
function isPartOfQuick({ setting, fault: { id } }: Job, n: number, done: Set<string>): boolean {
  const isEarly = n < FIRST;
  if (faultById(id).stage !== 'update') return isEarly || !done.has(id);
  const kind = isEarly ? `${id} ${setting.optimizer.id}` : id;
  const isNew = !done.has(kind);
  done.add(kind);
  return isNew;
}

function jobsIn(network: NetworkSpec, n: number): Job[] {
  return OPTIMIZERS.flatMap((id, o) => {
    const setting = {
      network,
      optimizer: optimizerSpec(id, {
        learningRate: 0.05,
        ...AROUND[n],
        ...(n === DECAYING && id === 'sgd' && { weightDecay: 0.1 }),
      }),
      scaling: { mean: 0, deviation: 255 },
    };
    const first = o === n % OPTIMIZERS.length;
    const runs = {
      update: true,
      'train-step': id === 'sgd' && AROUND[n] === undefined,
      gradient: first,
      again: first,
      loss: first,
    };
    return possibleFaults(setting)
      .filter((fault) => runs[faultById(fault.id).stage])
      .map((fault) => ({ setting, fault }));
  });
}

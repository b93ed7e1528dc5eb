// Known mistakes of hand-written backpropagation, each as the right backward pass with that one mistake. They show that the check
// catches what it claims to: `--fault NAME@LAYER` puts one into the hand-written path.
import { UsageError, lookUp } from '../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/backward-rules.ts';

interface Fault {
  /** What went wrong, for somebody who has made it. */
  readonly description: string;
  /** Whether it can be made at this (0-based) layer. */
  readonly possible: (network: NetworkSpec, layer: number) => boolean;
  readonly rules: (layer: number) => Partial<BackwardRules>;
}

const anywhere = (): boolean => true;

export const FAULTS = {
  sign: {
    description: 'the gradient of one layer has the wrong sign',
    possible: anywhere,
    rules: (at) => ({
      dense(layer, dx, dW, db, dz, x, W) {
        BACKWARD.dense(layer, dx, dW, db, dz, x, W);
        if (layer !== at) return;
        for (let i = 0; i < dW.data.length; i++) dW.data[i] = -dW.data[i];
        for (let o = 0; o < db.length; o++) db[o] = -db[o];
      },
    }),
  },
  'missing-batch-mean': {
    description: 'the loss is averaged over the batch, its gradient is not (1/B is missing)',
    possible: (network, layer) => layer === network.layers.length - 1,
    rules: () => ({
      loss(layer, loss, start, from, t) {
        BACKWARD.loss(layer, loss, start, from, t);
        for (let i = 0; i < start.data.length; i++) start.data[i] *= t.rows;
      },
    }),
  },
  'missing-activation-derivative': {
    description: "the activation's derivative is missing: dz = da",
    possible: (network, layer) =>
      network.layers[layer].activation !== 'linear' &&
      !(network.loss === 'cross-entropy' && layer === network.layers.length - 1),
    rules: (at) => ({
      activation(layer, id, dz, da, z, a) {
        if (layer === at) dz.data.set(da.data);
        else BACKWARD.activation(layer, id, dz, da, z, a);
      },
    }),
  },
  'transposed-product': {
    description: 'dW is laid out as dzᵀ x, (units, inputs), instead of xᵀ dz, (inputs, units)',
    possible: (network, layer) => {
      const inputs = layer === 0 ? network.inputs : network.layers[layer - 1].units;
      return inputs > 1 && network.layers[layer].units > 1;
    },
    rules: (at) => ({
      dense(layer, dx, dW, db, dz, x, W) {
        BACKWARD.dense(layer, dx, dW, db, dz, x, W);
        if (layer !== at) return;
        const [right, I, O] = [dW.data.slice(), dW.rows, dW.cols];
        for (let i = 0; i < I; i++) for (let o = 0; o < O; o++) dW.data[o * I + i] = right[i * O + o];
      },
    }),
  },
  'bias-not-summed': {
    description: "the bias gradient is the last example's alone, not the sum over the batch",
    possible: anywhere,
    rules: (at) => ({
      dense(layer, dx, dW, db, dz, x, W) {
        BACKWARD.dense(layer, dx, dW, db, dz, x, W);
        if (layer === at) db.set(dz.data.subarray((dz.rows - 1) * dz.cols));
      },
    }),
  },
} as const satisfies Record<string, Fault>;

export type FaultId = keyof typeof FAULTS;
export const FAULT_IDS = Object.keys(FAULTS) as FaultId[];

/** The rules of "sign@2" (layer 2), "sign" (the first layer where it is possible).
 * @throws UsageError if there is no such fault, or it cannot be made there. */
export function faultRules(network: NetworkSpec, text: string): Partial<BackwardRules> {
  const [name, at] = text.split('@');
  const fault: Fault = lookUp<Fault>(FAULTS, name, 'fault');
  const layers = network.layers.map((_, l) => l).filter((l) => fault.possible(network, l));
  const layer = at === undefined ? layers[0] : Number(at) - 1;
  if (layer === undefined || !layers.includes(layer)) {
    const choices = layers.map((l) => `${name}@${l + 1}`).join(', ');
    throw new UsageError(
      `fault "${text}": not possible there in this network`,
      choices === '' ? 'choose another fault' : `choose one of ${choices}`,
    );
  }
  return fault.rules(layer);
}

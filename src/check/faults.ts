// Known mistakes of hand-written backpropagation, each as the right backward pass with that one mistake. They serve twice: put into
// the hand-written path (`--fault NAME@LAYER`) they show that the check catches what it claims to; computed in binary64
// they are what a wrong gradient is compared with to say which mistake it is.
import { UsageError, lookUp } from '../errors.ts';
import { isRowActivation, lastLayer } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { ACTIVATION } from '../ops/activations.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/backward-rules.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';

interface Fault {
  /** What went wrong, for somebody who has made it. */
  readonly description: string;
  /** How to mend it. */
  readonly remedy: string;
  /** Whether it can be made at this (0-based) layer. */
  readonly possible: (network: NetworkSpec, layer: number) => boolean;
  readonly rules: (layer: number) => Partial<BackwardRules>;
}

const isLast = (network: NetworkSpec, layer: number): boolean => layer === network.layers.length - 1;

const hasMse = (network: NetworkSpec, layer: number): boolean => isLast(network, layer) && network.loss === 'mse';

/** Layers whose dz is made from da by an activation of each score alone. */
const isElementwise = (network: NetworkSpec, layer: number): boolean =>
  !isRowActivation(network.layers[layer].activation);

/** The right dense backward everywhere, then `spoil` at one layer. */
function afterDense(spoil: (dW: Matrix, db: FloatArray, dz: Matrix, network: { B: number }) => void) {
  return (at: number): Partial<BackwardRules> => ({
    dense(layer, dx, dW, db, dz, x, W) {
      BACKWARD.dense(layer, dx, dW, db, dz, x, W);
      if (layer === at) spoil(dW, db, dz, { B: dz.rows });
    },
  });
}

/** The right start of the gradient, then `spoil`. */
function afterLoss(spoil: (start: Matrix, from: Matrix, t: Matrix) => void) {
  return (): Partial<BackwardRules> => ({
    loss(layer, loss, start, from, t) {
      BACKWARD.loss(layer, loss, start, from, t);
      spoil(start, from, t);
    },
  });
}

/** `wrong` instead of the right activation backward at one layer. */
function insteadOfActivation(wrong: (dz: Matrix, da: Matrix, z: Matrix, a: Matrix) => void) {
  return (at: number): Partial<BackwardRules> => ({
    activation(layer, id, dz, da, z, a) {
      if (layer === at) wrong(dz, da, z, a);
      else BACKWARD.activation(layer, id, dz, da, z, a);
    },
  });
}

function scale(values: FloatArray, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

export const FAULTS = {
  sign: {
    description: 'the gradient of one layer has the wrong sign',
    remedy: 'take the minus out; the update subtracts the gradient',
    possible: (network) => network.layers.length > 1,
    rules: afterDense((dW, db) => {
      scale(dW.data, -1);
      scale(db, -1);
    }),
  },
  ascent: {
    description: 'every gradient has the wrong sign: the loss is climbed, not descended',
    remedy: 'the loss starts the gradient with output - target, not target - output',
    possible: isLast,
    rules: afterLoss((start) => scale(start.data, -1)),
  },
  'missing-batch-mean': {
    description: 'the loss is averaged over the batch, its gradient is not: every gradient is B times too large',
    remedy: 'divide the gradient of the loss by the number of examples',
    possible: isLast,
    rules: afterLoss((start) => scale(start.data, start.rows)),
  },
  'batch-mean-twice': {
    description: 'the gradient is divided by the number of examples twice',
    remedy: 'divide by B once, where the gradient of the loss starts',
    possible: isLast,
    rules: afterLoss((start) => scale(start.data, 1 / start.rows)),
  },
  'missing-output-mean': {
    description: 'the squared error is averaged over the outputs, its gradient is not: K times too large',
    remedy: 'divide the gradient of the loss by the number of outputs as well',
    possible: hasMse,
    rules: afterLoss((start) => scale(start.data, start.cols)),
  },
  'missing-factor-two': {
    description: 'the derivative of the square is missing its 2',
    remedy: 'd (t - p)² / dp = 2 (p - t); or define the loss with ½',
    possible: hasMse,
    rules: afterLoss((start) => scale(start.data, 0.5)),
  },
  'missing-activation-derivative': {
    description: "the activation's derivative is missing: dz = da",
    remedy: "dz = da · f'(z)",
    possible: (network, layer) =>
      network.layers[layer].activation !== 'linear' && !(network.loss === 'cross-entropy' && isLast(network, layer)),
    rules: insteadOfActivation((dz, da) => dz.data.set(da.data)),
  },
  'derivative-at-z': {
    description: 'the derivative is written in a = f(z) and was given z',
    remedy: "sigmoid' = a (1 - a), tanh' = 1 - a²: put the activation in, not the score",
    possible: (network, layer) => ['sigmoid', 'tanh'].includes(network.layers[layer].activation),
    rules: (at) => ({
      activation(layer, id, dz, da, z, a) {
        BACKWARD.activation(layer, id, dz, da, z, layer === at ? z : a);
      },
    }),
  },
  'relu-derivative': {
    description: 'the derivative of relu, whatever the activation is',
    remedy: 'use the derivative of the activation of this layer',
    possible: (network, layer) => isElementwise(network, layer) && network.layers[layer].activation !== 'relu',
    rules: insteadOfActivation((dz, da, z, a) => ACTIVATION.relu.backward(dz.data, da.data, z.data, a.data)),
  },
  'sigmoid-derivative': {
    description: 'a (1 - a), the derivative of sigmoid, whatever the activation is',
    remedy: 'use the derivative of the activation of this layer',
    possible: (network, layer) => isElementwise(network, layer) && network.layers[layer].activation !== 'sigmoid',
    rules: insteadOfActivation((dz, da, z, a) => ACTIVATION.sigmoid.backward(dz.data, da.data, z.data, a.data)),
  },
  'softmax-elementwise': {
    description: 'softmax is treated as if each output depended on its own score alone: dz = dp · p (1 - p)',
    remedy: 'dz_k = p_k (dp_k - Σ_j dp_j p_j): every score moves every share',
    possible: (network, layer) => hasMse(network, layer) && lastLayer(network).activation === 'softmax',
    rules: insteadOfActivation((dz, da, z, a) => ACTIVATION.sigmoid.backward(dz.data, da.data, z.data, a.data)),
  },
  'mse-as-cross-entropy': {
    description: 'dz = (p - t) / B, the gradient of softmax with cross-entropy, is used with the mean squared error',
    remedy: 'with mse go through the derivative of the output: dp = 2 (p - t) / (B K), then dz from dp',
    possible: (network, layer) => hasMse(network, layer) && lastLayer(network).activation !== 'linear',
    rules: (at) => {
      let t: Matrix = zeros('f64', 0, 0);
      return {
        loss(layer, loss, start, from, targets) {
          BACKWARD.loss(layer, loss, start, from, targets);
          t = targets;
        },
        activation(layer, id, dz, da, z, a) {
          if (layer !== at) BACKWARD.activation(layer, id, dz, da, z, a);
          else for (let i = 0; i < dz.data.length; i++) dz.data[i] = (a.data[i] - t.data[i]) / dz.rows;
        },
      };
    },
  },
  'targets-shifted': {
    description: 'the targets are shifted by one class',
    remedy: 'class k is column k, counted from 0',
    possible: (network, layer) => isLast(network, layer) && network.layers[layer].units > 1,
    rules: () => ({
      loss(layer, loss, start, from, t) {
        const shifted = { ...t, data: t.data.slice() };
        for (let r = 0; r < t.rows; r++) {
          for (let k = 0; k < t.cols; k++) shifted.data[r * t.cols + ((k + 1) % t.cols)] = t.data[r * t.cols + k];
        }
        BACKWARD.loss(layer, loss, start, from, shifted);
      },
    }),
  },
  'transposed-product': {
    description: 'dW is laid out as dzᵀ x, (units, inputs), instead of xᵀ dz, (inputs, units)',
    remedy: 'dW = xᵀ dz: the weight from input i to unit o gets Σ_b x_bi dz_bo',
    possible: (network, layer) => {
      const inputs = layer === 0 ? network.inputs : network.layers[layer - 1].units;
      return inputs > 1 && network.layers[layer].units > 1;
    },
    rules: afterDense((dW) => {
      const [right, I, O] = [dW.data.slice(), dW.rows, dW.cols];
      for (let i = 0; i < I; i++) for (let o = 0; o < O; o++) dW.data[o * I + i] = right[i * O + o];
    }),
  },
  'bias-not-summed': {
    description: "the bias gradient is the last example's alone, not the sum over the batch",
    remedy: 'db = Σ_b dz_b',
    possible: () => true,
    rules: afterDense((_dW, db, dz) => db.set(dz.data.subarray((dz.rows - 1) * dz.cols))),
  },
  'bias-averaged': {
    description: 'the bias gradient is averaged over the batch although dz holds 1/B already',
    remedy: 'db = Σ_b dz_b, without another division',
    possible: () => true,
    rules: afterDense((_dW, db, _dz, { B }) => scale(db, 1 / B)),
  },
  'zero-gradient': {
    description: 'the gradient of one layer is 0: it never learns',
    remedy: 'write the gradient of this layer, or add it to what the optimizer is given',
    possible: () => true,
    rules: afterDense((dW, db) => {
      dW.data.fill(0);
      db.fill(0);
    }),
  },
} as const satisfies Record<string, Fault>;

export type FaultId = keyof typeof FAULTS;
export const FAULT_IDS = Object.keys(FAULTS) as FaultId[];

/** The layers (0-based) at which a mistake can be made in this network. */
export function faultLayers(network: NetworkSpec, id: FaultId): number[] {
  const { possible }: Fault = FAULTS[id];
  return network.layers.map((_, l) => l).filter((l) => possible(network, l));
}

/** The rules of "sign@2" (layer 2), or of "sign" at the first layer where it is possible.
 * @throws UsageError if there is no such fault, or it cannot be made there. */
export function faultRules(network: NetworkSpec, text: string): Partial<BackwardRules> {
  const [name, at, ...more] = text.split('@');
  const fault: Fault = lookUp<Fault>(FAULTS, name, 'fault');
  const layers = faultLayers(network, name as FaultId);
  const layer = at === undefined ? layers[0] : /^\d+$/.test(at) && more.length === 0 ? Number(at) - 1 : -1;
  if (layer === undefined || !layers.includes(layer)) {
    const choices = layers.map((l) => `${name}@${l + 1}`).join(', ');
    throw new UsageError(
      `fault "${text}": not possible there in this network`,
      choices === '' ? 'choose another fault' : `choose one of ${choices}`,
    );
  }
  return fault.rules(layer);
}

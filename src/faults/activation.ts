// Mistakes in going back through an activation: no derivative, the wrong one, at the wrong place.
import { ELEMENTWISE_ACTIVATIONS, isRowActivation } from '../network/spec.ts';
import type { ElementwiseActivationId } from '../network/spec.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { ACTIVATION } from '../ops/activations.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import { lastIndex, layersWhere, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

type Through = (dz: Matrix, da: Matrix, z: Matrix, a: Matrix) => void;

/** `wrong` instead of the right activation backward at one layer. */
function insteadAt(wrong: Through): Fault['mistake'] {
  return (at) => ({
    backward: {
      activation(layer, id, dz, da, z, a) {
        if (layer === at) wrong(dz, da, z, a);
        else BACKWARD.activation(layer, id, dz, da, z, a);
      },
    },
  });
}

/** Cross-entropy and softmax go back in one step: there is no activation of its own at the last layer. */
function goesBack(setting: Setting, layer: number): boolean {
  return !(setting.network.loss === 'cross-entropy' && layer === lastIndex(setting));
}

const activationOf = (setting: Setting, layer: number): string => setting.network.layers[layer].activation;

const isElementwise = (setting: Setting, layer: number): boolean => {
  return !isRowActivation(setting.network.layers[layer].activation);
};

/** Derivatives written in a = f(z), and those that are as well written in z (relu's and leaky relu's come to the same in both). */
const WRITTEN_IN_A: readonly string[] = ['sigmoid', 'tanh'];
const SMOOTH: readonly string[] = ELEMENTWISE_ACTIVATIONS.filter(
  (id) => !['linear', 'relu', 'leaky-relu'].includes(id),
);

const ofLayer = { stage: 'gradient', first: (layer: number) => [`dz${layer + 1}`] } as const;

/** da · f'(z) where f' is asked for at `at` instead of z: what the activation itself makes of that score. */
function derivativeAt(id: ElementwiseActivationId, dz: Matrix, da: Matrix, at: Matrix): void {
  const a = { ...at, data: at.data.slice() };
  ACTIVATION[id].forward(a.data, at.data);
  ACTIVATION[id].backward(dz.data, da.data, at.data, a.data);
}

function derivativeOf(id: ElementwiseActivationId): Fault {
  return {
    ...ofLayer,
    description: `the derivative of ${id} is used, whatever the activation of the layer is`,
    remedy: 'use the derivative of the activation of this layer',
    layers: (setting) => layersWhere(setting, (l) => isElementwise(setting, l) && activationOf(setting, l) !== id),
    mistake: insteadAt((dz, da, z) => derivativeAt(id, dz, da, z)),
  };
}

/** The same for derivatives that are written in a = f(z), with the a of this layer. */
function formulaOf(id: 'sigmoid' | 'tanh', formula: string): Fault {
  return {
    ...derivativeOf(id),
    description: `${formula}, the derivative of ${id}, is used with the a of this layer, whatever its activation is`,
    mistake: insteadAt((dz, da, z, a) => ACTIVATION[id].backward(dz.data, da.data, z.data, a.data)),
  };
}

type DerivativeOf = `derivative-of-${Exclude<ElementwiseActivationId, 'linear'>}`;
const wrongDerivatives = Object.fromEntries(
  ELEMENTWISE_ACTIVATIONS.filter((id) => id !== 'linear').map((id) => [`derivative-of-${id}`, derivativeOf(id)]),
) as Record<DerivativeOf, Fault>;

/** relu's mask taken from the layer above or below: possible where a relu layer of the same width is there. */
const reluOfSameWidth = (setting: Setting, layer: number, other: number): boolean => {
  const { layers } = setting.network;
  return (
    layers[layer].activation === 'relu' &&
    layers[other]?.activation === 'relu' &&
    layers[other].units === layers[layer].units
  );
};

function masked(dz: Matrix, da: Matrix, by: Matrix): void {
  for (let i = 0; i < dz.data.length; i++) dz.data[i] = by.data[i] > 0 ? da.data[i] : 0;
}

export const ACTIVATION_FAULTS = {
  'missing-activation-derivative': {
    ...ofLayer,
    description: "the activation's derivative is missing: dz = da",
    remedy: "dz = da · f'(z)",
    layers: (setting) => layersWhere(setting, (l) => activationOf(setting, l) !== 'linear' && goesBack(setting, l)),
    mistake: insteadAt((dz, da) => dz.data.set(da.data)),
  },
  'derivative-at-z': {
    ...ofLayer,
    description: 'the derivative is written in a = f(z) and was given z',
    remedy: "sigmoid' = a (1 - a), tanh' = 1 - a²: put the activation in, not the score",
    layers: (setting) => layersWhere(setting, (l) => WRITTEN_IN_A.includes(activationOf(setting, l))),
    mistake: (at) => ({
      backward: {
        activation: (layer, id, dz, da, z, a) => BACKWARD.activation(layer, id, dz, da, z, layer === at ? z : a),
      },
    }),
  },
  'derivative-at-a': {
    ...ofLayer,
    description: 'the derivative is written in z and was given a = f(z)',
    remedy: "f'(z) is taken at the score that went into the activation, not at what came out",
    layers: (setting) => layersWhere(setting, (l) => SMOOTH.includes(activationOf(setting, l))),
    mistake: (at, { network }) => {
      const id = network.layers[at].activation as ElementwiseActivationId;
      return insteadAt((dz, da, _z, a) => derivativeAt(id, dz, da, a))(at, { network } as Setting);
    },
  },
  ...wrongDerivatives,
  'formula-of-sigmoid': formulaOf('sigmoid', 'a (1 - a)'),
  'formula-of-tanh': formulaOf('tanh', '1 - a²'),
  'relu-mask-of-layer-above': {
    ...ofLayer,
    description: 'the gradient is let through where the layer above is on, not where this layer is',
    remedy: 'dz = da where z > 0, with the z of the same layer',
    layers: (setting) => layersWhere(setting, (l) => reluOfSameWidth(setting, l, l + 1)),
    mistake: (at) => {
      let above: Matrix = zeros('f64', 0, 0);
      return {
        backward: {
          activation(layer, id, dz, da, z, a) {
            if (layer === at) masked(dz, da, above);
            else BACKWARD.activation(layer, id, dz, da, z, a);
            if (layer === at + 1) above = z;
          },
        },
      };
    },
  },
  'relu-mask-of-layer-below': {
    ...ofLayer,
    description: 'the gradient is let through where the layer below is on, not where this layer is',
    remedy: 'dz = da where z > 0, with the z of the same layer',
    layers: (setting) => layersWhere(setting, (l) => reluOfSameWidth(setting, l, l - 1)),
    mistake: (at) => {
      let before: Matrix = zeros('f64', 0, 0);
      return {
        backward: {
          activation(layer, id, dz, da, z, a) {
            BACKWARD.activation(layer, id, dz, da, z, a);
            if (layer === at) before = da;
          },
          dense(layer, dx, dW, db, dz, x, W) {
            if (layer === at) masked(dz, before, x); // x is the output of the layer below: positive where it is on
            BACKWARD.dense(layer, dx, dW, db, dz, x, W);
          },
        },
      };
    },
  },
  'softmax-elementwise': {
    ...ofLayer,
    description: 'softmax is treated as if each output depended on its own score alone: dz = dp · p (1 - p)',
    remedy: 'dz_k = p_k (dp_k - Σ_j dp_j p_j): every score moves every share',
    layers: (setting) =>
      layersWhere(setting, (l) => activationOf(setting, l) === 'softmax' && setting.network.loss === 'mse'),
    mistake: insteadAt((dz, da, z, a) => ACTIVATION.sigmoid.backward(dz.data, da.data, z.data, a.data)),
  },
  'mse-as-cross-entropy': {
    stage: 'gradient',
    first: (_layer, setting) => [`dz${lastIndex(setting) + 1}`],
    description: 'dz = (p - t) / B, the gradient of softmax with cross-entropy, is used with the mean squared error',
    remedy: 'with mse go through the derivative of the output: dp = 2 (p - t) / (B K), then dz from dp',
    layers: (setting) =>
      whole(setting.network.loss === 'mse' && activationOf(setting, lastIndex(setting)) !== 'linear'),
    mistake: (_at, setting) => {
      let t: Matrix = zeros('f64', 0, 0);
      return {
        backward: {
          loss(layer, loss, start, from, targets) {
            BACKWARD.loss(layer, loss, start, from, targets);
            t = targets;
          },
          activation(layer, id, dz, da, z, a) {
            if (layer !== lastIndex(setting)) BACKWARD.activation(layer, id, dz, da, z, a);
            else for (let i = 0; i < dz.data.length; i++) dz.data[i] = (a.data[i] - t.data[i]) / dz.rows;
          },
        },
      };
    },
  },
} as const satisfies Record<string, Fault>;

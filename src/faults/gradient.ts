// Mistakes in the gradient of the loss and in the dense layers: signs, means, sums, shapes.
import type { Mistake } from '../engines/engine.ts';
import { widthInto } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { elementaryOf } from '../numeric/elementary.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import { lastIndex, layersWhere, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

const anyLayer = (setting: Setting): number[] => layersWhere(setting, () => true);
const always = (): readonly null[] => whole(true);
const withMse = ({ network }: Setting): readonly null[] => whole(network.loss === 'mse');

/** The right dense backward everywhere, then `spoil` at one layer. */
function afterDense(spoil: (dW: Matrix, db: FloatArray, dz: Matrix) => void): Fault['mistake'] {
  return (at) => ({
    backward: {
      dense(layer, dx, dW, db, dz, x, W) {
        BACKWARD.dense(layer, dx, dW, db, dz, x, W);
        if (layer === at) spoil(dW, db, dz);
      },
    },
  });
}

/** The right start of the gradient, then `spoil`. */
function afterLoss(spoil: (start: Matrix) => void): Fault['mistake'] {
  return (): Mistake => ({
    backward: {
      loss(layer, loss, start, from, t) {
        BACKWARD.loss(layer, loss, start, from, t);
        spoil(start);
      },
    },
  });
}

function scale(values: FloatArray, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

const CLIP = 1e-7;

/** dz_k = (p_k·Σ_j t_j - t_k) / B, where only the targets of classes count whose probability is not clipped. */
function clipRow(dz: Matrix, logp: Matrix, t: Matrix, r: number): void {
  const { exp } = elementaryOf(logp.data);
  const counts = (i: number): number => {
    const p = exp(logp.data[i]);
    return p >= CLIP && p <= 1 - CLIP ? t.data[i] : 0;
  };
  const [from, to] = [r * dz.cols, (r + 1) * dz.cols];
  let total = 0;
  for (let i = from; i < to; i++) total += counts(i);
  for (let i = from; i < to; i++) dz.data[i] = (exp(logp.data[i]) * total - counts(i)) / dz.rows;
}

const weights = (layer: number): string[] => [`dW${layer + 1}`];
const bias = (layer: number): string[] => [`db${layer + 1}`];
const start = (_layer: number, setting: Setting): string[] => [`dz${lastIndex(setting) + 1}`];

const ofLoss = { stage: 'gradient', first: start } as const;
const ofWeights = { stage: 'gradient', first: weights, layers: anyLayer } as const;
const ofBias = { stage: 'gradient', first: bias, layers: anyLayer } as const;

export const GRADIENT_FAULTS = {
  'loss-sign': {
    ...ofLoss,
    description: 'every gradient has the wrong sign: the loss is climbed, not descended',
    remedy: 'the loss starts the gradient with output - target, not target - output',
    layers: always,
    mistake: afterLoss((dz) => scale(dz.data, -1)),
  },
  'missing-batch-mean': {
    ...ofLoss,
    description: 'the loss is averaged over the batch, its gradient is not: every gradient is B times too large',
    remedy: 'divide the gradient of the loss by the number of examples',
    layers: always,
    mistake: afterLoss((dz) => scale(dz.data, dz.rows)),
  },
  'batch-mean-twice': {
    ...ofLoss,
    description: 'the gradient is divided by the number of examples twice',
    remedy: 'divide by B once, where the gradient of the loss starts',
    layers: always,
    mistake: afterLoss((dz) => scale(dz.data, 1 / dz.rows)),
  },
  'missing-output-mean': {
    ...ofLoss,
    description: 'the squared error is averaged over the outputs, its gradient is not: K times too large',
    remedy: 'divide the gradient of the loss by the number of outputs as well',
    layers: ({ network }) => whole(network.loss === 'mse' && network.layers[network.layers.length - 1].units > 1),
    mistake: afterLoss((dz) => scale(dz.data, dz.cols)),
  },
  'missing-factor-two': {
    ...ofLoss,
    description: 'the derivative of the square is missing its 2',
    remedy: 'd (t - p)² / dp = 2 (p - t); or define the loss with ½',
    layers: withMse,
    mistake: afterLoss((dz) => scale(dz.data, 0.5)),
  },
  'targets-shifted': {
    ...ofLoss,
    description: 'the targets are shifted by one class',
    remedy: 'class k is column k, counted from 0',
    layers: (setting) => whole(setting.network.layers[lastIndex(setting)].units > 1),
    mistake: () => ({
      backward: {
        loss(layer, loss, dz, from, t) {
          const shifted = { ...t, data: t.data.slice() };
          for (let r = 0; r < t.rows; r++) {
            for (let k = 0; k < t.cols; k++) shifted.data[r * t.cols + ((k + 1) % t.cols)] = t.data[r * t.cols + k];
          }
          BACKWARD.loss(layer, loss, dz, from, shifted);
        },
      },
    }),
  },
  'clipped-probabilities': {
    ...ofLoss,
    description:
      'cross-entropy is taken of probabilities clipped to [1e-7, 1 - 1e-7]: where the network is sure and wrong it has no gradient',
    remedy:
      'cross-entropy from the scores: log p = z - log Σ e^z, with the gradient p - t (in TensorFlow.js tf.losses.softmaxCrossEntropy)',
    layers: ({ network }) => whole(network.loss === 'cross-entropy'),
    mistake: () => ({
      backward: {
        loss(layer, loss, dz, logp, t) {
          BACKWARD.loss(layer, loss, dz, logp, t);
          for (let r = 0; r < dz.rows; r++) clipRow(dz, logp, t, r);
        },
      },
    }),
  },
  sign: {
    ...ofWeights,
    description: 'the gradient of one layer has the wrong sign',
    remedy: 'take the minus out; the update subtracts the gradient',
    layers: (setting) => layersWhere(setting, () => setting.network.layers.length > 1),
    mistake: afterDense((dW, db) => {
      scale(dW.data, -1);
      scale(db, -1);
    }),
  },
  'transposed-product': {
    ...ofWeights,
    description: 'dW is laid out as dzᵀ x, (units, inputs), instead of xᵀ dz, (inputs, units)',
    remedy: 'dW = xᵀ dz: the weight from input i to unit o gets Σ_b x_bi dz_bo',
    layers: (setting) =>
      layersWhere(setting, (l) => widthInto(setting.network, l) > 1 && setting.network.layers[l].units > 1),
    mistake: afterDense((dW) => {
      const [right, I, O] = [dW.data.slice(), dW.rows, dW.cols];
      for (let i = 0; i < I; i++) for (let o = 0; o < O; o++) dW.data[o * I + i] = right[i * O + o];
    }),
  },
  'zero-gradient': {
    ...ofWeights,
    description: 'the gradient of one layer is 0: it never learns',
    remedy: 'write the gradient of this layer, or add it to what the optimizer is given',
    mistake: afterDense((dW, db) => {
      dW.data.fill(0);
      db.fill(0);
    }),
  },
  'bias-not-summed': {
    ...ofBias,
    description: "the bias gradient is not summed over the batch: the first example's alone is used",
    remedy: 'db = Σ_b dz_b',
    mistake: afterDense((_dW, db, dz) => db.set(dz.data.subarray(0, dz.cols))),
  },
  'bias-of-last-example': {
    ...ofBias,
    description: "the bias gradient is overwritten by each example: the last one's alone is left",
    remedy: 'db = Σ_b dz_b: add, do not assign',
    mistake: afterDense((_dW, db, dz) => db.set(dz.data.subarray((dz.rows - 1) * dz.cols))),
  },
  'bias-averaged': {
    ...ofBias,
    description: 'the bias gradient is averaged over the batch although dz holds 1/B already',
    remedy: 'db = Σ_b dz_b, without another division',
    mistake: afterDense((_dW, db, dz) => scale(db, 1 / dz.rows)),
  },
} as const satisfies Record<string, Fault>;

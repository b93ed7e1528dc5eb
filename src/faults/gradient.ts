// Known mistakes in the gradient of the loss and of dense layers: signs, means, sums, shapes.
// faults/registry.ts lists them.
import { layersOf, outputs } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { Tensors } from '../ops/layers/page.ts';
import { afterLoss } from '../ops/piece-fault.ts';
import { LOSS_PAGES } from '../ops/registry.ts';
import { lastIndex, layersWith, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';
import { faultsOfPieces } from './pieces.ts';

const withWeights = (setting: Setting): number[] => layersWith(setting, 'weights');
const withBias = (setting: Setting): number[] => layersWith(setting, 'bias');
const always = (): readonly null[] => whole(true);

/** Runs the right backward of every layer, then `spoil` at one. */
function afterLayer(spoil: (dp: Tensors, dz: Matrix) => void): Fault['injection'] {
  return (at, _setting, right = BACKWARD) => ({
    backward: {
      layer(layer, step) {
        right.layer(layer, step);
        if (layer === at) spoil(step.dp, step.dz);
      },
    },
  });
}

/** Runs the right gradient of the loss, then `spoil`. */
function afterRightLoss(spoil: (start: Matrix) => void): Fault['injection'] {
  return (at, _setting, right = BACKWARD) => ({ backward: afterLoss(spoil)(at, right) });
}

/** The shape of a layer's weights. */
function weightsOf({ network }: Setting, l: number): readonly number[] {
  return layersOf(network)[l].parameters.find(({ role }) => role === 'weights')?.shape ?? [];
}

function scale(values: FloatArray, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] *= factor;
}

/** db = dz of one example; where a bias serves many positions, summed over them. */
function biasOfExample(db: FloatArray, dz: Matrix, example: number): void {
  const own = dz.data.subarray(example * dz.cols, (example + 1) * dz.cols);
  const sums = new Float64Array(db.length);
  own.forEach((g, i) => (sums[i % db.length] += g));
  db.set(sums);
}

const weights = (layer: number): string[] => [`dW${layer + 1}`];
const bias = (layer: number): string[] => [`db${layer + 1}`];
const start = (_layer: number, setting: Setting): string[] => [`dz${lastIndex(setting) + 1}`];

const ofLoss = { stage: 'gradient', first: start } as const;
const ofWeights = { stage: 'gradient', first: weights, layers: withWeights } as const;
const ofBias = { stage: 'gradient', first: bias, layers: withBias } as const;

const OF_LOSSES = faultsOfPieces(LOSS_PAGES);

export const GRADIENT_FAULTS = {
  'loss-sign': {
    ...ofLoss,
    description: 'every gradient has the wrong sign, so training climbs the loss',
    remedy: 'start the backward pass with output - target, not target - output',
    layers: always,
    injection: afterRightLoss((dz) => scale(dz.data, -1)),
  },
  'missing-batch-mean': {
    ...ofLoss,
    description: 'the loss is averaged over the batch but its gradient is not; every gradient is B times too large',
    remedy: 'divide the gradient of the loss by the batch size B',
    formula: 'd loss = Σ_b d loss_b',
    layers: always,
    injection: afterRightLoss((dz) => scale(dz.data, dz.rows)),
  },
  'batch-mean-twice': {
    ...ofLoss,
    description: 'the gradient is divided by the batch size B twice',
    remedy: 'divide by B once, where the gradient of the loss starts',
    formula: 'd loss = (1/B²) Σ_b d loss_b',
    layers: always,
    injection: afterRightLoss((dz) => scale(dz.data, 1 / dz.rows)),
  },
  'missing-output-mean': OF_LOSSES['missing-output-mean'],
  'missing-factor-two': OF_LOSSES['missing-factor-two'],
  'targets-shifted': {
    ...ofLoss,
    description: 'the targets are shifted by one class',
    remedy: 'put class k in column k, counting from 0',
    layers: (setting) => whole(outputs(setting.network) > 1),
    injection: (_layer, _setting, right = BACKWARD) => ({
      backward: {
        loss(layer, loss, dz, from, t) {
          const shifted = { ...t, data: t.data.slice() };
          for (let r = 0; r < t.rows; r++) {
            for (let k = 0; k < t.cols; k++) shifted.data[r * t.cols + ((k + 1) % t.cols)] = t.data[r * t.cols + k];
          }
          right.loss(layer, loss, dz, from, shifted);
        },
      },
    }),
  },
  'clipped-probabilities': OF_LOSSES['clipped-probabilities'],
  sign: {
    ...ofWeights,
    description: 'the gradient of one layer has the wrong sign',
    remedy: 'remove the minus sign; the update already subtracts the gradient',
    formula: 'dW = -xᵀ dz, db = -Σ_b dz_b',
    layers: (setting) => (setting.network.layers.length > 1 ? withWeights(setting) : []),
    injection: afterLayer((dp) => {
      for (const { values } of Object.values(dp)) scale(values, -1);
    }),
  },
  'transposed-product': {
    ...ofWeights,
    description: 'dW is computed as dzᵀ x, shape (units, inputs), instead of xᵀ dz, shape (inputs, units)',
    remedy: 'dW = xᵀ dz, so the weight from input i to unit o gets Σ_b x_bi dz_bo',
    formula: 'dW = dzᵀ x',
    layers: (setting) =>
      withWeights(setting).filter((l) => weightsOf(setting, l).length === 2 && Math.min(...weightsOf(setting, l)) > 1),
    injection: afterLayer(({ weights: { shape, values } }) => {
      const [right, [I, O]] = [values.slice(), shape];
      for (let i = 0; i < I; i++) for (let o = 0; o < O; o++) values[o * I + i] = right[i * O + o];
    }),
  },
  'zero-gradient': {
    ...ofWeights,
    description: 'the gradient of one layer is 0, so the layer never learns',
    remedy: 'compute the gradient of this layer, and pass it to the optimizer',
    formula: 'dW = 0, db = 0',
    injection: afterLayer((dp) => {
      for (const { values } of Object.values(dp)) values.fill(0);
    }),
  },
  'bias-not-summed': {
    ...ofBias,
    description: 'the bias gradient is not summed over the batch; only the first example is used',
    remedy: 'db = Σ_b dz_b',
    formula: 'db = dz of the first example',
    injection: afterLayer(({ bias }, dz) => {
      biasOfExample(bias.values, dz, 0);
    }),
  },
  'bias-of-last-example': {
    ...ofBias,
    description: 'each example overwrites the bias gradient; only the last one is left',
    remedy: 'db = Σ_b dz_b: accumulate with +=, not =',
    formula: 'db = dz of the last example',
    injection: afterLayer(({ bias }, dz) => {
      biasOfExample(bias.values, dz, dz.rows - 1);
    }),
  },
  'bias-averaged': {
    ...ofBias,
    description: 'the bias gradient is averaged over the batch, although dz already contains the factor 1/B',
    remedy: 'db = Σ_b dz_b, with no further division by B',
    formula: 'db = (1/B) Σ_b dz_b',
    injection: afterLayer(({ bias }, dz) => scale(bias.values, 1 / dz.rows)),
  },
} as const satisfies Record<string, Fault>;

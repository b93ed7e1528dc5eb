// Layer normalization: each example is brought to mean 0 and variance 1, then scaled and shifted.
// Ba, Kiros & Hinton 2016, Layer Normalization, eq. 3 and 4 (ε: in TensorFlow.js).
// Letters: B examples, I inputs; over the numbers of one example, mean μ and variance v.
import { normalizedErrors, rowsOf, scaledErrors } from '../../numeric/bounds/normalized.ts';
import { normalizedGradientErrors, scaleGradientErrors } from '../../numeric/bounds/normalized-gradients.ts';
import { peakOf, larger } from '../../numeric/bounds/extremes.ts';
import { tracked } from '../../numeric/bounds/tracked.ts';
import { dtypeOf, newArray, roundingOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { EPSILON, numberAfterColon } from './fields.ts';
import { normalizationFaults, wrongForward } from './normalization-faults.ts';
import { layer } from './page.ts';
import type { Fields } from './page.ts';

/** A layer normalization, followed by its activation. */
export interface LayerNormFields extends Fields {
  /** ε, added to the variance: default 0.001, as in TensorFlow.js. */
  readonly epsilon: number;
}

/** μ and v of each example. */
interface Moments {
  readonly mean: FloatArray; // (B)
  readonly variance: FloatArray; // (B)
}

type Groups = ReturnType<Parameters<typeof normalizationFaults>[0]['groups']>;

function eachExample({ rows, cols }: Matrix): Groups {
  return Array.from({ length: rows }, (_, b) => ({ first: b * cols, n: cols, stride: 1 }));
}

function eachUnit({ rows, cols }: Matrix): Groups {
  return Array.from({ length: cols }, (_, i) => ({ first: i, n: rows, stride: cols }));
}

/** Layer normalization: z = γ (x - μ) / √(v + ε) + β, its gradients, and its mistakes. */
export const layerNorm = layer<LayerNormFields>()({
  id: 'layer-norm',
  counts: [],
  fields: { epsilon: EPSILON },
  short: numberAfterColon('epsilon', 'layer-norm:1e-5'),
  shape: (_spec, inputShape) => inputShape,
  symbols: { gamma: 'γ', beta: 'β' },
  outputs: (_spec, inputs) => inputs,
  parameters: (_spec, inputs) => [
    { role: 'gamma', shape: [inputs], start: 1 },
    { role: 'beta', shape: [inputs], start: 0 },
  ],
  formula: {
    forward: (l, x) => `γ${l} x̂${l} + β${l}, x̂${l} = (${x} - mean(${x})) / √(var(${x}) + ε) over each example`,
    gradient: (role, l) => (role === 'beta' ? `Σ_b dz${l}` : `Σ_b dz${l} x̂${l}`),
    inputs: (l) => `(g - mean(g) - x̂${l} mean(g x̂${l})) / √(var + ε), g = γ${l} dz${l}`,
  },

  // z = γ (x - μ) / √(v + ε) + β, μ = mean(x), v = mean((x - μ)²)    x, z (B, I)  γ, β (I)
  forward(z, x, { gamma: { values: gamma }, beta: { values: beta } }, { epsilon }): Moments {
    const [I, B, round, dtype] = [x.cols, x.rows, roundingOf(z.data), dtypeOf(z.data)];
    const [mean, variance] = [newArray(dtype, B), newArray(dtype, B)];
    for (let b = 0; b < B; b++) {
      const [from, to] = [b * I, (b + 1) * I];
      let [sum, squares] = [0, 0];
      for (let i = from; i < to; i++) sum += round(x.data[i] / I);
      mean[b] = sum;
      for (let i = from; i < to; i++) {
        const d = round(x.data[i] - mean[b]);
        squares += round(round(d * d) / I);
      }
      variance[b] = squares;
      const root = Math.sqrt(variance[b] + epsilon);
      for (let i = from; i < to; i++) z.data[i] = beta[i - from] + ((x.data[i] - mean[b]) * gamma[i - from]) / root;
    }
    return { mean, variance };
  },
  // With x̂ = (x - μ) / √(v + ε) and g = γ dz:  dγ = Σ_B dz x̂,  dβ = Σ_B dz,
  // dx = (g - mean(g) - x̂ mean(g x̂)) / √(v + ε). In this order of operations: directly,
  // dv = Σ -½ (v + ε)^(-3/2) (x - μ) g, dμ = Σ -g / √(v + ε) - Σ of what dv gives,
  // dx = g / √(v + ε) + dv 2 (x - μ) / I + dμ / I.
  backward(dx, { gamma: dgamma, beta: dbeta }, dz, { x, more }, { gamma: { values: gamma } }, { epsilon }) {
    const { mean, variance } = more as Moments;
    const [I, round] = [x.cols, roundingOf(dz.data)];
    dgamma.values.fill(0);
    dbeta.values.fill(0);
    for (let b = 0; b < x.rows; b++) {
      const from = b * I;
      const r = round(1 / Math.sqrt(round(variance[b] + round(epsilon)))); // 1 / √(v + ε)
      const cube = round(round(round(r * r) * r) * -0.5);
      let [dMean, dVariance, back] = [0, 0, 0];
      for (let i = 0; i < I; i++) {
        const [dzi, d] = [dz.data[from + i], round(x.data[from + i] - mean[b])];
        dgamma.values[i] += round(dzi * round(d * r));
        dbeta.values[i] += dzi;
        const g = round(dzi * gamma[i]);
        dMean = round(dMean + round(-r * g));
        dVariance = round(dVariance + round(round(cube * d) * g));
      }
      if (dx === null) continue;
      const share = round(dVariance / I);
      const throughVariance = (i: number): number => round(share * round(2 * round(x.data[from + i] - mean[b])));
      for (let i = 0; i < I; i++) back += throughVariance(i);
      const ofMean = round(round(dMean - round(back)) / I);
      for (let i = 0; i < I; i++) {
        const direct = round(round(dz.data[from + i] * r) * gamma[i]);
        dx.data[from + i] = round(direct + throughVariance(i)) + ofMean;
      }
    }
  },

  bound: {
    forward(z, x, { gamma: scale }, { spec: { epsilon } }) {
      const { rows, cols } = x.value;
      const xhat = tracked(rows, cols);
      const { peak } = normalizedErrors(xhat, x, epsilon, rowsOf(rows, cols));
      return larger(peak, scaledErrors(z, xhat, scale.values));
    },
    backward({ dx, dp, errors }, dz, x, { gamma: scale }, { spec: { epsilon }, alike }) {
      const { rows, cols } = x.value;
      const [xhat, grouping] = [tracked(rows, cols), rowsOf(rows, cols)];
      const { groups } = normalizedErrors(xhat, x, epsilon, grouping);
      const own = (t: typeof dp): { scale: FloatArray; shift: FloatArray } => {
        return { scale: t['gamma'].values, shift: t['beta'].values };
      };
      const size = scaleGradientErrors(own(errors), own(dp), dz, xhat, { alike, perExample: 1 });
      const below = dx === null ? 0 : normalizedGradientErrors(dx, dz, { xhat, groups }, scale.values, grouping);
      return { dp: larger(size, peakOf(dp['gamma'].values)), dx: below };
    },
  },

  graph(x, { gamma: scale, beta: shift }, { epsilon }) {
    const [n, e] = [x[0].constant(x.length), x[0].constant(epsilon)];
    const mean = total(x).over(n);
    const centred = x.map((one) => one.minus(mean));
    const root = total(centred.map((d) => d.times(d)))
      .over(n)
      .plus(e)
      .sqrt();
    return centred.map((d, i) => d.times(scale[i]).over(root).plus(shift[i]));
  },
  // over all numbers of a picture, which TensorFlow.js's own layer gets as a row
  ownLayer: (tf, { epsilon }, { inputShape }) =>
    tf.layers.layerNormalization({ epsilon, ...(inputShape !== undefined && { inputShape }) }),
  tfjs(tf, x, { gamma: scale, beta: shift }, { epsilon }) {
    const { mean, variance } = tf.moments(x, 1, true);
    return tf.add(tf.div(tf.mul(tf.sub(x, mean), scale), tf.sqrt(tf.add(variance, epsilon))), shift);
  },
  faults: {
    ...normalizationFaults({ groups: eachExample, several: (layers, at) => layers[at].units > 1 }),
    'normalized-over-the-batch': {
      first: 'scores',
      description: 'layer normalization is computed over the examples of the batch, unit by unit',
      remedy: 'take mean and variance over the units of each example',
      recipe: wrongForward(eachUnit, (values, epsilon) => {
        const centre = values.reduce((sum, x) => sum + x, 0) / values.length;
        const variance = values.reduce((sum, x) => sum + (x - centre) * (x - centre), 0) / values.length;
        return [centre, Math.sqrt(variance + epsilon)];
      }),
    },
  },
});

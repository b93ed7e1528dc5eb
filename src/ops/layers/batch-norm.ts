// Batch normalization: each column of a batch is brought to mean 0 and variance 1, then scaled and
// shifted. Ioffe & Szegedy 2015, Batch Normalization, Algorithm 1 and 2. In prediction, running
// averages take the place of the batch's mean and variance.
// Letters: R rows, C columns. A row is an example; of pictures, a position of one, and the columns
// are the channels. Over the rows of a column, mean μ and variance v.
import type { Dtype, FloatArray } from '../../numeric/dtype.ts';
import { dtypeOf, newArray, roundingOf } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { BATCH_NORM_FAULTS } from './batch-norm-faults.ts';
import { batchNormBound } from './batch-norm-bound.ts';
import { EPSILON, numberAfterColon, numberField } from './fields.ts';
import type { BatchNormFields } from './fields.ts';
import { layer } from './page.ts';
import type { Fields } from './page.ts';

/** μ and v of each column. */
interface ColumnMoments {
  readonly mean: FloatArray; // (C)
  readonly variance: FloatArray; // (C)
}

/** Numbers per row: channels of a picture, or all inputs. */
function columnsIn({ inputShape }: Fields, inputs: number): number {
  return Array.isArray(inputShape) && inputShape.length === 3 ? (inputShape[2] as number) : inputs;
}

/** Batch normalization: z = γ (x - μ) / √(v + ε) + β over the batch, and its gradients. */
export const batchNorm = layer<BatchNormFields>()({
  id: 'batch-norm',
  counts: [],
  fields: { momentum: numberField('a number from 0 to below 1', 0, 1, 0.99), epsilon: EPSILON },
  short: numberAfterColon('momentum', 'batch-norm:0.9'),
  shape: (_spec, inputShape) => inputShape,
  symbols: { gamma: 'γ', beta: 'β', mean: 'mean', variance: 'var' },
  outputs: (_spec, inputs) => inputs,
  multiplications: (_spec, inputs) => 4 * inputs,
  parameters(spec, inputs) {
    const shape = [columnsIn(spec, inputs)];
    return [
      { role: 'gamma', shape, start: 1 },
      { role: 'beta', shape, start: 0 },
      { role: 'mean', shape, start: 0, trained: false },
      { role: 'variance', shape, start: 1, trained: false },
    ];
  },
  formula: {
    forward: (l, x) => `γ${l} x̂${l} + β${l}, x̂${l} = (${x} - mean(${x})) / √(var(${x}) + ε) over the batch`,
    gradient: (role, l) => (role === 'beta' ? `Σ_b dz${l}` : role === 'gamma' ? `Σ_b dz${l} x̂${l}` : '0'),
    inputs: (l) => `(g - mean(g) - x̂${l} mean(g x̂${l})) / √(var + ε) over the batch, g = γ${l} dz${l}`,
  },

  // z = γ (x - μ) / √(v + ε) + β, μ = mean(x), v = mean((x - μ)²)    x, z (R, C)  γ, β, μ, v (C)
  forward(
    z,
    x,
    { gamma: { values: gamma }, beta: { values: beta }, mean, variance },
    { epsilon },
    pass,
  ): ColumnMoments {
    const C = gamma.length;
    const own =
      pass?.mode === 'predict' ? { mean: mean.values, variance: variance.values } : momentsOf(x, C, dtypeOf(z.data));
    for (let i = 0; i < z.data.length; i++) {
      const c = i % C;
      z.data[i] = beta[c] + ((x.data[i] - own.mean[c]) * gamma[c]) / Math.sqrt(own.variance[c] + epsilon);
    }
    return own;
  },
  // With x̂ = (x - μ) / √(v + ε) and g = γ dz:  dγ = Σ_R dz x̂,  dβ = Σ_R dz,
  // dx = (g - mean(g) - x̂ mean(g x̂)) / √(v + ε). In this order of operations: directly,
  // dv = Σ -½ (v + ε)^(-3/2) (x - μ) g, dμ = Σ -g / √(v + ε) - Σ of what dv gives,
  // dx = g / √(v + ε) + dv 2 (x - μ) / R + dμ / R. The running averages have no gradient.
  backward(dx, dp, dz, { x, more }, { gamma: { values: gamma } }, { epsilon }) {
    const { mean, variance } = more as ColumnMoments;
    const [C, round] = [gamma.length, roundingOf(dz.data)];
    const R = x.data.length / C;
    for (const { values } of Object.values(dp)) values.fill(0);
    for (let c = 0; c < C; c++) {
      const r = round(1 / Math.sqrt(round(variance[c] + round(epsilon)))); // 1 / √(v + ε)
      const cube = round(round(round(r * r) * r) * -0.5);
      let [dGamma, dBeta, dMean, dVariance, back] = [0, 0, 0, 0, 0];
      for (let i = c; i < x.data.length; i += C) {
        const [dzi, d] = [dz.data[i], round(x.data[i] - mean[c])];
        dGamma += round(dzi * round(d * r));
        dBeta += dzi;
        const g = round(dzi * gamma[c]);
        dMean += round(-r * g);
        dVariance += round(round(cube * d) * g);
      }
      dp['gamma'].values[c] = dGamma;
      dp['beta'].values[c] = dBeta;
      if (dx === null) continue;
      const share = round(round(dVariance) / R);
      const throughVariance = (i: number): number => round(share * round(2 * round(x.data[i] - mean[c])));
      for (let i = c; i < x.data.length; i += C) back += throughVariance(i);
      const ofMean = round(round(round(dMean) - round(back)) / R);
      for (let i = c; i < x.data.length; i += C)
        dx.data[i] = round(round(round(dz.data[i] * r) * gamma[c]) + throughVariance(i)) + ofMean;
    }
  },
  // running average ← running average - (1 - momentum) (running average - that of the batch)
  follow(p, more, { momentum }) {
    const own = more as ColumnMoments;
    for (const role of ['mean', 'variance'] as const) {
      const { values } = p[role];
      const round = roundingOf(values);
      const rate = round(1 - momentum);
      for (let c = 0; c < values.length; c++) values[c] -= round(round(values[c] - own[role][c]) * rate);
    }
  },

  bound: batchNormBound,

  // in prediction: γ (x - running mean) / √(running variance + ε) + β
  graph: (x, { gamma: scale, beta: shift, mean, variance }, { epsilon }) =>
    x.map((one, i) => {
      const c = i % scale.length;
      const root = variance[c].plus(one.constant(epsilon)).sqrt();
      return one.minus(mean[c]).times(scale[c]).over(root).plus(shift[c]);
    }),
  batchGraph(x, { gamma: scale, beta: shift }, { epsilon }) {
    const C = scale.length;
    const z = x.map((row) => [...row]);
    for (let c = 0; c < C; c++) {
      const places = x.flatMap((row, b) => row.flatMap((_, i) => (i % C === c ? [[b, i] as const] : [])));
      const [n, e] = [scale[c].constant(places.length), scale[c].constant(epsilon)];
      const mean = total(places.map(([b, i]) => x[b][i])).over(n);
      const centred = places.map(([b, i]) => x[b][i].minus(mean));
      const root = total(centred.map((d) => d.times(d)))
        .over(n)
        .plus(e)
        .sqrt();
      places.forEach(([b, i], k) => (z[b][i] = centred[k].times(scale[c]).over(root).plus(shift[c])));
    }
    return z;
  },
  ownReads: 'picture', // it normalizes the last dimension: the channels
  ownLayer: (tf, { epsilon, momentum }, { inputShape }) =>
    tf.layers.batchNormalization({ epsilon, momentum, ...(inputShape !== undefined && { inputShape }) }),
  tfjs(tf, x, { gamma: scale, beta: shift, mean, variance }, { epsilon }, pass) {
    const rows = tf.reshape(x, [-1, scale.size]);
    const own = pass?.mode === 'predict' ? { mean, variance } : tf.moments(rows, 0);
    const hat = tf.div(tf.sub(rows, own.mean), tf.sqrt(tf.add(own.variance, epsilon)));
    return tf.reshape(tf.add(tf.mul(hat, scale), shift), x.shape);
  },
  faults: BATCH_NORM_FAULTS,
});

/** μ and v of each of C columns: divided first, then summed in binary64, as in tfjs. */
function momentsOf(x: Matrix, C: number, dtype: Dtype): ColumnMoments {
  const round = roundingOf(newArray(dtype, 0));
  const [mean, variance, R] = [newArray(dtype, C), newArray(dtype, C), x.data.length / C];
  for (let c = 0; c < C; c++) {
    let [sum, squares] = [0, 0];
    for (let i = c; i < x.data.length; i += C) sum += round(x.data[i] / R);
    mean[c] = sum;
    for (let i = c; i < x.data.length; i += C) {
      const d = round(x.data[i] - mean[c]);
      squares += round(round(d * d) / R);
    }
    variance[c] = squares;
  }
  return { mean, variance };
}

// The mean of squared differences over the batch and the outputs. Letters: B examples, K outputs, p
// outputs, t targets.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { afterLoss } from '../piece-fault.ts';
import { NOT_AVERAGED } from './entrywise.ts';
import type { PieceFault } from '../piece-fault.ts';
import { loss } from './page.ts';

/** L = (1/(B·K)) Σ_b Σ_k (t - p)²         p (B, K)   t (B, K) */
export function meanSquaredErrorForward(p: Matrix, t: Matrix): number {
  const [n, round] = [p.data.length, roundingOf(p.data)];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const d = t.data[i] - p.data[i];
    sum += round(d * d);
  }
  return round(round(sum) / n);
}

/**
 * dp = 2 (p - t) / (B·K)                 dp (B, K): the square gives 2, the two means give B and K
 */
export function meanSquaredErrorBackward(dp: Matrix, p: Matrix, t: Matrix): void {
  const [n, round] = [p.data.length, roundingOf(p.data)];
  const share = round(1 / n);
  for (let i = 0; i < n; i++) dp.data[i] = share * round(2 * round(p.data[i] - t.data[i]));
}

export const mse = loss({
  id: 'mse',
  formula: { forward: '(1/B) Σ_b (1/K) Σ_k (target - output)²', start: () => '2 (output - target) / (B·K)' },
  from: 'outputs',
  known: { id: 'squared-error' },
  perExample: { mean: () => 1, sum: (K) => K, 'half-sum': (K) => K / 2 },

  forward: (_kept, p, t) => meanSquaredErrorForward(p, t),
  backward: meanSquaredErrorBackward,
  bound: {
    // Σ_k (t_k - p_k)² / K and dp = 2 (p - t) / (B·K); the caller sums over the examples
    row(dp, p, t, B, fresh) {
      const K = t.length;
      const u = fresh.rounding * oneRounding;
      let [value, error] = [0, 0];
      for (let k = 0; k < K; k++) {
        const d = p.value[k] - t[k];
        value += d * d;
        error += (2 * Math.abs(d) + p.error[k]) * p.error[k] + 3 * u * d * d;
        dp.value[k] = (2 * d) / (B * K);
        dp.error[k] = (2 * p.error[k]) / (B * K) + 4 * u * Math.abs(dp.value[k]) + underflow(1);
      }
      return { value: value / K, error: error / K };
    },
    // engines sum all squares before they average, and all doubled differences too
    averages: 'entries',
  },

  // (1/K) Σ (t_k - p_k)²
  graph: (p, t) => total(p.map((v, k) => v.constant(t[k]).minus(v).pow(2))).over(p[0].constant(t.length)),
  tfjs: (tf, t, p) => tf.losses.meanSquaredError(t, p),
  plain: 'sum += (p[k]‹!› - t[k]‹!›) ** 2 / p.length;',
  faults: {
    'missing-output-mean': NOT_AVERAGED,
    'missing-factor-two': {
      description: 'the factor 2 of the derivative of the square is missing',
      remedy: 'd (t - p)² / dp = 2 (p - t), or define the loss with a factor ½',
      formula: 'd (t - p)² / dp = p - t',
      recipe: afterLoss((dp) => scale(dp, 0.5)),
    },
    'mse-as-cross-entropy': {
      description: 'dz = (p - t) / B, the gradient of softmax with cross-entropy, is used for the mean squared error',
      remedy: 'for mse, go through the derivative of the output: dp = 2 (p - t) / (B K), then dz from dp',
      formula: 'dz = (p - t) / B',
      where: (layers, at) => !layers[at].isIdentity,
      recipe: asCrossEntropy,
    },
  },
});

function scale(dp: Matrix, factor: number): void {
  for (let i = 0; i < dp.data.length; i++) dp.data[i] *= factor;
}

function asCrossEntropy(...[last, right]: Parameters<PieceFault['recipe']>): ReturnType<PieceFault['recipe']> {
  let t: Matrix = zeros('f64', 0, 0);
  return {
    loss(layer, id, start, kept, targets) {
      right.loss(layer, id, start, kept, targets);
      t = targets;
    },
    activation(layer, id, dz, da, z, a) {
      if (layer !== last) right.activation(layer, id, dz, da, z, a);
      else for (let i = 0; i < dz.data.length; i++) dz.data[i] = (a.data[i] - t.data[i]) / dz.rows;
    },
  };
}

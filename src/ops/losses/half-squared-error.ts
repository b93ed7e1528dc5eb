// Half the sum of squared differences over the outputs, its mean over the batch: the loss of many
// texts, whose ½ cancels the 2 of the derivative. TensorFlow.js has none by name; the twin is
// Σ (output - target)² / (2 B).
import { u } from '../../numeric/bounds/arithmetic.ts';
import { square } from '../../numeric/elementary.ts';
import { afterLoss } from '../piece-fault.ts';
import { entrywise } from './entrywise.ts';

export const halfSquaredError = entrywise({
  id: 'half-squared-error',
  formula: { forward: '(1/B) Σ_b ½ Σ_k (target - output)²', start: () => '(output - target) / B' },
  from: 'outputs',
  over: 'half the examples',
  known: { id: 'squared-error', factor: 0.5 },

  // ℓ = (p - t)², divided by 2 B
  term: (p, t, { round }) => square(round(p - t)),
  // dℓ/dp = 2 (p - t)
  slope: (p, t, share, { round }) => share * round(2 * round(p - t)),
  bound: {
    value: (p, ep, t, { rounding }) => (2 * Math.abs(p - t) + ep) * ep + 3 * rounding * u * square(p - t),
    slope: (_p, ep) => 2 * ep,
  },

  graph: (p, t) => p.minus(p.constant(t)).pow(2),
  tfjs: (tf, t, p) => tf.div(tf.sum(tf.square(tf.sub(p, t))), 2 * p.shape[0]),
  plain: 'sum += (p[k]‹!› - t[k]‹!›) ** 2 / 2;',
  faults: {
    'half-squared-error-doubled': {
      description: 'the gradient has the factor 2 of a squared error without ½: it is twice too large',
      remedy: 'd ½ (p - t)² / dp = p - t',
      formula: 'd ½ (p - t)² / dp = 2 (p - t)',
      recipe: afterLoss((start) => {
        for (let i = 0; i < start.data.length; i++) start.data[i] *= 2;
      }),
    },
    'half-squared-error-averaged': {
      description: 'the gradient is divided by the number of outputs K, which the loss is not',
      remedy: 'dp = (p - t) / B: the loss is summed over the outputs',
      where: (layers, at) => layers[at].units > 1,
      recipe: afterLoss((start) => {
        for (let i = 0; i < start.data.length; i++) start.data[i] /= start.cols;
      }),
    },
  },
});

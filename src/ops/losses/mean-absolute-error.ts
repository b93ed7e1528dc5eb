// The mean of absolute differences over the batch and the outputs. At zero error the slope jumps
// from -1 to 1, and any value between is right: 0 here, 1 in TensorFlow.js (its abs'(0) is -1, of
// target - output) and in the binary32 engine.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { NOT_AVERAGED, entrywise, insteadOfSlope } from './entrywise.ts';

export const meanAbsoluteError = entrywise({
  id: 'mean-absolute-error',
  formula: {
    forward: '(1/B) Σ_b (1/K) Σ_k |target - output|',
    start: () => 'sign(output - target) / (B·K)',
  },
  from: 'outputs',
  over: 'entries',
  known: { id: 'absolute-error' },
  changes: (p, t) => p - t,

  // ℓ = |t - p|
  term: (p, t) => Math.abs(t - p),
  // dℓ/dp = sign(p - t)
  slope: (p, t, share, { isSingle }) => (p > t ? share : p < t ? -share : isSingle ? share : 0),
  bound: {
    value: (p, ep, t, { rounding }) => ep + rounding * u * Math.abs(t - p),
    slope: () => 0,
    undecided: (p, ep, t) => Math.abs(p - t) <= ep,
    jump: (p, t) => (p === t ? 1 : 2), // between -1 and 1
  },

  graph: (p, t) =>
    p.minus(p.constant(t)).ifPositive(
      (d) => d,
      (d) => d.constant(0).minus(d),
    ),
  tfjs: (tf, t, p) => tf.losses.absoluteDifference(t, p),
  plain: 'sum += Math.abs(p[k]‹!› - t[k]‹!›) / p.length;',
  faults: {
    'missing-output-mean': NOT_AVERAGED,
    'absolute-error-without-sign': {
      description: 'the gradient of the absolute error is the difference itself, not its sign',
      remedy: 'd |p - t| / dp = sign(p - t)',
      formula: 'd |p - t| / dp = p - t',
      recipe: insteadOfSlope((p, t) => p - t),
    },
  },
});

// Binary cross-entropy of a sigmoid, computed from its scores: one output or many, each a yes or no
// of its own (multi-label). The mean over the outputs, as in Keras' BinaryCrossentropy, and over
// the batch. Targets may be anything from 0 to 1.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { expError, log1pError, logistic, moved, sigmoidShare } from '../../numeric/bounds/function-errors.ts';
import { log1p, exp } from '../../numeric/elementary.ts';
import { sigmoid } from '../activations/sigmoid.ts';
import { NOT_AVERAGED, entrywise, insteadOfSlope } from './entrywise.ts';

export const binaryCrossEntropy = entrywise({
  id: 'binary-cross-entropy',
  formula: {
    forward: '(1/B) Σ_b (1/K) Σ_k -(target·log σ(z) + (1 - target)·log(1 - σ(z)))',
    start: (z) => `(σ(${z}) - target) / (B·K)`,
  },
  from: 'scores',
  on: [sigmoid.id],
  targets: [0, 1],
  over: 'entries',
  known: { id: 'binary-cross-entropy' },

  // ℓ = max(z, 0) - z t + log(1 + e^-|z|), which is -t log σ(z) - (1 - t) log(1 - σ(z)): nothing
  // overflows
  term: (z, t, { round, exp, log1p }) => round(Math.max(0, z) - round(z * t)) + log1p(exp(-Math.abs(z))),
  // dℓ/dz = σ(z) - t. In binary32 from the formula above, term by term, as tfjs's gradients.
  slope(z, t, share, { isSingle, round, exp }) {
    const e = exp(-Math.abs(z));
    if (!isSingle) return (z > 0 ? 1 - t - e / (1 + e) : e / (1 + e) - t) * share;
    const ofLog = round(round(share / round(1 + e)) * e);
    const ofBoth = round((z > 0 ? -ofLog : ofLog) + round(-share * t));
    return z > 0 ? ofBoth + share : ofBoth;
  },
  bound: {
    // |ℓ'| <= |σ - t| + ez/4; four roundings, e^-|z| and the logarithm
    value(z, ez, t, { rounding, functions }) {
      const e = exp(-Math.abs(z));
      const carried = moved(logistic(z) - t, 1 / 4, Infinity, ez);
      const own = functions * (expError(Math.abs(z)) * e + log1pError(e));
      return carried + own + 3 * rounding * u * (Math.abs(z) * (1 + Math.abs(t)) + log1p(e));
    },
    // σ' <= 1/4, |σ''| <= 0.0963; the sum has terms of sizes σ and t, or 1 where z is positive
    slope(z, ez, t, { rounding, functions }) {
      const s = logistic(z);
      const size = (z + ez > 0 ? 1 : s) + Math.abs(t);
      return moved(s * (1 - s), 0.0963, 1, ez) + functions * sigmoidShare(z - ez) * s + 4 * rounding * u * size;
    },
  },

  graph: (z, t) => z.softplus().minus(z.times(z.constant(t))),
  tfjs: (tf, t, z) => tf.losses.sigmoidCrossEntropy(t, z),
  plain: 'sum += (logSumExp([0, z[k]‹!›]) - t[k]‹!› * z[k]‹!›) / p.length;',
  faults: {
    'missing-output-mean': NOT_AVERAGED,
    'binary-cross-entropy-sigmoid-twice': {
      description:
        'the derivative of the sigmoid is applied to σ(z) - target, which contains it already: dz = (σ(z) - target)·σ(z) (1 - σ(z)) / (B·K)',
      remedy: 'the gradient of binary cross-entropy with respect to the scores is σ(z) - target, over B·K',
      formula: 'dz = (σ(z) - target)·σ(z) (1 - σ(z)) / (B·K)',
      recipe: insteadOfSlope((z, t) => (logistic(z) - t) * logistic(z) * logistic(-z)),
    },
    'binary-cross-entropy-positive-part': {
      description: 'the gradient is that of -target·log σ(z) alone: (1 - target)·log(1 - σ(z)) is left out',
      remedy: 'both terms count: dz = (σ(z) - target) / (B·K)',
      formula: 'dz = target·(σ(z) - 1) / (B·K)',
      recipe: insteadOfSlope((z, t) => -t * logistic(-z)),
    },
  },
});

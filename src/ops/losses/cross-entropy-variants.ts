// Cross-entropy of a softmax with label smoothing (Szegedy et al. 2016, Rethinking the Inception
// Architecture, section 7), with class weights, or with both. Letters: B examples, K classes, z
// scores, t targets, ε the smoothing, w the weights.
//
//   cross-entropy:0.1                  smoothing: targets are t (1 - ε) + ε / K
//   cross-entropy:weights=1,2,5        the term of class k counts w_k times
//   cross-entropy:0.1:weights=1,2,5    both; targets are smoothed first
//
// The mean is over the B examples, whatever their weights, as Keras' class_weight has it; PyTorch's
// divides by the sum of the weights where targets are class numbers.
import { u as oneRounding } from '../../numeric/bounds/arithmetic.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { expError } from '../../numeric/bounds/function-errors.ts';
import { logSumExp, shareError, softmaxMixes } from '../../numeric/bounds/rows.ts';
import { dtypeOf, roundingOf } from '../../numeric/dtype.ts';
import { elementaryOf } from '../../numeric/elementary.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { zeros } from '../../numeric/matrix.ts';
import { total } from '../../numeric/scalar.ts';
import { UsageError } from '../../errors.ts';
import { numberIn } from '../family.ts';
import type { Family } from '../family.ts';
import { rowMax, softmax } from '../outputs/softmax.ts';
import { afterLoss } from '../piece-fault.ts';
import type { PieceFault } from '../piece-fault.ts';
import { softmaxCrossEntropyBackward, softmaxCrossEntropyForward } from './cross-entropy-itself.ts';
import { loss } from './page.ts';
import type { LossPage } from './page.ts';

interface Variant {
  readonly smoothing: number;
  /** null: every class counts once. */
  readonly weights: readonly number[] | null;
}

/** The mistakes that only variants have. */
export type VariantFault = 'smoothing-not-in-gradient' | 'class-weights-not-in-gradient' | 'class-weights-of-outputs';

/** c = w (t (1 - ε) + ε / K), rounded as TensorFlow.js does.    t, c (B, K) */
function targetsOf(t: Matrix, { smoothing, weights }: Variant): Matrix {
  const [K, round] = [t.cols, roundingOf(t.data)];
  const [kept, spread] = [round(1 - round(smoothing)), round(round(smoothing) / K)];
  const c = zeros(dtypeOf(t.data), t.rows, K);
  for (let i = 0; i < c.data.length; i++) {
    const smooth = smoothing === 0 ? t.data[i] : round(round(t.data[i] * kept) + spread);
    c.data[i] = weights === null ? smooth : smooth * round(weights[i % K]);
  }
  return c;
}

/** L = -(1/B) Σ_b Σ_k c_bk log p_bk, with log p = (z - max) - log Σ_j e^(z_j - max) */
function weightedForward(logp: Matrix, z: Matrix, c: Matrix): number {
  const [K, round, { exp, log }] = [z.cols, roundingOf(z.data), elementaryOf(z.data)];
  let sumOfLosses = 0;
  for (let r = 0; r < z.rows; r++) {
    const max = rowMax(z, r);
    let sum = 0;
    for (let k = r * K; k < (r + 1) * K; k++) sum += round(exp(round(z.data[k] - max)));
    const logSum = round(log(round(sum)));
    let own = 0;
    for (let k = r * K; k < (r + 1) * K; k++) {
      logp.data[k] = round(z.data[k] - max) - logSum;
      own += round(c.data[k] * logp.data[k]);
    }
    sumOfLosses -= round(own);
  }
  return round(round(sumOfLosses) / z.rows);
}

/** dz = (p Σ_j c_j - c) / B: log p_j moves with z_k by [j = k] - p_k. */
function weightedBackward(dz: Matrix, logp: Matrix, c: Matrix): void {
  const [K, round, { exp }] = [dz.cols, roundingOf(dz.data), elementaryOf(dz.data)];
  const share = round(1 / dz.rows);
  for (let r = 0; r < dz.rows; r++) {
    let sum = 0;
    for (let k = r * K; k < (r + 1) * K; k++) sum += round(-share * c.data[k]);
    sum = round(sum);
    for (let k = r * K; k < (r + 1) * K; k++)
      dz.data[k] = round(-share * c.data[k]) - round(sum * round(exp(logp.data[k])));
  }
}

export function crossEntropyVariant(id: string, variant: Variant): LossPage<string, VariantFault> {
  const { smoothing, weights } = variant;
  const target = smoothing === 0 ? 'target' : `(target·${1 - smoothing} + ${smoothing}/K)`;
  const c = weights === null ? target : `w·${target}`;
  const where = weights === null ? '' : `, w = ${weights.join(', ')}`;
  return loss({
    id,
    formula: {
      forward: `(1/B) Σ_b -Σ_k ${c}·log softmax(z)_k${where}`,
      start: (z) => `(softmax(${z})·Σ_j c_j - c) / B with c = ${c}${where}`,
    },
    from: 'scores',
    on: [softmax.id],
    targetsSumTo1: true,
    ...(weights !== null && { outputs: weights.length }),
    ...(weights === null && { known: { id: 'cross-entropy-smoothed', free: smoothing } }),
    ...(smoothing === 0 && weights !== null && { known: { id: 'cross-entropy', weights } }),

    forward(logp, z, t) {
      const own = targetsOf(t, variant);
      return weights === null ? softmaxCrossEntropyForward(logp, z, own) : weightedForward(logp, z, own);
    },
    backward(dz, logp, t) {
      const own = targetsOf(t, variant);
      if (weights === null) softmaxCrossEntropyBackward(dz, logp, own);
      else weightedBackward(dz, logp, own);
    },
    bound: {
      // -Σ_k c_k log p_k and dz = (p Σ_j c_j - c) / B; c has four roundings
      row(dz, z, t, B, fresh) {
        const u = fresh.rounding * oneRounding;
        const own = targetsOf({ rows: 1, cols: t.length, data: t }, variant).data;
        const sum = Array.from(own).reduce((all, x) => all + x, 0);
        const all = logSumExp(z, fresh);
        let [value, error, size] = [0, 0, 0];
        for (let k = 0; k < t.length; k++) {
          const logp = z.value[k] - all.value;
          const elogp = all.carried[k] + all.computed + 2 * u * Math.abs(logp);
          value -= own[k] * logp;
          size += Math.abs(own[k] * logp);
          error += Math.abs(own[k]) * elogp;
          const p = all.shares[k];
          const ep = shareError(p, elogp + fresh.functions * expError(Math.abs(logp)));
          dz.value[k] = (p * sum - own[k]) / B;
          const rounding = (fresh.sum(t.length) + 6 * u) * p * sum + 7 * u * own[k];
          dz.error[k] = (ep * sum + rounding) / B + 2 * u * Math.abs(dz.value[k]) + underflow(2);
        }
        return { value, error: error + (fresh.sum(t.length + 1) + 5 * u) * size };
      },
      mixes: softmaxMixes,
      averages: 'examples',
    },

    // -Σ c_k log p_k with log p_k = z_k - log Σ e^z_j
    graph(z, t) {
      const own = targetsOf({ rows: 1, cols: t.length, data: Float64Array.from(t) }, variant).data;
      const shift = z[0].constant(Math.max(...z.map((v) => v.data)));
      const logTotal = total(z.map((v) => v.minus(shift).exp()))
        .log()
        .plus(shift);
      return total(z.map((v, k) => logTotal.minus(v).times(v.constant(own[k]))));
    },
    // its own gradient takes it that targets sum to 1, so with weights it is made of logSoftmax
    tfjs(tf, t, z) {
      if (weights === null) return tf.losses.softmaxCrossEntropy(t, z, undefined, smoothing);
      const smooth = smoothing === 0 ? t : tf.add(tf.mul(t, tf.sub(1, smoothing)), tf.div(smoothing, t.shape[1]));
      const terms = tf.mul(tf.mul(smooth, [...weights]), tf.logSoftmax(z));
      return tf.losses.computeWeightedLoss(tf.neg(tf.sum(terms, 1)));
    },
    plain: [
      `const share = ${weights === null ? '' : `[${weights.join(', ')}][k]‹!› * `}(t[k]‹!› * (1 - ${smoothing}) + ${smoothing} / p.length);`,
      'if (share !== 0) sum -= share * (z[k]‹!› - logSumExp(z));',
    ].join('\n'),
    faults: variantFaults(variant),
  });
}

/** The mistakes of variants; none of them is possible without smoothing or weights. */
export function variantFaults(variant: Variant): Record<VariantFault, PieceFault> {
  const { smoothing, weights } = variant;
  return {
    'smoothing-not-in-gradient': {
      description: 'the targets are smoothed in the loss, but not in its gradient',
      remedy: 'use the smoothed targets t (1 - ε) + ε / K in both',
      formula: 'dz = (softmax(z) - target) / B',
      where: () => smoothing > 0,
      recipe: afterLoss((dz, logp, t) => {
        const own = targetsOf(t, { smoothing: 0, weights });
        if (weights === null) softmaxCrossEntropyBackward(dz, logp, own);
        else weightedBackward(dz, logp, own);
      }),
    },
    'class-weights-not-in-gradient': {
      description: 'the class weights are in the loss, but not in its gradient',
      remedy: 'dz = (p Σ_j w_j t_j - w t) / B',
      formula: 'dz = (softmax(z) - target) / B',
      where: () => weights?.some((w) => w !== 1) ?? false,
      recipe: afterLoss((dz, logp, t) => {
        softmaxCrossEntropyBackward(dz, logp, targetsOf(t, { smoothing, weights: null }));
      }),
    },
    'class-weights-of-outputs': {
      description: 'each score gradient is multiplied by the weight of its own class, not by that of the target',
      remedy: 'dz = (p Σ_j w_j t_j - w t) / B: the weight of the target class counts for the whole row',
      formula: 'dz = w (softmax(z) - target) / B',
      where: () => new Set(weights ?? [1]).size > 1,
      recipe: afterLoss((dz, logp, t) => {
        softmaxCrossEntropyBackward(dz, logp, targetsOf(t, { smoothing, weights: null }));
        for (let i = 0; i < dz.data.length; i++) dz.data[i] *= weights?.[i % dz.cols] ?? 1;
      }),
    },
  };
}

const PLAIN: Variant = { smoothing: 0, weights: null };

/** Reads `0.1`, `weights=1,2,5` and `0.1:weights=1,2,5`. */
export const VARIANTS: Family<LossPage> = {
  usage: '[:smoothing][:weights=W1,W2,...]',
  examples: ['0.1', 'weights=1,2', '0.1:weights=1,2,5'],
  of(id, text) {
    const [first, ...rest] = text.split(':');
    const isSmoothed = !first.startsWith('weights=');
    const smoothing = isSmoothed ? numberIn(id, first, 'above 0 and below 1', (x) => x > 0 && x < 1) : 0;
    const parts = isSmoothed ? rest : [first, ...rest];
    if (parts.length > 1) throw new UsageError(`${id}: expected weights=W1,W2,... once`);
    return crossEntropyVariant(id, {
      ...PLAIN,
      smoothing,
      weights: parts.length === 0 ? null : weightsIn(id, parts[0]),
    });
  },
};

function weightsIn(id: string, text: string): number[] {
  const [name, list = ''] = text.split('=');
  const weights = list.split(',').map((word) => (/^[.\d]/.test(word) ? Number(word) : NaN));
  const isGood = name === 'weights' && weights.every((w) => Number.isFinite(w) && w >= 0) && weights.some((w) => w > 0);
  if (isGood) return weights;
  throw new UsageError(`${id}: expected weights=W1,W2,..., numbers of at least 0, got "${text}"`);
}

// NAdam: Adam whose momentum looks one step ahead, as Nesterov's does.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { exp, log, power } from '../../numeric/elementary.ts';
import { meanError, rootError, squareError, stepError } from '../../numeric/bounds/update-errors.ts';
import { correction } from './corrections.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';
import { ownOptimizer } from './tensor-optimizer.ts';

/** ψ, by which the momentum grows towards β₁. */
const PSI = 0.004;

const LOG_096 = log(0.96);

/** μₜ = β₁ (1 - ½·0.96^(ψt)) */
export function momentumOf(beta1: number, t: number): number {
  return beta1 * (1 - 0.5 * exp(t * PSI * LOG_096));
}

/** Products at place t, by β₁: every tensor of every step asks for one. */
const products = new Map<number, number[]>();

/** Πₜ = μ₁ ··· μₜ */
export function productOf(beta1: number, t: number): number {
  const all = products.get(beta1) ?? [1];
  products.set(beta1, all);
  for (let s = all.length; s <= t; s++) all.push(all[s - 1] * momentumOf(beta1, s));
  return all[t];
}

/** The factors of g and of m in a step, and 1 - β₂ᵗ; Π is the product of μ₁ ... μₜ. */
function factorsOf(beta1: number, beta2: number, t: number): readonly [ofG: number, ofM: number, c2: number] {
  const product = productOf(beta1, t);
  const [now, next] = [momentumOf(beta1, t), momentumOf(beta1, t + 1)];
  return [(1 - now) / (1 - product), next / (1 - product * next), 1 - power(beta2, t)];
}

export const nadam = optimizer({
  id: 'nadam',
  formula:
    'm, v as in adam,  w ← w - lr·((1-μₜ)/(1-Πₜ)·g + μₜ₊₁/(1-Πₜ₊₁)·m) / (√v̂ + ε),  μₜ = β₁(1 - ½·0.96^(0.004t)),  Πₜ = μ₁···μₜ',
  source: 'Dozat 2016, Algorithm 8, with the momenta of PyTorch and Keras (ψ = 0.004)',
  learningRate: 0.002,
  reads: ['beta1', 'beta2', 'epsilon'],
  squares: true,

  init(w, spec) {
    return { slots: zeroSlots('m', 'v')(w, spec).slots, scalars: { t: 0 } };
  },
  // the factors are computed in binary64 and rounded once
  update(w, g, { slots, scalars }, spec) {
    const round = roundingOf(w);
    const [m, v] = [slots['m'], slots['v']];
    const t = (scalars['t'] += 1);
    const [ofG, ofM, c2] = factorsOf(spec.beta1, spec.beta2, t).map(round);
    const [beta1, oneMinusBeta1] = [round(spec.beta1), round(1 - spec.beta1)];
    const [beta2, oneMinusBeta2] = [round(spec.beta2), round(1 - spec.beta2)];
    const [minusLr, epsilon] = [round(-spec.learningRate), round(spec.epsilon)];
    for (let i = 0; i < w.length; i++) {
      m[i] = round(m[i] * beta1) + round(g[i] * oneMinusBeta1);
      v[i] = round(v[i] * beta2) + round(round(g[i] * g[i]) * oneMinusBeta2);
      const root = round(Math.sqrt(round(v[i] / c2)));
      const ahead = round(round(g[i] * ofG) + round(m[i] * ofM));
      w[i] = round(round(ahead / round(root + epsilon)) * minusLr) + w[i];
    }
  },
  error({ w, ew, g, eg, t, before, after, eSlots }, { learningRate: lr, beta1, beta2, epsilon }) {
    const [m, mNew, em] = [before['m'], after['m'], eSlots['m']];
    const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
    const [ofG, ofM, c2] = factorsOf(beta1, beta2, t);
    const [, ec2] = correction(beta2, t);
    const eFactor = FACTOR_ROUNDINGS * u * (1 + t);
    for (let i = 0; i < w.length; i++) {
      em[i] = meanError(em[i], m[i], mNew[i], beta1, g[i], eg[i]);
      ev[i] = meanError(ev[i], v[i], vNew[i], beta2, g[i] * g[i], squareError(g[i], eg[i]));
      const [first, second] = [ofG * g[i], ofM * mNew[i]];
      const ahead = first + second;
      const eAhead = ofG * eg[i] + ofM * em[i] + eFactor * (Math.abs(first) + Math.abs(second)) + u * Math.abs(ahead);
      const vHat = vNew[i] / c2;
      const evHat = (ev[i] + vHat * ec2) / (c2 - ec2) + u * vHat;
      const divisor = Math.sqrt(vHat) + epsilon;
      const eDivisor = rootError(vHat, evHat) + u * (epsilon + divisor);
      const low = Math.max(divisor - eDivisor, epsilon * (1 - 2 * u));
      const q = ahead / divisor;
      ew[i] = stepError(ew[i], w[i], lr, q, (eAhead + Math.abs(q) * eDivisor) / low + u * Math.abs(q));
    }
  },

  // TensorFlow.js has none
  tfjs: (tf, { learningRate, beta1, beta2, epsilon }) =>
    ownOptimizer(tf, learningRate, ['m', 'v'], ({ w, g, slots, t, rate }) => {
      const [ofG, ofM, c2] = factorsOf(beta1, beta2, t);
      const m = tf.add(tf.mul(slots['m'], beta1), tf.mul(g, 1 - beta1));
      const v = tf.add(tf.mul(slots['v'], beta2), tf.mul(tf.square(g), 1 - beta2));
      const divisor = tf.add(tf.sqrt(tf.div(v, c2)), epsilon);
      const q = tf.div(tf.add(tf.mul(g, ofG), tf.mul(m, ofM)), divisor);
      return { w: tf.add(tf.mul(q, -rate), w), slots: { m, v } };
    }),
  faults: {
    'nadam-as-adam': {
      description: "the step does not look ahead: it is Adam's",
      remedy: 'add the gradient of this step and the momentum of the next: (1-μₜ)/(1-Πₜ)·g + μₜ₊₁/(1-Πₜ₊₁)·m',
      formula: 'w ← w - lr·m̂ / (√v̂ + ε)',
      needs: 'beta1',
      instead: 'adam',
    },
    'nadam-constant-momentum': {
      description: 'the momentum is β₁ from the first step on: (1-β₁)/(1-β₁ᵗ)·g + β₁/(1-β₁ᵗ⁺¹)·m',
      remedy: 'μₜ = β₁ (1 - ½·0.96^(0.004t)), as in PyTorch and Keras; or document the other form',
      formula: 'μₜ = β₁',
      needs: 'beta1',
      instead: stepping(['m', 'v'], (i, g, { m, v }, t, { learningRate, beta1, beta2, epsilon }) => {
        m[i] = beta1 * m[i] + (1 - beta1) * g;
        v[i] = beta2 * v[i] + (1 - beta2) * g * g;
        const ahead = ((1 - beta1) * g) / (1 - power(beta1, t)) + (beta1 * m[i]) / (1 - power(beta1, t + 1));
        return (learningRate * ahead) / (Math.sqrt(v[i] / (1 - power(beta2, t))) + epsilon);
      }),
    },
  },
});

/** Roundings of a factor of g or m: of each μ in the product, the differences, the quotient. */
const FACTOR_ROUNDINGS = 8;

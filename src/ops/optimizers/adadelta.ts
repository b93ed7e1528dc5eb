// Adadelta: the size of the step is that of earlier steps, relative to the size of the gradients.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { roundingOf } from '../../numeric/dtype.ts';
import { leastRoot, meanError, rootError, squareError, stepError } from '../../numeric/bounds/update-errors.ts';
import { stepping } from './faulty.ts';
import { optimizer } from './page.ts';
import { zeroSlots } from './slots.ts';

export const adadelta = optimizer({
  id: 'adadelta',
  formula: 's ← d·s + (1-d)·g²,  Δ = g·√(r + ε) / √(s + ε),  r ← d·r + (1-d)·Δ²,  w ← w - lr·Δ',
  source: 'Zeiler 2012, Algorithm 1, where lr is 1 and d is called ρ',
  learningRate: 1,
  reads: ['decay', 'epsilon'],
  squares: true,

  init: zeroSlots('s', 'r'),
  update(w, g, { slots }, spec) {
    const round = roundingOf(w);
    const [lr, rho, oneMinusRho] = [round(spec.learningRate), round(spec.decay), round(1 - spec.decay)];
    const [epsilon, s, r] = [round(spec.epsilon), slots['s'], slots['r']];
    for (let i = 0; i < w.length; i++) {
      s[i] = round(s[i] * rho) + round(round(g[i] * g[i]) * oneMinusRho);
      const ratio = round(round(Math.sqrt(round(r[i] + epsilon))) / round(Math.sqrt(round(s[i] + epsilon))));
      const delta = round(ratio * g[i]);
      r[i] = round(r[i] * rho) + round(round(delta * delta) * oneMinusRho);
      w[i] -= round(lr * delta);
    }
  },
  error({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, decay, epsilon }) {
    const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
    const [r, rNew, er] = [before['r'], after['r'], eSlots['r']];
    for (let i = 0; i < w.length; i++) {
      es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
      const [above, below] = [r[i] + epsilon, sNew[i] + epsilon];
      const [top, bottom] = [Math.sqrt(above), Math.sqrt(below)];
      const eTop = rootError(above, er[i] + u * (epsilon + above));
      const eBottom = rootError(below, es[i] + u * (epsilon + below));
      const ratio = top / bottom;
      const eRatio = (eTop + ratio * eBottom) / leastRoot(bottom, eBottom, epsilon) + u * ratio;
      const delta = ratio * g[i];
      const eDelta = (ratio + eRatio) * eg[i] + eRatio * Math.abs(g[i]) + u * Math.abs(delta);
      er[i] = meanError(er[i], r[i], rNew[i], decay, delta * delta, squareError(delta, eDelta));
      ew[i] = stepError(ew[i], w[i], lr, delta, eDelta);
    }
  },

  tfjs: (tf, s) => tf.train.adadelta(s.learningRate, s.decay, s.epsilon),
  wrongInTfjs: 'adadelta-accumulator-before-update',
  faults: {
    'adadelta-accumulator-before-update': {
      description:
        'the step is divided by the mean square from before this gradient: the first step is lr·g, however small g is',
      remedy: 'update s ← ρ·s + (1 - ρ)·g² first, then take the step',
      instead: stepping(['s', 'r'], (i, g, { s, r }, _t, { learningRate, decay, epsilon }) => {
        const delta = (Math.sqrt(r[i] + epsilon) / Math.sqrt(s[i] + epsilon)) * g;
        s[i] = decay * s[i] + (1 - decay) * g * g;
        r[i] = decay * r[i] + (1 - decay) * delta * delta;
        return learningRate * delta;
      }),
    },
  },
});

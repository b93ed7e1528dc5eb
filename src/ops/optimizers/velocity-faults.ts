// Mistakes in the velocity, which momentum and Nesterov's method share.
import { stepping } from './faulty.ts';
import type { Optimizer, OptimizerFault } from './page.ts';

/** The factor of the learning rate, from the gradient, the new velocity and the momentum. */
type Direction = (g: number, v: number, m: number) => number;

/** @param direction the correct one */
export function velocityFaults(direction: Direction) {
  return {
    'momentum-missing': {
      description: 'the velocity is not kept between steps, which makes this plain gradient descent',
      remedy: 'v ← m·v + g, and keep v for the next step',
      formula: 'w ← w - lr·g',
      needs: 'momentum',
      instead: 'sgd',
    },
    'momentum-dampened': {
      description: 'the gradient enters the velocity with a factor 1 - m: v ← m·v + (1 - m)·g, a running mean',
      remedy:
        'v ← m·v + g, as in TensorFlow.js and PyTorch (dampening 0); or multiply the learning rate by 1 / (1 - m) and document it',
      formula: 'v ← m·v + (1 - m)·g',
      needs: 'momentum',
      instead: dampened(direction, false),
    },
    'momentum-dampened-after-first': {
      description: "PyTorch's dampening: v starts as g; from the second step on, v ← m·v + (1 - m)·g",
      remedy: 'v ← m·v + g (dampening 0)',
      formula: 'v ← g at first, then v ← m·v + (1 - m)·g',
      needs: 'momentum',
      instead: dampened(direction, true),
    },
  } as const satisfies Record<string, OptimizerFault>;
}

/**
 * A velocity to which each new gradient adds with the factor 1 - m; at the first step with 1 if
 * only later steps are dampened.
 */
function dampened(direction: Direction, fromSecondStepOn: boolean): Optimizer {
  return stepping(['v'], (i, g, { v }, t, { learningRate: lr, momentum: m }) => {
    v[i] = m * v[i] + (fromSecondStepOn && t === 1 ? 1 : 1 - m) * g;
    return lr * direction(g, v[i], m);
  });
}

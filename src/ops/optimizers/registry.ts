// The table of optimizers and their defaults.
import { UsageError } from '../../errors.ts';
import { adadelta, adam, rmsprop, rmspropCentered } from './adaptive.ts';
import type { Optimizer, OptimizerId, OptimizerSpec } from './optimizer.ts';
import { OPTIMIZERS } from './optimizer.ts';
import { momentum, nesterov, sgd } from './sgd.ts';

/** Every optimizer by name. */
export const OPTIMIZER: Record<OptimizerId, Optimizer> = {
  sgd,
  momentum,
  nesterov,
  rmsprop,
  adam,
  'rmsprop-centered': rmspropCentered,
  adadelta,
};

/** Learning rates that train MNIST's 784-128-10; the rest are TensorFlow.js's defaults (ε: 1e-7). */
export const OPTIMIZER_DEFAULTS: Record<OptimizerId, { learningRate: number }> = {
  sgd: { learningRate: 0.2 },
  momentum: { learningRate: 0.02 },
  nesterov: { learningRate: 0.02 },
  rmsprop: { learningRate: 0.001 },
  adam: { learningRate: 0.001 },
  'rmsprop-centered': { learningRate: 0.001 },
  adadelta: { learningRate: 1 },
};

/** An optimizer with every hyperparameter filled in; a learning rate of 0 is allowed, a negative one is not (it would climb).
 * @throws UsageError on an unknown name or a number out of range. */
export function optimizerSpec(id: OptimizerId, chosen: Partial<Omit<OptimizerSpec, 'id'>> = {}): OptimizerSpec {
  if (!OPTIMIZERS.includes(id)) {
    throw new UsageError(`unknown optimizer "${String(id)}"`, `choose one of ${OPTIMIZERS.join(', ')}`);
  }
  const spec: OptimizerSpec = {
    id,
    learningRate: chosen.learningRate ?? OPTIMIZER_DEFAULTS[id].learningRate,
    momentum: chosen.momentum ?? 0.9,
    decay: chosen.decay ?? 0.9,
    beta1: chosen.beta1 ?? 0.9,
    beta2: chosen.beta2 ?? 0.999,
    epsilon: chosen.epsilon ?? 1e-7,
  };
  requireRange('learning rate', spec.learningRate, 'at least 0', (x) => x >= 0);
  requireRange('momentum', spec.momentum, '0 to below 1', (x) => x >= 0 && x < 1);
  for (const name of ['decay', 'beta1', 'beta2'] as const) {
    requireRange(name, spec[name], '0 to below 1', (x) => x >= 0 && x < 1);
  }
  requireRange('epsilon', spec.epsilon, 'at least 0', (x) => x >= 0);
  return spec;
}

function requireRange(name: string, value: number, expected: string, fits: (x: number) => boolean): void {
  if (Number.isFinite(value) && fits(value)) return;
  throw new UsageError(`${name}: a number of ${expected} expected, ${value} found`);
}

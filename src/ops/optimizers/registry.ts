// Optimizers by name. Code that needs to know something about an optimizer asks its page.
import { UsageError } from '../../errors.ts';
import { PageTable } from '../page-table.ts';
import { OPTIMIZER_PAGES } from './optimizer.ts';
import type { OptimizerId, OptimizerSpec } from './optimizer.ts';
import type { Hyperparameters, Optimizer, OptimizerPage } from './page.ts';

const pages = new PageTable<OptimizerPage>('optimizer', OPTIMIZER_PAGES);

/** Every page; those registered later come last. */
export function optimizerPages(): readonly OptimizerPage[] {
  return pages.all();
}

/** @throws UsageError on an unknown name; the message lists the choices */
export function optimizerPage(id: string): OptimizerPage {
  return pages.get(id);
}

/**
 * Adds a user's own optimizer. Engines, bounds and diagnosis then know it.
 * @returns a function that removes it
 * @throws UsageError if the name is taken
 */
export function registerOptimizer(page: OptimizerPage): () => void {
  return pages.add(page);
}

/** TensorFlow.js's defaults. */
const DEFAULTS: Hyperparameters = {
  learningRate: NaN, // each page has its own
  momentum: 0.9,
  decay: 0.9,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
};

/** Names of the arrays that it keeps for each tensor. */
export function slotsOf(id: string): string[] {
  const { slots } = optimizerPage(id).init(new Float64Array(1), DEFAULTS);
  return Object.keys(slots);
}

/** Every optimizer by name, as the bare pair of functions. */
export const OPTIMIZER = Object.fromEntries(OPTIMIZER_PAGES.map((page) => [page.id, page])) as unknown as Readonly<
  Record<OptimizerId, Optimizer>
>;

/**
 * An optimizer with every hyperparameter filled in. A learning rate of 0 is allowed; a negative
 * one, which would climb, is not.
 * @throws UsageError on an unknown name or a number out of range
 */
export function optimizerSpec(id: OptimizerId, chosen: Partial<Hyperparameters> = {}): OptimizerSpec {
  const spec: OptimizerSpec = {
    id,
    learningRate: chosen.learningRate ?? optimizerPage(id).learningRate,
    momentum: chosen.momentum ?? DEFAULTS.momentum,
    decay: chosen.decay ?? DEFAULTS.decay,
    beta1: chosen.beta1 ?? DEFAULTS.beta1,
    beta2: chosen.beta2 ?? DEFAULTS.beta2,
    epsilon: chosen.epsilon ?? DEFAULTS.epsilon,
  };
  requireRange('learning rate', spec.learningRate, 'at least 0', (x) => x >= 0);
  requireRange('momentum', spec.momentum, 'at least 0 and below 1', (x) => x >= 0 && x < 1);
  for (const name of ['decay', 'beta1', 'beta2'] as const) {
    requireRange(name, spec[name], 'at least 0 and below 1', (x) => x >= 0 && x < 1);
  }
  requireRange('epsilon', spec.epsilon, 'at least 0', (x) => x >= 0);
  return spec;
}

function requireRange(name: string, value: number, expected: string, fits: (x: number) => boolean): void {
  if (Number.isFinite(value) && fits(value)) return;
  throw new UsageError(`${name}: expected a number of ${expected}, got ${value}`);
}

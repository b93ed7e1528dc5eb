// Optimizers by name. Code that needs to know something about an optimizer asks its page.
import { UsageError } from '../../errors.ts';
import { PageTable } from '../page-table.ts';
import { checkSchedule } from '../schedules/schedules.ts';
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
export function optimizerSpec(id: OptimizerId, chosen: Partial<Omit<OptimizerSpec, 'id'>> = {}): OptimizerSpec {
  const spec: OptimizerSpec = {
    id,
    learningRate: chosen.learningRate ?? optimizerPage(id).learningRate,
    momentum: chosen.momentum ?? DEFAULTS.momentum,
    decay: chosen.decay ?? DEFAULTS.decay,
    beta1: chosen.beta1 ?? DEFAULTS.beta1,
    beta2: chosen.beta2 ?? DEFAULTS.beta2,
    epsilon: chosen.epsilon ?? DEFAULTS.epsilon,
    ...decayOf(id, chosen),
    ...aroundOf(chosen),
  };
  requireRange('learning rate', spec.learningRate, 'at least 0', (x) => x >= 0);
  requireRange('momentum', spec.momentum, 'at least 0 and below 1', (x) => x >= 0 && x < 1);
  for (const name of ['decay', 'beta1', 'beta2'] as const) {
    requireRange(name, spec[name], 'at least 0 and below 1', (x) => x >= 0 && x < 1);
  }
  requireRange('epsilon', spec.epsilon, 'at least 0', (x) => x >= 0);
  return spec;
}

/** Clipping and schedule, where there are any. */
function aroundOf({ clipNorm, clipValue, schedule }: Partial<OptimizerSpec>): Partial<OptimizerSpec> {
  if (clipNorm !== undefined && clipValue !== undefined)
    throw new UsageError('gradients are clipped by norm or by value, not both', 'choose one of the two');
  for (const [name, value] of Object.entries({ 'clip norm': clipNorm, 'clip value': clipValue }))
    if (value !== undefined) requireRange(name, value, 'above 0', (x) => x > 0);
  if (schedule !== undefined) checkSchedule(schedule);
  return {
    ...(clipNorm !== undefined && { clipNorm }),
    ...(clipValue !== undefined && { clipValue }),
    ...(schedule !== undefined && { schedule }),
  };
}

/** Missing where neither the page nor the choice has any, as it always was. */
function decayOf(id: string, { weightDecay: chosen }: Partial<Hyperparameters>): Pick<Hyperparameters, 'weightDecay'> {
  const { reads, weightDecay = chosen } = optimizerPage(id);
  if (chosen !== undefined && !reads.includes('weightDecay')) {
    const able = optimizerPages().filter((page) => page.reads.includes('weightDecay'));
    throw new UsageError(
      `${id} has no weight decay of its own`,
      `use ${able.map((page) => page.id).join(' or ')}, or a penalty`,
    );
  }
  const decay = chosen ?? weightDecay;
  if (decay === undefined) return {};
  requireRange('weight decay', decay, 'at least 0', (x) => x >= 0);
  return { weightDecay: decay };
}

function requireRange(name: string, value: number, expected: string, fits: (x: number) => boolean): void {
  if (Number.isFinite(value) && fits(value)) return;
  throw new UsageError(`${name}: expected a number of ${expected}, got ${value}`);
}

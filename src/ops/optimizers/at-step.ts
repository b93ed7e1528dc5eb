// An optimizer at one step of a run: with the learning rate of that step.
import { scheduleFactor } from '../schedules/schedules.ts';
import type { OptimizerSpec } from './optimizer.ts';

/** The factor of the learning rate at step t, from 0. */
export type RateFactor = (t: number) => number;

/** That of the optimizer's schedule; 1 without one. */
export function rateFactorOf({ schedule }: Pick<OptimizerSpec, 'schedule'>): RateFactor {
  return schedule === undefined ? () => 1 : (t) => scheduleFactor(schedule, t);
}

/**
 * The optimizer whose learning rate is that of step t, from 0, and which has no schedule.
 * @param factor default: that of its schedule
 */
export function atStep(spec: OptimizerSpec, t: number, factor: RateFactor = rateFactorOf(spec)): OptimizerSpec {
  if (spec.schedule === undefined) return spec;
  const { schedule: _, ...rest } = spec;
  return { ...rest, learningRate: spec.learningRate * factor(t) };
}

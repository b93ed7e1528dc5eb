// How long the parts of a comparison take, from the time of a training step of each engine.
import type { Phase } from '../../check/watch.ts';
import { countMultiplications } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Speeds } from './speed.ts';

/** What is done in a comparison. */
export interface Work {
  readonly network: NetworkSpec;
  readonly steps: number;
  readonly batchSize: number;
  readonly testSize: number;
  /** Whether a single-precision run shows what rounding does, besides candidate and reference. */
  readonly withBaseline: boolean;
}

/** Seconds of each part, in the order in which they come. */
export interface Estimate {
  readonly gradientCheck: number;
  readonly training: readonly (readonly [Phase, number])[];
}

/**
 * Measured, in steps: a question with its outputs; a step of lockstep; of the bounds, in steps of
 * the exact engine; outputs of a batch.
 */
const IN_STEPS = { questions: 10, lockstep: 4, bounds: 8, predict: 0.5 };
const LOCKSTEP_STEPS = 10;

export function estimateOf(work: Work, { candidate, reference, exact }: Speeds): Estimate {
  const { steps, batchSize, testSize, withBaseline, network } = work;
  const bounds = IN_STEPS.bounds * exact;
  const sampled = Math.min(LOCKSTEP_STEPS, steps);
  const lockstep = sampled * (IN_STEPS.lockstep * (candidate + reference) + bounds + updatesOf(network));
  const tested = (perStep: number): number => (testSize / batchSize) * (IN_STEPS.predict * perStep + bounds / 4);
  return {
    gradientCheck: IN_STEPS.questions * (candidate + reference) + 7 * bounds,
    training: [
      ['candidate', steps * candidate + lockstep + tested(candidate)],
      ['reference', steps * reference + tested(reference)],
      ['exact', steps * exact * (withBaseline ? 2 : 1)],
    ],
  };
}

/** Comparing the updates of all parameters, a few times for each step of lockstep. */
function updatesOf(network: NetworkSpec): number {
  return countMultiplications(network) * 5e-7;
}

/** @param atOnce how many trainings run at the same time */
export function totalOf({ gradientCheck, training }: Estimate, atOnce: number): number {
  const seconds = training.map(([, part]) => part);
  const sum = seconds.reduce((a, b) => a + b, 0);
  return gradientCheck + Math.max(sum / atOnce, ...seconds);
}

/** "0.8 s", "12 ms" */
export function formatStep(seconds: number): string {
  if (seconds >= 0.1) return `${Number(seconds.toPrecision(2))} s`;
  return `${Number((1000 * seconds).toPrecision(2))} ms`;
}

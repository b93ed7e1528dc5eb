// Known mistakes in what surrounds an update: clipping of the gradients, and the learning rate of
// the step. faults/registry.ts lists them.
import { nameOf, shapesOf } from '../network/parameters.ts';
import { rateFactorOf } from '../ops/optimizers/at-step.ts';
import { clipped } from '../ops/optimizers/clip.ts';
import { takesSteps, whole } from './fault.ts';
import type { Fault, Setting } from './fault.ts';

const first: Fault['first'] = (_layer, { network }) => shapesOf(network).map(nameOf);
const ofUpdate = { stage: 'update', first } as const;

const ofNorm = (setting: Setting): boolean => takesSteps(setting) && setting.optimizer.clipNorm !== undefined;

/** Steps that a check of updates takes, and the change of the rate that it sees. */
const [STEPS, VISIBLE] = [3, 1e-2];

/** Whether another factor of the learning rate makes a difference within a few steps. */
function shows({ optimizer }: Setting, other: (t: number, factor: (t: number) => number) => number): boolean {
  const right = rateFactorOf(optimizer);
  const apart = (t: number): number => Math.abs(other(t, right) / right(t) - 1);
  return (
    optimizer.schedule !== undefined &&
    optimizer.learningRate > 0 &&
    Array.from({ length: STEPS }, (_, t) => apart(t)).some((x) => x > VISIBLE)
  );
}

const next = (t: number, factor: (t: number) => number): number => factor(t + 1);
const before = (t: number, factor: (t: number) => number): number => factor(Math.max(0, t - 1));
const none = (): number => 1;

export const TRAINING_FAULTS = {
  'clip-missing': {
    ...ofUpdate,
    description: 'the gradients are not clipped',
    remedy:
      'cut the gradients down before the update: multiply all of them by min(1, c / ‖g‖₂), or cut each entry to ±c',
    layers: (setting) => whole(takesSteps(setting) && (ofNorm(setting) || setting.optimizer.clipValue !== undefined)),
    injection: () => ({ clip: (gradients) => gradients }),
  },
  'clip-per-tensor': {
    ...ofUpdate,
    description: 'each tensor is clipped by its own norm, not all gradients by the norm of all together',
    remedy: 'compute ‖g‖₂ over all tensors, and multiply all of them by one factor min(1, c / ‖g‖₂)',
    layers: (setting) => whole(ofNorm(setting)),
    injection: () => ({ clip: (gradients, spec) => gradients.flatMap((g) => clipped([g], spec)) }),
  },
  'clip-norm-as-value': {
    ...ofUpdate,
    description: 'every entry is cut to ±c, which is clipping by value; c is the largest norm of all gradients',
    remedy: 'multiply all gradients by min(1, c / ‖g‖₂)',
    layers: (setting) => whole(ofNorm(setting)),
    injection: () => ({
      clip: (gradients, { clipNorm }) => clipped(gradients, { clipValue: clipNorm }),
    }),
  },
  'schedule-missing': {
    ...ofUpdate,
    description: 'the learning rate does not change from step to step',
    remedy: 'use the learning rate of the step that is handed over',
    layers: (setting) => whole(shows(setting, none)),
    injection: () => ({ rateFactor: none }),
  },
  'schedule-off-by-one': {
    ...ofUpdate,
    description:
      'the learning rate is that of the next step: steps are counted from 1 where the schedule counts from 0',
    remedy: 'the first step is step 0 of the schedule',
    layers: (setting) => whole(shows(setting, next)),
    injection: () => ({ rateFactor: next }),
  },
  'schedule-late': {
    ...ofUpdate,
    description: 'the learning rate is that of the step before',
    remedy: 'use the learning rate of the step that is handed over',
    layers: (setting) => whole(shows(setting, before)),
    injection: () => ({ rateFactor: before }),
  },
} as const satisfies Record<string, Fault>;

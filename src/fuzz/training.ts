// How random problems are trained: the number of steps, and what is added to the optimizer.
import { power } from '../numeric/elementary.ts';
import type { Rng } from '../numeric/rng.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerPage, optimizerSpec } from '../ops/optimizers/registry.ts';
import { describeOptimizer } from '../report/words/settings.ts';
import { pick } from '../selftest/random-head.ts';

/** Schedules of the learning rate, each with numbers that change it within a few steps. */
const SCHEDULES: Readonly<Record<string, (rng: Rng) => string>> = {
  step: (rng) => `step:${1 + rng.below(3)}:${pick(rng, [0.5, 0.1])}`,
  exponential: (rng) => `exponential:${pick(rng, [0.5, 0.9])}`,
  inverse: (rng) => `inverse:${pick(rng, [0.1, 1])}`,
  cosine: (rng) => `cosine:${2 + rng.below(9)}${pick(rng, ['', ':0.1'])}`,
  'warm-up': (rng) => `warm-up:${2 + rng.below(4)}`,
};

/** What may be added to an optimizer. */
export const ADDITIONS: readonly string[] = ['clip-norm', 'clip-value', 'weight-decay', ...Object.keys(SCHEDULES)];

/** What is added to this optimizer, by name. */
export function additionsOf({ id, clipNorm, clipValue, weightDecay, schedule }: OptimizerSpec): string[] {
  return [
    ...(clipNorm === undefined ? [] : ['clip-norm']),
    ...(clipValue === undefined ? [] : ['clip-value']),
    ...(weightDecay === optimizerPage(id).weightDecay ? [] : ['weight-decay']),
    ...(schedule?.split('+').map((part) => part.split(':')[0]) ?? []),
  ];
}

/** The shares of optimizers that are clipped, that decay if they can, and that have a schedule. */
const SHARES = { clipped: 0.3, decays: 0.4, scheduled: 0.3, twice: 0.2 };

/** The optimizer with some of these additions. */
export function withAdditions(rng: Rng, optimizer: OptimizerSpec, additions: readonly string[]): OptimizerSpec {
  const clipping = additions.filter((one) => one.startsWith('clip-'));
  const schedules = additions.filter((one) => one in SCHEDULES);
  const isClipped = clipping.length > 0 && rng.uniform() < SHARES.clipped;
  const decays = additions.includes('weight-decay') && optimizerPage(optimizer.id).reads.includes('weightDecay');
  const isScheduled = schedules.length > 0 && rng.uniform() < SHARES.scheduled;
  const one = (): string => SCHEDULES[pick(rng, schedules)](rng);
  return {
    ...optimizer,
    ...(isClipped && addition(pick(rng, clipping), power(10, 2 * rng.uniform() - 1.5))),
    ...(decays && rng.uniform() < SHARES.decays && addition('weight-decay', power(10, -2 * rng.uniform()))),
    ...(isScheduled && { schedule: rng.uniform() < SHARES.twice ? `${one()}+${one()}` : one() }),
  };
}

/** @param size of the clipping, or the decay; a schedule has numbers of its own */
export function addition(name: string, size: number): Partial<OptimizerSpec> {
  switch (name) {
    case 'clip-norm':
      return { clipNorm: size };
    case 'clip-value':
      return { clipValue: size };
    case 'weight-decay':
      return { weightDecay: size };
    default:
      return { schedule: SIMPLEST[name] };
  }
}

/** One schedule of each kind, with short numbers. */
const SIMPLEST: Readonly<Record<string, string>> = {
  step: 'step:1:0.5',
  exponential: 'exponential:0.5',
  inverse: 'inverse:1',
  cosine: 'cosine:4',
  'warm-up': 'warm-up:2',
};

/** Simpler optimizers than this one, the boldest first. */
export function* simplerOptimizers(optimizer: OptimizerSpec): Generator<OptimizerSpec> {
  const now = JSON.stringify(optimizerSpec(optimizer.id, optimizer));
  for (const one of simpler(optimizer)) if (JSON.stringify(one) !== now) yield one;
}

function* simpler(optimizer: OptimizerSpec): Generator<OptimizerSpec> {
  const { id, learningRate, clipNorm, clipValue, schedule, weightDecay } = optimizer;
  const around = { clipNorm, clipValue, schedule };
  // what is undefined falls back on the defaults
  const changed = (change: Partial<OptimizerSpec>): OptimizerSpec => optimizerSpec(id, { ...optimizer, ...change });
  if (id !== 'sgd') {
    yield optimizerSpec('sgd');
    yield optimizerSpec('sgd', around);
  }
  yield optimizerSpec(id);
  const decay = additionsOf(optimizer).includes('weight-decay') && { weightDecay };
  yield optimizerSpec(id, { ...around, ...decay });
  if (decay !== false) yield changed({ weightDecay: undefined });
  if (schedule !== undefined) {
    yield changed({ schedule: undefined });
    const parts = schedule.split('+');
    for (const part of parts.length > 1 ? parts : []) yield changed({ schedule: part });
    for (const part of parts) yield changed(addition(part.split(':')[0], 1));
  }
  for (const name of ['clipNorm', 'clipValue', ...(decay === false ? [] : (['weightDecay'] as const))] as const) {
    const now = optimizer[name];
    if (now === undefined) continue;
    if (name !== 'weightDecay') yield changed({ [name]: undefined });
    for (const round of before(ROUND, now)) yield changed({ [name]: round });
  }
  for (const round of before([optimizerPage(id).learningRate, ...ROUND], learningRate))
    yield changed({ learningRate: round });
}
const ROUND = [1, 0.1, 0.01];

/** Those before `now`; all if it is not among them. */
function before(all: readonly number[], now: number): readonly number[] {
  const at = all.indexOf(now);
  return at < 0 ? all : all.slice(0, at);
}

/** "5 steps of adam, learning rate 0.01, gradients clipped to norm 1" */
export function trainingText({
  optimizer,
  steps,
}: {
  readonly optimizer: OptimizerSpec;
  readonly steps: number;
}): string {
  return `${steps} step${steps === 1 ? '' : 's'} of ${describeOptimizer(optimizer)}`;
}

// Two known mistakes in one backward pass: the second changes the steps of the first.
import type { FaultInjection } from '../engines/engine.ts';
import { BACKWARD } from '../ops/backward-rules.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import type { Setting } from './fault.ts';
import { injectionOf } from './registry.ts';
import type { FaultAt } from './registry.ts';

/** A new injection of both, for one engine. */
export function twoInjected(first: FaultAt, second: FaultAt, setting: Setting): FaultInjection {
  const one = injectionOf(first, setting);
  const right = { ...BACKWARD, ...one.backward };
  const two = injectionOf(second, setting, right);
  return { ...one, ...two, backward: { ...right, ...two.backward } };
}

/**
 * Whether it matters which of the two comes first: they change the same step of the same layer.
 */
export function meet(one: FaultAt, two: FaultAt, setting: Setting): boolean {
  if (typeof one.layer === 'number' && typeof two.layer === 'number' && one.layer !== two.layer) return false;
  const [a, b] = [one, two].map((fault) => injectionOf(fault, setting).backward ?? {});
  return (Object.keys(a) as (keyof BackwardRules)[]).some((step) => b[step] !== undefined);
}

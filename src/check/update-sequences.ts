// The updates that an optimizer is checked on: where they start, and the gradients that every
// engine is given.
import { heldParameters } from '../network/held.ts';
import { allFinite, copyParameters, withZeroBiases } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { countParameters } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { UpdateSequence } from './diagnosis/diagnose.ts';
import { freshGradients, generalPoint } from './slopes/general-point.ts';

/**
 * Number of updates with the same gradients: more than one, so that the optimizer's state counts.
 */
export const UPDATES = 3;
/** Number of updates at the general point. */
export const MORE_UPDATES = 5;
/** Parameters up to which all gradients are kept: those of larger networks take too much memory. */
export const KEPT_UP_TO = 4_000_000;

/**
 * Two sequences: one from the given start, beginning with its own gradients; one from the general
 * point. Empty if the gradients are not finite: the gradient check or the free run reports that.
 * @param elsewhere whether to include the general point: once per run is enough
 * @param updates how many from the given start
 */
export function sequencesOf(
  { network, start }: { readonly network: NetworkSpec; readonly start: Parameters },
  own: Parameters,
  elsewhere = true,
  updates = UPDATES,
  keptUpTo = KEPT_UP_TO,
): UpdateSequence[] {
  const first = heldParameters(network, copyParameters(own, 'f32')); // the same numbers for every engine
  if (!allFinite(first)) return [];
  const freshAt = freshGradients(network, first);
  const fresh = (step: number): Parameters => withZeroBiases(network, freshAt(step));
  const isLarge = countParameters(network) > keptUpTo;
  const given = { start, gradients: series(updates, (i) => (i === 0 ? first : fresh(i - 1)), isLarge) };
  if (!elsewhere) return [given];
  const there = generalPoint(network, 1, true).parameters;
  return [given, { start: there, gradients: series(MORE_UPDATES, (i) => fresh(UPDATES + i), isLarge) }];
}

/** @param anew whether they are made each time they are gone through, and not kept */
function series(count: number, make: (i: number) => Parameters, anew: boolean): Iterable<Parameters> {
  const all = function* (): Generator<Parameters> {
    for (let i = 0; i < count; i++) yield make(i);
  };
  return anew ? { [Symbol.iterator]: all } : [...all()];
}

/** Whether its gradients are kept, and not made anew. */
export function isKept({ gradients }: UpdateSequence): boolean {
  return Array.isArray(gradients);
}

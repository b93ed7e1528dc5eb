// Which of the two sides is to blame.
import type { Side } from '../pair.ts';
import type { Culprit } from '../verdict.ts';

/** The side whose numbers to explain; the candidate if both are wrong. */
export function culpritOf(measures: readonly { readonly left: Culprit | null }[]): Side | null {
  const culprit = measures.find(({ left }) => left !== null)?.left ?? null;
  return culprit === 'both' ? 'candidate' : culprit;
}

/** Whether this side is to blame for at least one of them. */
export function isCulprit(side: Side, measures: readonly { readonly left: Culprit | null }[]): boolean {
  return measures.some(({ left }) => left === side || left === 'both');
}

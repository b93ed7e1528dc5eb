// Who is to blame, of two.
import type { Side } from '../pair.ts';
import type { Culprit } from '../verdict.ts';

/** Whose numbers to explain; where both are wrong, the candidate's. */
export function culpritOf(measures: readonly { readonly left: Culprit | null }[]): Side | null {
  const culprit = measures.find(({ left }) => left !== null)?.left ?? null;
  return culprit === 'both' ? 'candidate' : culprit;
}

/** Whether this side is to blame for one of them. */
export function isCulprit(side: Side, measures: readonly { readonly left: Culprit | null }[]): boolean {
  return measures.some(({ left }) => left === side || left === 'both');
}

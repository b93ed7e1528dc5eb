// All penalties, one page each. To add one, add its line here.
import { PageTable } from '../page-table.ts';
import { l1 } from './l1.ts';
import { l2 } from './l2.ts';
import type { PenaltyPage } from './page.ts';

/** In the order that lists show them. */
export const PENALTY_PAGES = [l2, l1] as const;

/** One of PENALTIES. */
export type PenaltyId = (typeof PENALTY_PAGES)[number]['id'];
/** The penalties' names. */
export const PENALTIES: readonly PenaltyId[] = PENALTY_PAGES.map(({ id }) => id);

const pages = new PageTable<PenaltyPage>('penalty', PENALTY_PAGES);

/** Every penalty known now; those registered later come last. */
export function penaltyPages(): readonly PenaltyPage[] {
  return pages.all();
}

/** @throws UsageError on an unknown name; the message lists the choices */
export function penaltyOf(id: string): PenaltyPage {
  return pages.get(id);
}

/**
 * Adds a user's own penalty. Networks may then name it, and engines, bounds, diagnosis and reports
 * use it.
 * @returns a function that removes it
 * @throws UsageError if the name is taken
 */
export function registerPenalty(page: PenaltyPage): () => void {
  return pages.add(page);
}

// What a page with the cases of the audit is asked.
import type { BrowserBackend } from '../../../src/engines/tfjs/backends.ts';

/** The function of the page. */
export const AUDIT = 'backproofAudit';

/** A case by its index. */
export interface Asked {
  readonly backend: BrowserBackend;
  readonly index: number;
}

// A batch in whose passes something is done across its examples.
import type { Changes } from '../pass/pass.ts';

/** One thing that may be done to a batch. */
export interface Across {
  /** Where it shows: z1, a1, dW2 ... */
  readonly place: string;
  /** A sentence. */
  readonly text: string;
  readonly changes: Changes;
  /** What to do; default: the right formula. */
  readonly fix?: string;
}

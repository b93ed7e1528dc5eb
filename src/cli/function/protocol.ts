// Messages between the commands `check` and `fuzz` and the thread in which somebody's file runs.
import type { FuzzOrder } from '../fuzz/function-subject.ts';
import type { Asked } from './exports.ts';

/** What to check. */
export interface Order extends Asked {
  readonly file: string;
  /** Missing: it is checked at its own arguments. */
  readonly fuzz?: FuzzOrder;
}

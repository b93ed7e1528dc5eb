// Messages between the command `check` and the thread in which somebody's file runs.
import type { Asked } from './exports.ts';

/** What to check. */
export interface Order extends Asked {
  readonly file: string;
}

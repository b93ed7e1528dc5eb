// Messages between the commands `check` and `fuzz` and where somebody's file runs: a thread, or a
// page of a browser.
import type { FuzzOrder } from '../fuzz/function-subject.ts';
import type { Asked } from './exports.ts';

/** What to check. */
export interface Order extends Asked {
  readonly file: string;
  /** Missing: it is checked at its own arguments. */
  readonly fuzz?: FuzzOrder;
}

/** To the thread alone: an order, or the question whether the file has a twin. */
export type ToThread = Order & { readonly hasTwin?: true };

/** To the page, which has the file. */
export type ToPage = Omit<Order, 'file'>;

/** The function of the page that takes the one that loads the file. */
export const SERVE = 'backproofServe';
/** The function of the page that answers an order. */
export const CHECK = 'backproofCheck';

/** What to do with a file that needs Node. */
export const IN_NODE = 'use --backend cpu, wasm or node, which run in Node';

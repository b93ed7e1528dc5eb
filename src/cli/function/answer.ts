// From an order to its answer, where somebody's file was loaded.
import { fuzzExports } from '../fuzz/function-subject.ts';
import { checkExports } from './exports.ts';
import type { Exports, OpenTwin } from './exports.ts';
import type { Order } from './protocol.ts';

/** @throws what checkExports and fuzzExports throw */
export function answerOrder(
  module: Exports,
  { fuzz, ...asked }: Omit<Order, 'file'>,
  openTwin: OpenTwin,
): Promise<unknown> {
  return fuzz === undefined ? checkExports(module, asked, openTwin) : fuzzExports(module, asked, fuzz, openTwin);
}

// A loss that is divided by B - 1, as a sample variance is: a batch of one has none.
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Told } from '../told.ts';
import type { Answers } from './questions.ts';
import { lossOfBatch } from './recognised.ts';
import type { Recognised } from './recognised.ts';

/** Share of the loss that may be rounding. */
const SAME = 2e-5;

/** Told if the loss of every batch is the right one times B / (B - 1). */
export function dividedByOneLess(network: NetworkSpec, { batches }: Answers, right: Recognised): readonly Told[] {
  const isIt = batches.every(({ loss, pass }) => {
    const B = pass.outcomes.length;
    const wanted = (lossOfBatch(right, pass) * B) / (B - 1);
    return Math.abs(loss - wanted) <= SAME * Math.abs(wanted);
  });
  if (!isIt) return [];
  const line = formulaLine('loss', network);
  const text = 'The loss is divided by B - 1, not by B, so a batch of one has none.';
  return [{ kind: 'loss', place: 'loss', text, used: null, right: line, fix: line }];
}

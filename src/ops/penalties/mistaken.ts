// Recipes of mistakes in the gradient of one penalty.
import type { FloatArray } from '../../numeric/dtype.ts';
import type { PenaltyOn, PieceFault } from '../piece-fault.ts';

/** Replaces the gradient of the penalties of one kind, in one layer, by `wrong`. */
export function insteadOfPenalty(
  id: string,
  wrong: (dw: FloatArray, w: FloatArray, c: number) => void,
): PieceFault['recipe'] {
  return changing(id, (one) => ({ ...one, page: { ...one.page, backward: wrong } }));
}

/** Multiplies it. */
export function timesPenalty(id: string, factor: number): PieceFault['recipe'] {
  return changing(id, (one) => ({ ...one, factor: factor * one.factor }));
}

function changing(id: string, change: (one: PenaltyOn) => PenaltyOn): PieceFault['recipe'] {
  return (at, right) => ({
    penalty(layer, step) {
      const penalties = step.penalties.map((one) => (layer === at && one.page.id === id ? change(one) : one));
      right.penalty(layer, { ...step, penalties });
    },
  });
}

// Builds mistaken optimizers: f64 inside, rounded when stored.
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Hyperparameters, Optimizer, TensorState } from './page.ts';
import { zeroSlots } from './slots.ts';

/**
 * An optimizer that keeps the named slots and counts its steps. `step` updates the slots and
 * returns what is subtracted from entry i.
 */
export function stepping(
  slots: readonly string[],
  step: (i: number, g: number, slots: TensorState['slots'], t: number, spec: Hyperparameters) => number,
): Optimizer {
  return {
    init: (w, spec) => ({ ...zeroSlots(...slots)(w, spec), scalars: { t: 0 } }),
    update(w: FloatArray, g, state, spec) {
      const t = (state.scalars['t'] += 1);
      for (let i = 0; i < w.length; i++) w[i] -= step(i, g[i], state.slots, t, spec);
    },
  };
}

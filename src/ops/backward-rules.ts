// The steps of the forward and backward pass, with pieces looked up by name. They form a table, so
// that one can be replaced by a mistaken one: a checker that has never seen a mistake proves
// nothing.
import type { Matrix } from '../numeric/matrix.ts';
import { addPenalties } from './penalties/add.ts';
import type { BackwardRules } from './piece-fault.ts';
import { activationOf, lossOf } from './registry.ts';

/** a = activation(z)                      a, z (B, units) */
export function activate(id: string, a: Matrix, z: Matrix): void {
  const page = activationOf(id);
  if (page.kind === 'output') page.forward(a, z);
  else page.forward(a.data, z.data);
}

/** The correct rules. */
export const BACKWARD: BackwardRules = {
  loss(_layer, loss, start, kept, t) {
    lossOf(loss).backward(start, kept, t);
  },
  activation(_layer, id, dz, da, z, a) {
    const page = activationOf(id);
    if (page.kind === 'output') page.backward(dz, da, z, a);
    else page.backward(dz.data, da.data, z.data, a.data);
  },
  layer(_layer, { page, spec, dx, dp, dz, saved, p }) {
    page.backward(dx, dp, dz, saved, p, spec);
  },
  forward: (_layer, { page, spec, z, x, p, pass }) => page.forward(z, x, p, spec, pass),
  penalty(_layer, step) {
    addPenalties(step);
  },
};

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

/** Rules that are looked up anew at each step. */
export function lookedUp(of: (layer: number) => BackwardRules): BackwardRules {
  return {
    loss: (layer, ...rest) => of(layer).loss(layer, ...rest),
    activation: (layer, ...rest) => of(layer).activation(layer, ...rest),
    layer: (layer, step) => of(layer).layer(layer, step),
    forward: (layer, step) => of(layer).forward(layer, step),
    penalty: (layer, step) => of(layer).penalty(layer, step),
  };
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

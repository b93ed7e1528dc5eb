// The steps of the backward pass as a table, so that one can be exchanged for a mistaken one: a checker that has never seen a
// mistake proves nothing. `layer` is 0-based everywhere here.
import type { ActivationId, LossId } from '../network/spec.ts';
import { isRowActivation } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { ACTIVATION } from './activations.ts';
import { denseBackward } from './dense.ts';
import { meanSquaredErrorBackward, softmaxCrossEntropyBackward } from './losses.ts';
import { ROW_ACTIVATION } from './outputs.ts';

/** The backward pass in three steps. Letters: B examples, I inputs of a layer, O its units; z, a, dz, da (B, O), x, dx (B, I), W, dW (I, O), db (O). */
export interface BackwardRules {
  /** Where the gradient starts: `start` is dz of the last layer (cross-entropy, from log p) or its da (mse, from outputs p). */
  loss(layer: number, loss: LossId, start: Matrix, from: Matrix, t: Matrix): void;
  /** dz from da. */
  activation(layer: number, id: ActivationId, dz: Matrix, da: Matrix, z: Matrix, a: Matrix): void;
  /** dW, db and (but for the first layer) dx from dz. */
  dense(layer: number, dx: Matrix | null, dW: Matrix, db: FloatArray, dz: Matrix, x: Matrix, W: Matrix): void;
}

/** The right rules. */
export const BACKWARD: BackwardRules = {
  loss(_layer, loss, start, from, t) {
    if (loss === 'cross-entropy') softmaxCrossEntropyBackward(start, from, t);
    else meanSquaredErrorBackward(start, from, t);
  },
  activation(_layer, id, dz, da, z, a) {
    if (isRowActivation(id)) ROW_ACTIVATION[id].backward(dz, da, z, a);
    else ACTIVATION[id].backward(dz.data, da.data, z.data, a.data);
  },
  dense(_layer, dx, dW, db, dz, x, W) {
    denseBackward(dx, dW, db, dz, x, W);
  },
};

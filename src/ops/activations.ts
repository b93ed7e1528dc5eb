// Activations that work on each score alone: a = f(z), and dz = da · f'.
//
// Each `backward` repeats the order of operations (and so the roundings) of TensorFlow.js's gradient of the same op;
// `round` is the rounding of the arrays' precision, for the intermediates that have no array of their own.
import { roundingOf } from '../numeric/dtype.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { ElementwiseActivationId } from '../network/spec.ts';

export interface Activation {
  /** a = f(z), entry by entry. */
  forward(a: FloatArray, z: FloatArray): void;
  /** dz from da, entry by entry; `a` is what forward made of `z`. */
  backward(dz: FloatArray, da: FloatArray, z: FloatArray, a: FloatArray): void;
  /** Where f' jumps, or null; f' at the jump itself is stated beside the code. */
  readonly kink: number | null;
}

const linear: Activation = {
  forward(a, z) {
    a.set(z);
  },
  // f'(z) = 1
  backward(dz, da) {
    dz.set(da);
  },
  kink: null,
};

const relu: Activation = {
  // a = max(0, z)
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = Math.max(0, z[i]);
  },
  // f'(z) = 1 where z > 0, else 0; relu'(0) = 0, as tfjs
  backward(dz, da, z) {
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] * (z[i] > 0 ? 1 : 0);
  },
  kink: 0,
};

const sigmoid: Activation = {
  // a = 1 / (1 + e^-z)
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = 1 / (1 + Math.exp(-z[i]));
  },
  // f' = a (1 - a), in a = sigmoid(z)
  backward(dz, da, _z, a) {
    const round = roundingOf(a);
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] * round(a[i] * round(1 - a[i]));
  },
  kink: null,
};

const tanh: Activation = {
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = Math.tanh(z[i]);
  },
  // f' = 1 - a², in a = tanh(z)
  backward(dz, da, _z, a) {
    const round = roundingOf(a);
    for (let i = 0; i < dz.length; i++) dz[i] = round(1 - round(a[i] * a[i])) * da[i];
  },
  kink: null,
};

export const ACTIVATION: Record<ElementwiseActivationId, Activation> = { linear, relu, sigmoid, tanh };

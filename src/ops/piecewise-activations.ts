// Activations with one formula below 0 and another above. `round` is the rounding of the arrays' precision, for the
// intermediates that have no array of their own.
import { dtypeOf, roundingOf } from '../numeric/dtype.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { elementaryOf, exp, expm1 } from '../numeric/elementary.ts';
import type { Activation } from './activation.ts';

/** Slope of leaky-relu below 0: the default of tf.leakyRelu. */
export const LEAK = 0.2;

/** λ and λα of Klambauer et al. 2017, Self-Normalizing Neural Networks, eq. (14): with them mean 0 and variance 1 are a fixed point. */
export const SELU_SCALE = 1.0507009873554805;
export const SELU_SCALE_ALPHA = 1.758099340847377;

export const linear: Activation = {
  forward(a, z) {
    a.set(z);
  },
  // f'(z) = 1
  backward(dz, da) {
    dz.set(da);
  },
  kink: null,
};

export const relu: Activation = {
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

export const leakyRelu: Activation = {
  // a = z where z >= 0, else 0.2 z
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = z[i] < 0 ? LEAK * z[i] : z[i];
  },
  // f'(z) = 1 where z > 0, else 0.2; f'(0) = 0.2, as tfjs, whose gradient has 0.2 as a tensor, rounded
  backward(dz, da, z) {
    const leak = roundingOf(dz)(LEAK);
    for (let i = 0; i < dz.length; i++) dz[i] = z[i] > 0 ? da[i] : da[i] * leak;
  },
  kink: 0,
};

export const elu: Activation = {
  // a = z where z >= 0, else e^z - 1
  forward(a, z) {
    const below = expMinus1(a);
    for (let i = 0; i < a.length; i++) a[i] = z[i] >= 0 ? z[i] : below(z[i]);
  },
  // f' = 1 where z >= 0, else e^z = a + 1: no jump, elu'(0) = 1. tfjs writes it in a = elu(z), which where a is near -1 loses the digits of e^z
  backward(dz, da, z, a) {
    if (dtypeOf(dz) === 'f32') for (let i = 0; i < dz.length; i++) dz[i] = a[i] >= 0 ? da[i] : da[i] * (a[i] + 1);
    else for (let i = 0; i < dz.length; i++) dz[i] = z[i] >= 0 ? da[i] : da[i] * exp(z[i]);
  },
  kink: null,
};

export const selu: Activation = {
  // a = λ z where z >= 0, else λα (e^z - 1)
  forward(a, z) {
    const below = expMinus1(a);
    for (let i = 0; i < a.length; i++) a[i] = z[i] >= 0 ? SELU_SCALE * z[i] : SELU_SCALE_ALPHA * below(z[i]);
  },
  // f'(z) = λ where z > 0, else λα e^z; selu'(0) = λα = 1.7581, as tfjs
  backward(dz, da, z) {
    const [round, own] = [roundingOf(dz), elementaryOf(dz)];
    const [scale, scaleAlpha] = [round(SELU_SCALE), round(SELU_SCALE_ALPHA)];
    for (let i = 0; i < dz.length; i++) {
      dz[i] = z[i] > 0 ? da[i] * scale : round(da[i] * scaleAlpha) * round(own.exp(z[i]));
    }
  },
  kink: 0,
};

/** e^z - 1 for an array of this precision. Near 0 the difference loses digits, of which binary32 has none to lose. */
function expMinus1(a: FloatArray): (z: number) => number {
  if (dtypeOf(a) === 'f64') return expm1;
  const own = elementaryOf(a);
  return (z) => own.exp(z) - 1;
}

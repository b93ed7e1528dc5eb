// Clevert, Unterthiner & Hochreiter 2016, Exponential Linear Units, eq. (1) with α = 1.
import { never } from '../../numeric/bounds/branches.ts';
import { ELU_ERROR } from '../../numeric/bounds/function-errors.ts';
import { UNIT_ROUNDOFF, dtypeOf } from '../../numeric/dtype.ts';
import { exp } from '../../numeric/elementary.ts';
import { activation } from './page.ts';
import { expMinus1 } from './shared.ts';

const u = UNIT_ROUNDOFF.f32;

export const elu = activation({
  id: 'elu',
  formula: { forward: 'z where z > 0, else exp(z) - 1', derivative: '1 where z > 0, else exp(z)' },
  writtenIn: 'z',
  kink: null,
  bend: 0,

  // a = z where z >= 0, else e^z - 1
  forward(a, z) {
    const below = expMinus1(a);
    for (let i = 0; i < a.length; i++) a[i] = z[i] >= 0 ? z[i] : below(z[i]);
  },
  // f' = 1 where z >= 0, else e^z = a + 1. No jump: elu'(0) = 1. tfjs computes it from a = elu(z),
  // which loses the digits of e^z where a is near -1.
  backward(dz, da, z, a) {
    if (dtypeOf(dz) === 'f32') for (let i = 0; i < dz.length; i++) dz[i] = a[i] >= 0 ? da[i] : da[i] * (a[i] + 1);
    else for (let i = 0; i < dz.length; i++) dz[i] = z[i] >= 0 ? da[i] : da[i] * exp(z[i]);
  },
  bound: {
    bias: 0.4, // measured: 0.34
    // mean value theorem: f' = e^z rises to 1 at 0 and stays there
    forward: (z, ez) => exp(Math.min(0, z + ez)) * ez + (z - ez >= 0 ? 0 : ELU_ERROR),
    // Engines compute a + 1 (one rounding) where their a is below 0, else 1. If these two are the
    // branches of one undecided score, both are within ea of the right slope.
    slope({ z, ez, ea }) {
      if (z - ez > 0) return [1, 0];
      const f = exp(Math.min(0, z));
      return [f, ea + u * (f + ea)];
    },
    undecided: never, // f' = 1 on both sides of 0
  },

  graph: (z) =>
    z.ifPositive(
      (x) => x,
      (x) => x.expm1(),
    ),
  tfjs: 'elu',
});

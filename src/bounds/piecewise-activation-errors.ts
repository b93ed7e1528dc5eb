// How far binary32 can move the activations that have one formula below 0 and another above (names as in activation-error.ts).
//
// An engine's own score is anywhere in [z - ez, z + ez]: a bound takes the worst of the branches in there.
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { exp } from '../numeric/elementary.ts';
import { LEAK, SELU_SCALE, SELU_SCALE_ALPHA } from '../ops/piecewise-activations.ts';
import { never } from './activation-error.ts';
import type { ActivationError } from './activation-error.ts';
import { ELU_ERROR, FUNCTION_ERROR, SELU_ERROR } from '../numeric/bounds/function-errors.ts';

const u = UNIT_ROUNDOFF.f32;

/** At a score of exactly 0 too: whichever of the one-sided derivatives an engine takes there is right. */
const eitherSideOf0 = (z: number, ez: number): boolean => Math.abs(z) <= ez;

/** A slope of f that may as well be anything from `least` to `most`, each rounded. */
function between(f: number, least: number, most: number, rounding: number): readonly [number, number, number] {
  return [f, (most - least) / 2 + rounding, (least + most) / 2 - f];
}

/** The largest e^z that is possible below 0. */
const steepest = (z: number, ez: number): number => exp(Math.min(0, z + ez));

export const linear: ActivationError = {
  bias: 0,
  forward: (_z, ez) => ez,
  slope: () => [1, 0],
  undecided: never,
};

export const relu: ActivationError = {
  bias: 0,

  // max(0, z) moves by no more than z does, and not at all where z is surely negative
  forward: (z, ez) => (z + ez <= 0 ? 0 : ez),
  // 0 or 1: exact, or (at the kink) unknown
  slope({ z, ez }) {
    const f = z > 0 ? 1 : 0;
    return relu.undecided(z, ez) ? between(f, 0, 1, 0) : [f, 0];
  },
  undecided: eitherSideOf0,
};

export const leakyRelu: ActivationError = {
  bias: 0.25, // measured: 0.20

  // below 0: 0.2 and the product are rounded, 2u of a result of at most 0.2 (|z| + ez)
  forward(z, ez) {
    if (z - ez >= 0) return ez;
    const rounding = 2 * u * LEAK * (Math.abs(z) + ez) + SMALLEST_NORMAL_F32;
    return (z + ez < 0 ? LEAK : 1) * ez + rounding;
  },
  // 0.2 (rounded) or 1, or (at the kink) unknown
  slope({ z, ez }) {
    const rounding = z - ez > 0 ? 0 : u * LEAK;
    const f = z > 0 ? 1 : LEAK;
    return leakyRelu.undecided(z, ez) ? between(f, LEAK, 1, rounding) : [f, rounding];
  },
  undecided: eitherSideOf0,
};

export const elu: ActivationError = {
  bias: 0.4, // measured: 0.34

  // mean value: f' = e^z grows up to 1 at 0 and stays there
  forward: (z, ez) => steepest(z, ez) * ez + (z - ez >= 0 ? 0 : ELU_ERROR),
  // engines take a + 1 (one rounding) where their a is below 0, else 1; where these two are branches of one undecided score,
  // both are within ea of the right one
  slope({ z, ez, ea }) {
    if (z - ez > 0) return [1, 0];
    const f = exp(Math.min(0, z));
    return [f, ea + u * (f + ea)];
  },
  undecided: never, // f' = 1 on both sides of 0
};

export const selu: ActivationError = {
  bias: 0.45, // measured: 0.38

  // mean value: f' = λα e^z below 0, λ (less than λα) above; λ is rounded and so is the product
  forward(z, ez, a) {
    const steep = z - ez >= 0 ? SELU_SCALE : SELU_SCALE_ALPHA * steepest(z, ez);
    const carried = Math.max(steep, z + ez > 0 ? SELU_SCALE : 0) * ez;
    const below = z - ez < 0 ? SELU_ERROR : 0;
    const above = z + ez > 0 ? 2 * u * (Math.max(0, a) + carried) + SMALLEST_NORMAL_F32 : 0;
    return carried + Math.max(below, above);
  },
  // λ or λα e^z (mean value again), rounded: λ and its product, or λα, its product, and e^ with its product; at the kink every
  // value between λα e^(z - ez) and λα is possible, and λ
  slope({ z, ez }) {
    const f = z > 0 ? SELU_SCALE : SELU_SCALE_ALPHA * exp(z);
    if (z - ez > 0) return [f, 2 * u * f];
    const rounding = (FUNCTION_ERROR.exp + 3 * u) * SELU_SCALE_ALPHA * steepest(z, ez) + 2 * SMALLEST_NORMAL_F32;
    if (!selu.undecided(z, ez)) return [f, SELU_SCALE_ALPHA * steepest(z, ez) * ez + rounding];
    const least = Math.min(SELU_SCALE, SELU_SCALE_ALPHA * exp(z - ez));
    return between(f, least, SELU_SCALE_ALPHA, rounding);
  },
  undecided: eitherSideOf0,
};

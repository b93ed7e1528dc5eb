// How far binary32 can move a = f(z) and dz = da·f'(z), given how far its inputs may already be off. All arithmetic here is binary64.
//
// Names: e + the name of a value is the bound on that value's error (ez, ea, eda, edz); u = 2⁻²⁴.
import type { ElementwiseActivationId } from '../network/spec.ts';
import { SMALLEST_NORMAL_F32, UNIT_ROUNDOFF } from '../numeric/dtype.ts';

const u = UNIT_ROUNDOFF.f32;

/**
 * Relative error of the engines' own exp, log, sigmoid and tanh, in units of u. Measured against binary64 at 2 million points each
 * (exp on [-80, 5], log on [0.001, 20], sigmoid on [-85, 30], tanh on [-15, 15]) with tfjs 4.22.0: the worst were, of the node (TensorFlow 2.21.0),
 * wasm and cpu backends, exp 2.0 / 1.0 / 1.0, log 3.8 / 1.3 / 1.0, sigmoid 8.4 / 4.5 / 1.0, tanh 6.1 / 2.7 / 1.0.
 */
export const FUNCTION_ERROR = { exp: 2.5 * u, log: 4.5 * u, sigmoid: 10 * u, tanh: 7 * u } as const;

/** One score with all that is known about it. */
export interface Score {
  readonly z: number;
  readonly ez: number;
  readonly a: number;
  readonly ea: number;
}

export interface ActivationError {
  /** Bound on the error of a. */
  forward(z: number, ez: number, a: number): number;
  /** f'(z), and the bound on its error. */
  slope(s: Score): readonly [slope: number, error: number];
  /** True where the sign of z, and with it the branch taken, is not decided in binary32. */
  undecided(z: number, ez: number): boolean;
}

const never = (): boolean => false;

const linear: ActivationError = { forward: (_z, ez) => ez, slope: () => [1, 0], undecided: never };

const relu: ActivationError = {
  // max(0, z) moves by no more than z does, and not at all where z is surely negative
  forward: (z, ez) => (z + ez <= 0 ? 0 : ez),
  // 0 or 1: exact, or (at the kink) unknown
  slope: ({ z, ez }) => [z > 0 ? 1 : 0, relu.undecided(z, ez) ? 1 : 0],
  undecided: (z, ez) => ez > 0 && Math.abs(z) <= ez,
};

const sigmoid: ActivationError = {
  // |f''| <= 0.0963
  forward: (_z, ez, a) => (a * (1 - a) + 0.0963 * ez) * ez + FUNCTION_ERROR.sigmoid * a + SMALLEST_NORMAL_F32,
  // a (1 - a): derivative 1 - 2a in a; two roundings
  slope: ({ a, ea }) => [a * (1 - a), (Math.abs(1 - 2 * a) + ea) * ea + 3 * u * a * (1 - a)],
  undecided: never,
};

const tanh: ActivationError = {
  // |f''| <= 0.7699
  forward: (_z, ez, a) => (1 - a * a + 0.7699 * ez) * ez + FUNCTION_ERROR.tanh * Math.abs(a) + SMALLEST_NORMAL_F32,
  // 1 - a²: derivative -2a in a; the square's rounding survives the subtraction
  slope: ({ a, ea }) => [1 - a * a, (2 * Math.abs(a) + ea) * ea + u * a * a + 2 * u * (1 - a * a)],
  undecided: never,
};

export const ACTIVATION_ERROR: Record<ElementwiseActivationId, ActivationError> = { linear, relu, sigmoid, tanh };

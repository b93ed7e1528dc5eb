// A matrix of exact values, and a bound on how far a binary32 engine may be from each of them.
//
// Rounding errors behave like independent numbers of mean zero (Higham & Mary 2019): together they
// amount to the root of the sum of their squares, not to their sum. That holds only for independent
// errors, so each value carries four things:
//   worst       a bound that always holds: all errors at their largest and of one sign
//   systematic  the part that may have one sign everywhere: the engines' own exp, tanh ...;
//               undecided kinks; underflow
//   own         scale of the errors of this entry alone, independent of all other entries of
//               the matrix
//   shared      scale of the errors that the units of one example have in common, because they read
//               the same values below; independent between examples
// The bound is the smaller of `worst` and systematic + λ·√(own² + shared²).
import type { Through } from './alikeness.ts';
import { LAMBDA, known } from './error-bound.ts';
import { absolute } from './entries.ts';
import { zeros } from '../matrix.ts';
import type { Matrix } from '../matrix.ts';

/** Exact values, and a bound on how far a binary32 engine may be from each. */
export interface Tracked {
  readonly value: Matrix; // (B, units), like all of these
  readonly worst: Matrix;
  readonly systematic: Matrix;
  readonly own: Matrix;
  readonly shared: Matrix;
  /** The bound itself, computed by `settle`. */
  readonly error: Matrix;
  /**
   * At undecided kinks more than one value is right: the distance from the value to the middle of
   * them. All errors are counted from there. Missing: no kink.
   */
  shift?: Matrix;
  /**
   * The weights that the errors passed through last. If the next layer's weights line up with them,
   * the errors add up differently. Missing: nothing is known.
   */
  through?: Through | undefined;
  /**
   * (B, H·W) of a picture: two places of an example with equal numbers compute the same from the
   * same numbers. Missing: nothing is known.
   */
  places?: Matrix | undefined;
  /**
   * What an entry may be off besides its error because a gradient may go to any of several places
   * that compute the same. No gradient of a parameter depends on which. Missing: nothing.
   */
  either?: Matrix;
  /** Every engine is given these values. */
  readonly isExact?: boolean;
}

export function tracked(rows: number, cols: number): Tracked {
  const one = (): Matrix => zeros('f64', rows, cols);
  return {
    value: one(),
    worst: one(),
    systematic: one(),
    own: one(),
    shared: one(),
    error: one(),
  };
}

/** The same matrices with zeros everywhere. */
export function cleared(t: Tracked): Tracked {
  for (const values of Object.values(numbersOf(t))) values.fill(0);
  return t;
}

/** Values that every engine is given: no error. */
export function exactly(value: Matrix): Tracked {
  const none = zeros('f64', value.rows, value.cols);
  return {
    value,
    isExact: true,
    worst: none,
    systematic: none,
    own: none,
    shared: none,
    error: none,
  };
}

/** The numbers of a tracked value: loops over them are several times as fast as over matrices. */
export function numbersOf({ value, worst, systematic, own, shared, error }: Tracked): Numbers {
  const of = ({ data }: Matrix): Float64Array => data as Float64Array;
  return {
    value: of(value),
    worst: of(worst),
    systematic: of(systematic),
    own: of(own),
    shared: of(shared),
    error: of(error),
  };
}

/** Its six arrays. */
export type Numbers = Record<'value' | 'worst' | 'systematic' | 'own' | 'shared' | 'error', Float64Array>;

/** How large each entry can be, whichever branch is taken. */
export function largestOf({ value, shift }: Tracked): Matrix {
  const out = absolute(value);
  if (shift !== undefined) for (let i = 0; i < out.data.length; i++) out.data[i] += Math.abs(shift.data[i]);
  return out;
}

/** Fills `error` from the parts. */
export function settle(t: Tracked): void {
  const { worst, systematic, own, shared, error } = numbersOf(t);
  for (let i = 0; i < error.length; i++) error[i] = boundOf(worst[i], systematic[i], spread(own[i], shared[i]));
}

/**
 * Scale of two independent errors. Math.hypot is several times slower, and its care is not
 * needed here.
 */
export function spread(own: number, shared: number): number {
  return Math.sqrt(own * own + shared * shared);
}

/** The bound that the parts make. */
export function boundOf(worst: number, systematic: number, scale: number): number {
  return known(Math.min(worst, systematic + LAMBDA * scale));
}

// Arithmetic over single numbers, whatever is carried with each of them: the operations that made it (autograd's graph), or how far a binary32
// engine may be from it (bounds). A formula that is written over these serves both.

/** A number and what is carried with it. All operations give a new one. */
export interface Scalar<S> {
  /** The number itself, in binary64. */
  readonly data: number;
  /** A number that every engine has exactly, or rounded once, in this arithmetic. */
  constant(x: number): S;
  plus(b: S): S;
  minus(b: S): S;
  times(b: S): S;
  over(b: S): S;
  /** To a whole power. */
  pow(n: number): S;
  sqrt(): S;
  exp(): S;
  /** e^a - 1 */
  expm1(): S;
  /** ln a */
  log(): S;
  tanh(): S;
  /** 1 / (1 + e^-a) */
  sigmoid(): S;
  /** ln(1 + e^a) */
  softplus(): S;
  /** 1 - erf a */
  erfc(): S;
  /** max(0, a), whose derivative at 0 is 0 */
  relu(): S;
  /** The larger of two; of equal ones this one. */
  max(b: S): S;
  /** `above` of it where it is above 0, else `below` of it. Formulas branch by this, `relu` and `max` alone: an `if` on `data` is not seen by bounds. */
  ifPositive(above: (a: S) => S, below: (a: S) => S): S;
}

/** A function of one number, over any arithmetic. */
export type ScalarFunction = <S extends Scalar<S>>(z: S) => S;
/** A function of the K scores of one example, over any arithmetic. */
export type ScalarRowFunction = <S extends Scalar<S>>(z: readonly S[]) => S[];

/** Their sum, added from the first on. There is at least one. */
export function total<S extends Scalar<S>>(values: readonly S[]): S {
  return values.reduce((sum, v) => sum.plus(v));
}

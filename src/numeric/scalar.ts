// Arithmetic over single numbers, whatever each number carries: the operations that made it
// (autograd's graph), or how far a binary32 engine may be from it (bounds). One formula over these
// serves both.

/** A number and what it carries. Every operation returns a new one. */
export interface Scalar<S> {
  /** The number itself, in binary64. */
  readonly data: number;
  /** A constant of this arithmetic: every engine has it exactly, or rounded once. */
  constant(x: number): S;
  plus(b: S): S;
  minus(b: S): S;
  times(b: S): S;
  over(b: S): S;
  /** To an integer power. */
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
  /** The larger of two; `this` if they are equal. */
  max(b: S): S;
  /**
   * `above(this)` if it is above 0, otherwise `below(this)`. A formula may branch only through
   * this, `relu` and `max`: bounds do not see an `if` on `data`.
   */
  ifPositive(above: (a: S) => S, below: (a: S) => S): S;
}

/** A function of one number, over any arithmetic. */
export type ScalarFunction = <S extends Scalar<S>>(z: S) => S;
/** A function of the K scores of one example, over any arithmetic. */
export type ScalarRowFunction = <S extends Scalar<S>>(z: readonly S[]) => S[];

/** The sum, added from the first value on. There must be at least one. */
export function total<S extends Scalar<S>>(values: readonly S[]): S {
  return values.reduce((sum, v) => sum.plus(v));
}

// e^x in lanes, computed in binary64, so that only the last rounding loses accuracy.

const LOG2E: f64 = 1.4426950408889634;
const LN2: f64 = 0.6931471805599453;
/** 1.5·2⁵²: adding it rounds to a whole number, which is then in the lowest bits. */
const WHOLE: f64 = 6755399441055744;

/**
 * e^x for two binary64 numbers, relative error below 3e-10; arguments beyond ±708 are clamped
 * to ±708.
 * x = n·ln 2 + r with |r| <= ln 2 / 2; e^r is its series up to r⁸, and n goes into the exponent.
 */
// @ts-ignore: decorator
@inline
export function exp2(x: v128): v128 {
  // pmax and pmin are one instruction each; in this order NaN stays NaN
  x = f64x2.pmax(f64x2.pmin(x, f64x2.splat(708)), f64x2.splat(-708));
  const whole = f64x2.splat(WHOLE);
  const n = f64x2.add(f64x2.mul(x, f64x2.splat(LOG2E)), whole);
  const r = f64x2.sub(x, f64x2.mul(f64x2.sub(n, whole), f64x2.splat(LN2)));
  let sum = f64x2.splat(1.0 / 40320);
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 5040));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 720));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 120));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 24));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1.0 / 6));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.5));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1));
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1));
  return f64x2.mul(sum, i64x2.shl(i64x2.add(n, i64x2.splat(1023)), 52));
}

/** The lower two of four binary32 numbers, in binary64. */
// @ts-ignore: decorator
@inline
export function lower(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The upper two of four binary32 numbers, in binary64. */
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 0));
}

/** Two pairs of binary64 numbers, rounded to four binary32 numbers. */
// @ts-ignore: decorator
@inline
export function rounded(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

// How far binary32 can move the parts that optimizers' steps are made of.
//
// Names: e + the name of a value is the bound on that value's error; u = 2⁻²⁴. Terms of order u² are covered by a last factor.
import { UNIT_ROUNDOFF } from '../dtype.ts';
import { underflow } from './error-bound.ts';

const u = UNIT_ROUNDOFF.f32;
const SECOND_ORDER = 1.001;

/** w' = w - lr·x: rounding of lr, of the product, and of the sum */
export function stepError(ew: number, w: number, lr: number, x: number, ex: number): number {
  return SECOND_ORDER * (ew + lr * ex + u * (2 * lr * Math.abs(x) + Math.abs(w))) + underflow(2);
}

/** q = g / root, whose error eRoot leaves it at least `low`. lr·g is flushed to zero below 2^-126, and then divided. */
export function quotientError(q: number, eg: number, eRoot: number, low: number, lr: number): number {
  const lost = lr > 0 ? underflow(1) / (lr * low) : 0;
  return (eg + Math.abs(q) * eRoot) / low + u * Math.abs(q) + lost;
}

/** √x with x >= 0 off by ex: never more than √ex, and less where x is large */
export function rootError(x: number, ex: number): number {
  const root = Math.sqrt(x);
  const low = Math.sqrt(Math.max(0, x - ex));
  return (root + low > 0 ? ex / (root + low) : Math.sqrt(ex)) + u * root;
}

/** The least that √(x + ε) can be, whose error is eRoot. */
export function leastRoot(root: number, eRoot: number, epsilon: number): number {
  return Math.max(root - eRoot, Math.sqrt(epsilon) * (1 - 4 * u));
}

/** v' = m·v + g */
export function velocityError(ev: number, before: number, after: number, m: number, eg: number): number {
  return m * ev + eg + u * (2 * m * Math.abs(before) + Math.abs(after));
}

/** x' = d·x + (1-d)·y, where y is off by ey: a running mean */
export function meanError(ex: number, before: number, after: number, d: number, y: number, ey: number): number {
  const rounding = 2 * d * Math.abs(before) + 2 * (1 - d) * Math.abs(y) + Math.abs(after);
  return d * ex + (1 - d) * ey + u * rounding + underflow(3);
}

/** g² */
export function squareError(g: number, eg: number): number {
  return (2 * Math.abs(g) + eg) * eg + u * g * g + underflow(1);
}

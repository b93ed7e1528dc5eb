// How far binary32 can move the building blocks of an optimizer's step.
//
// The prefix e marks the bound on a value's error; u: one rounding, as arithmetic.ts has it. A
// final factor covers terms of order u².
import { u, uBasic, uOfRoot } from './arithmetic.ts';
import { underflow } from './error-bound.ts';

const SECOND_ORDER = 1.001;

/** w' = w - lr·x: rounding of lr, of the product, and of the sum */
export function stepError(ew: number, w: number, lr: number, x: number, ex: number): number {
  return SECOND_ORDER * (ew + lr * ex + uBasic * (2 * lr * Math.abs(x) + Math.abs(w))) + underflow(2);
}

/**
 * q = g / root, where the error eRoot leaves the root at least `low`. lr·g is flushed to zero below
 * 2^-126, and then divided.
 */
export function quotientError(q: number, eg: number, eRoot: number, low: number, lr: number): number {
  const lost = lr > 0 ? underflow(1) / (lr * low) : 0;
  return (eg + Math.abs(q) * eRoot) / low + u * Math.abs(q) + lost;
}

/** √x, where x >= 0 has the error ex: never more than √ex, and less where x is large */
export function rootError(x: number, ex: number): number {
  const root = Math.sqrt(x);
  const low = Math.sqrt(Math.max(0, x - ex));
  return (root + low > 0 ? ex / (root + low) : Math.sqrt(ex)) + uOfRoot * root;
}

/** The smallest possible √(x + ε), given its error eRoot. */
export function leastRoot(root: number, eRoot: number, epsilon: number): number {
  return Math.max(root - eRoot, Math.sqrt(epsilon) * (1 - 2 * (u + uOfRoot)));
}

/** v' = m·v + g */
export function velocityError(ev: number, before: number, after: number, m: number, eg: number): number {
  return m * ev + eg + uBasic * (2 * m * Math.abs(before) + Math.abs(after));
}

/** x' = d·x + (1-d)·y, a running mean; y has the error ey */
export function meanError(ex: number, before: number, after: number, d: number, y: number, ey: number): number {
  const rounding = 2 * d * Math.abs(before) + 2 * (1 - d) * Math.abs(y) + Math.abs(after);
  return d * ex + (1 - d) * ey + uBasic * rounding + underflow(3);
}

/** g² */
export function squareError(g: number, eg: number): number {
  return (2 * Math.abs(g) + eg) * eg + uBasic * g * g + underflow(1);
}

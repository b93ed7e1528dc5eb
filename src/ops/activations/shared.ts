// Functions that several activations are built from, for arrays of one precision.
import { dtypeOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { elementaryOf, expm1 } from '../../numeric/elementary.ts';

/** 1 / (1 + e^-z) for arrays of this precision. */
export function logisticOf(values: FloatArray): (z: number) => number {
  const { exp } = elementaryOf(values);
  return (z) => 1 / (1 + exp(-z));
}

/**
 * e^z - 1 for an array of this precision. Near 0 the difference loses digits. In binary64 expm1
 * avoids that; in binary32 tfjs's plain difference is kept.
 */
export function expMinus1(a: FloatArray): (z: number) => number {
  if (dtypeOf(a) === 'f64') return expm1;
  const own = elementaryOf(a);
  return (z) => own.exp(z) - 1;
}

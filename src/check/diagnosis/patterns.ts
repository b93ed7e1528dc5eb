// Patterns in a wrong tensor: all zeros, or a multiple of the exact one. Looked for in every wrong
// tensor, whether or not a known mistake explains it.
import { dot, norm } from '../../numeric/norms.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { TensorCompare } from '../measure.ts';
import type { Side } from '../pair.ts';

/** The pattern of one wrong tensor. */
export type Pattern =
  | { readonly kind: 'zero'; readonly parameter: string }
  /** `factor` times the exact tensor; `error` bounds the error of the measured factor. */
  | { readonly kind: 'factor'; readonly parameter: string; readonly factor: number; readonly error: number };

/** The patterns of one engine's wrong tensors, for one batch. */
export interface Patterns {
  readonly engine: Side;
  readonly batchSize: number;
  /** One entry per tensor that has a pattern. */
  readonly tensors: readonly Pattern[];
}

/** A factor is measured only if the bound is at most this share of the tensor, as norms. */
const CLEAR = 0.01;

/** @param compared tensors in which `side` is wrong */
export function patternsOf(compared: readonly TensorCompare[], side: Side): Pattern[] {
  return compared.flatMap((one) => patternOf(one, one[side]) ?? []);
}

function patternOf({ parameter, exact, bounds, shifts }: TensorCompare, found: FloatArray): Pattern | null {
  if (found.every((x) => x === 0)) return { kind: 'zero', parameter };
  if (Array.from(exact).filter((x) => x !== 0).length < 2) return null; // a single number is always a multiple of another
  const [size, rounding] = [norm(exact), norm(bounds)];
  if (!(rounding <= CLEAR * size)) return null;
  const factor = dot(found, exact) / (size * size);
  const error = Math.abs(factor) * (rounding / size);
  for (let i = 0; i < exact.length; i++) {
    const own = Math.abs(factor) * (bounds[i] + 2 * Math.abs(shifts?.[i] ?? 0));
    if (!(Math.abs(found[i] - factor * exact[i]) <= own + error * Math.abs(exact[i]))) return null;
  }
  return { kind: 'factor', parameter, factor, error };
}

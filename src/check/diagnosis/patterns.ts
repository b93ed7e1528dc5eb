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

type Factor = Extract<Pattern, { kind: 'factor' }>;

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
  const all = compared.map((one) => ({ pattern: patternOf(one, one[side]), isTelling: hasSeveralSizes(one) }));
  const factors = all.flatMap(({ pattern, isTelling }) => (isTelling && pattern?.kind === 'factor' ? [pattern] : []));
  const isBacked = ({ factor, error }: Factor): boolean =>
    factors.some((other) => Math.abs(other.factor - factor) <= other.error + error);
  return all.flatMap(({ pattern, isTelling }) =>
    pattern === null || (pattern.kind === 'factor' && !isTelling && !isBacked(pattern)) ? [] : [pattern],
  );
}

/**
 * Whether the entries differ in size by more than rounding. If they do not, as in (x, -x), any
 * other such tensor is a multiple of it.
 */
function hasSeveralSizes({ exact, bounds }: TensorCompare): boolean {
  const sizes = Array.from(exact, Math.abs);
  const most = sizes.reduce((a, b) => Math.max(a, b), 0);
  return sizes.some((size, i) => size > bounds[i] && Math.abs(size - most) > bounds[i]);
}

function patternOf({ parameter, exact, bounds, shifts }: TensorCompare, found: FloatArray): Pattern | null {
  if (found.every((x) => x === 0)) return { kind: 'zero', parameter };
  const [size, rounding] = [norm(exact), norm(bounds)];
  if (!(size > 0 && rounding <= CLEAR * size)) return null;
  const factor = dot(found, exact) / (size * size);
  const error = Math.abs(factor) * (rounding / size);
  for (let i = 0; i < exact.length; i++) {
    const own = Math.abs(factor) * (bounds[i] + 2 * Math.abs(shifts?.[i] ?? 0));
    if (!(Math.abs(found[i] - factor * exact[i]) <= own + error * Math.abs(exact[i]))) return null;
  }
  return { kind: 'factor', parameter, factor, error };
}

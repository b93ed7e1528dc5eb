// Clipping: gradients that are too large are cut down before the update, and before weight decay.
//
// By value: every entry is cut to [-c, c]. By norm: all gradients together, biases too, are
// multiplied by min(1, c/‖g‖₂) (Pascanu, Mikolov & Bengio 2013, Algorithm 1), as in optax and
// tf.clip_by_global_norm. PyTorch's clip_grad_norm_ divides by ‖g‖ + 1e-6 instead.
import { u, uOfRoot } from '../../numeric/bounds/arithmetic.ts';
import type * as TensorFlow from '@tensorflow/tfjs';
import { roundingOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { LAMBDA, underflow } from '../../numeric/bounds/error-bound.ts';
import type { Tf } from '../twin.ts';
import type { Clipping } from './page.ts';

/** Whether anything may be cut. */
export function clips({ clipNorm, clipValue }: Clipping): boolean {
  return clipNorm !== undefined || clipValue !== undefined;
}

/** The gradients after clipping: new arrays, or the same where nothing clips. */
export function clipped(gradients: readonly FloatArray[], spec: Clipping): readonly FloatArray[] {
  const { clipNorm, clipValue } = spec;
  if (clipValue !== undefined) return gradients.map((g) => byValue(g, clipValue));
  if (clipNorm === undefined) return gradients;
  const [first] = gradients;
  const round = roundingOf(first);
  const norm = normOf(gradients);
  const scale = Math.min(1, round(round(clipNorm) / norm));
  return gradients.map((g) => scaled(g, scale));
}

/** ‖g‖₂ over all tensors: the squares of a tensor are summed in binary64 and rounded once. */
export function normOf(gradients: readonly FloatArray[]): number {
  let total = 0;
  let round: (x: number) => number = (x) => x;
  gradients.forEach((g, n) => {
    round = roundingOf(g);
    let sum = 0;
    for (let i = 0; i < g.length; i++) sum += round(g[i] * g[i]);
    total = n === 0 ? round(sum) : round(total + round(sum));
  });
  return round(Math.sqrt(total));
}

function byValue(g: FloatArray, value: number): FloatArray {
  const most = roundingOf(g)(value);
  return g.map((x) => Math.min(most, Math.max(-most, x)));
}

function scaled(g: FloatArray, scale: number): FloatArray {
  const out = g.slice();
  for (let i = 0; i < out.length; i++) out[i] *= scale;
  return out;
}

/**
 * Bounds on the clipped gradients: cutting moves no error further; a scale has the error of the
 * norm, which is that of the gradients and of summing N squares.
 * @returns the clipped gradients and their errors
 */
export function clippedBounds(
  gradients: readonly Float64Array[],
  errors: readonly Float64Array[],
  spec: Clipping,
): { gradients: readonly Float64Array[]; errors: readonly Float64Array[] } {
  const after = clipped(gradients, spec) as readonly Float64Array[];
  const { clipNorm, clipValue } = spec;
  if (clipValue !== undefined)
    return { gradients: after, errors: errors.map((e) => e.map((one) => one + u * clipValue)) };
  if (clipNorm === undefined) return { gradients, errors };
  const [norm, eNorm] = [normOf(gradients), normOf(errors)];
  const entries = gradients.reduce((sum, { length }) => sum + length, 0);
  const rounding =
    (LAMBDA * Math.sqrt(entries) + gradients.length + 4) * u * norm + (uOfRoot - u) * norm + underflow(entries);
  const off = eNorm + rounding;
  const scale = Math.min(1, clipNorm / norm);
  // the scale is at most 1, and c/norm moves by c·off/(norm·(norm - off))
  const moves = norm + off > clipNorm;
  const eScale = moves ? (norm > off ? Math.min(1, (scale * off) / (norm - off)) + 2 * u * scale : 1) : 0;
  return {
    gradients: after,
    errors: errors.map((e, t) =>
      e.map((one, i) => (scale + eScale) * one + (eScale + (moves ? u : 0)) * Math.abs(gradients[t][i])),
    ),
  };
}

type NamedTensors = readonly { readonly name: string; readonly tensor: TensorFlow.Tensor }[];

/** The same with tensors. */
export function clippedTensors(tf: Tf, named: NamedTensors, { clipNorm, clipValue }: Clipping): NamedTensors {
  if (clipValue !== undefined)
    return named.map(({ name, tensor }) => ({ name, tensor: tf.clipByValue(tensor, -clipValue, clipValue) }));
  if (clipNorm === undefined) return named;
  const squares = named.map(({ tensor }) => tf.sum(tf.square(tensor)));
  const norm = tf.sqrt(squares.reduce((sum, one) => tf.add(sum, one)));
  const scale = tf.minimum(1, tf.div(clipNorm, norm));
  return named.map(({ name, tensor }) => ({ name, tensor: tf.mul(tensor, scale) }));
}

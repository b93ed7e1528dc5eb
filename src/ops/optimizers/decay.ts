// Decoupled weight decay: every step first shrinks the weights, apart from the gradient.
//
// w ← (1 - lr·λ)·w before the step, for every tensor, biases too (Loshchilov & Hutter 2019,
// Algorithm 2, and PyTorch's AdamW). The gradient does not contain it, so neither does the loss.
import { u } from '../../numeric/bounds/arithmetic.ts';
import type { Optimizer as TfOptimizer, Tensor } from '@tensorflow/tfjs';
import { roundingOf } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Tf } from '../twin.ts';
import { rateOf } from './tensor-optimizer.ts';
import type { Hyperparameters } from './page.ts';

/** 1 - lr·λ; 1 without weight decay. */
export function keptOf({ learningRate, weightDecay = 0 }: Hyperparameters): number {
  return 1 - learningRate * weightDecay;
}

/** w ← (1 - lr·λ)·w, the factor rounded once */
export function shrink(w: FloatArray, spec: Hyperparameters): void {
  if (spec.weightDecay === undefined) return;
  const kept = roundingOf(w)(keptOf(spec));
  for (let i = 0; i < w.length; i++) w[i] *= kept;
}

/**
 * The error of (1 - lr·λ)·w from that of w: the factor is the difference of 1 and a product, and
 * the product with w is rounded.
 * @param shrunk (1 - lr·λ)·w
 */
export function shrunkError(ew: number, shrunk: number, spec: Hyperparameters): number {
  if (spec.weightDecay === undefined) return ew;
  const kept = keptOf(spec);
  const ofFactor = (3 * (1 - kept) + kept) / Math.max(kept, u);
  return Math.abs(kept) * ew + u * (ofFactor + 1) * Math.abs(shrunk);
}

/** An optimizer of TensorFlow.js that shrinks its variables before each of its steps. */
export function withDecay(tf: Tf, inner: TfOptimizer, { weightDecay }: Hyperparameters): TfOptimizer {
  if (weightDecay === undefined) return inner;
  const step = inner.applyGradients.bind(inner);
  inner.applyGradients = (gradients): void => {
    const names = Array.isArray(gradients) ? gradients.map(({ name }) => name) : Object.keys(gradients);
    const kept = 1 - rateOf(inner) * weightDecay;
    for (const name of names) {
      const variable = tf.engine().registeredVariables[name];
      tf.tidy(() => {
        variable.assign(tf.mul<Tensor>(variable, kept));
      });
    }
    step(gradients);
  };
  return inner;
}

// The optimizer of a model in TensorFlow.js, with what it lacks itself: clipping of all gradients
// together, and a learning rate that changes from step to step.
import type { Optimizer as TfOptimizer, NamedTensorMap, Tensor } from '@tensorflow/tfjs';
import { atStep } from '../../ops/optimizers/at-step.ts';
import { clippedTensors, clips } from '../../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import type { Tf } from './open.ts';

export function buildOptimizer(tf: Tf, spec: OptimizerSpec): TfOptimizer {
  const optimizer = optimizerPage(spec.id).tfjs(tf, atStep(spec, 0));
  if (spec.schedule === undefined && !clips(spec)) return optimizer;
  const step = optimizer.applyGradients.bind(optimizer);
  let t = 0;
  optimizer.applyGradients = (gradients): void => {
    if (spec.schedule !== undefined) setRate(optimizer, atStep(spec, t).learningRate);
    t++;
    tf.tidy(() => {
      step(clippedTensors(tf, listed(gradients), spec).map(({ name, tensor }) => ({ name, tensor })));
    });
  };
  return optimizer;
}

function listed(gradients: NamedTensorMap | { name: string; tensor: Tensor }[]): { name: string; tensor: Tensor }[] {
  return Array.isArray(gradients) ? gradients : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor }));
}

/** SGD and momentum keep their rate in a tensor, the others in a field. */
function setRate(optimizer: TfOptimizer, rate: number): void {
  const settable = optimizer as unknown as { learningRate: number; setLearningRate?: (rate: number) => void };
  if (settable.setLearningRate === undefined) settable.learningRate = rate;
  else settable.setLearningRate(rate);
}

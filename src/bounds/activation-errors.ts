// How far binary32 can move what the elementwise activations compute, by name.
import type { ElementwiseActivationId } from '../network/spec.ts';
import type { ActivationError } from './activation-error.ts';
import { elu, leakyRelu, linear, relu, selu } from './piecewise-activation-errors.ts';
import { gelu, sigmoid, softplus, swish, tanh } from './smooth-activation-errors.ts';

export const ACTIVATION_ERROR: Record<ElementwiseActivationId, ActivationError> = {
  linear,
  relu,
  'leaky-relu': leakyRelu,
  elu,
  selu,
  softplus,
  sigmoid,
  tanh,
  swish,
  gelu,
};

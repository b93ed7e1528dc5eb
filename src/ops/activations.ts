// Activations that work on each score alone, by name.
//
// In binary32 each repeats the order of operations (and so the roundings) of TensorFlow.js's cpu backend, forward and gradient: inside one of
// its kernels everything is binary64, between two of them is one rounding to binary32, and exp, log and tanh are the runtime's. Where that loses digits (e^z - 1
// near 0), binary64 takes another way to the same number.
import type { ElementwiseActivationId } from '../network/spec.ts';
import type { Activation } from './activation.ts';
import { elu, leakyRelu, linear, relu, selu } from './piecewise-activations.ts';
import { gelu, sigmoid, softplus, swish, tanh } from './smooth-activations.ts';

/** Every elementwise activation by name. */
export const ACTIVATION: Record<ElementwiseActivationId, Activation> = {
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

// What the audit of TensorFlow.js asks: an operation at a point.
import type * as TensorFlow from '@tensorflow/tfjs';
import { createRng } from '../../../src/numeric/rng.ts';

export type Tf = typeof TensorFlow;
export type Tensor = TensorFlow.Tensor;
export type Tensor4D = TensorFlow.Tensor4D;

/** An input that is differentiated. */
export interface Input {
  readonly shape: readonly number[];
  /** Of complex64 the real parts, then the imaginary ones. */
  readonly values: Float32Array;
  /** float32 if it is not given. */
  readonly dtype?: 'int32' | 'bool' | 'complex64';
}

export interface Case {
  /** The registered gradient of tfjs-core that this is about: its file's name without _grad. */
  readonly gradient: string;
  readonly what: string;
  readonly inputs: readonly Input[];
  readonly f: (tf: Tf, inputs: readonly Tensor[]) => Tensor;
  /** The point is at a kink: any slope between the one-sided ones is right. */
  readonly isKink: boolean;
  /**
   * The right gradients by a formula of its own, given the gradient of the output: what is called
   * wrong is confirmed with it.
   */
  readonly formula: Formula | null;
}

/** 'linear': in each input; its gradient is what the operation makes of unit vectors, exactly. */
export type Formula = 'linear' | ((x: readonly Float32Array[], dy: Float32Array) => number[][]);

/** Numbers from the normal distribution, or from `low` to `high`. */
export function random(shape: readonly number[], seed: number, low?: number, high?: number): Input {
  const rng = createRng(seed, `tfjs ${shape.join()}`);
  const draw = (): number =>
    low === undefined || high === undefined ? rng.normal() : low + (high - low) * rng.uniform();
  return { shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw) };
}

export function numbers(shape: readonly number[], values: readonly number[]): Input {
  return { shape, values: Float32Array.from(values) };
}

export function ask(
  gradient: string,
  what: string,
  inputs: readonly Input[],
  f: Case['f'],
  more: Partial<Pick<Case, 'isKink' | 'formula'>> = {},
): Case {
  return { gradient, what, inputs, f, isKink: more.isKink ?? false, formula: more.formula ?? null };
}

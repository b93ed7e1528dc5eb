// What the page of a kind of layer holds.
//
// Letters: B examples, I numbers that enter a layer for each of them, O that leave it. A layer makes its scores z (B, O) of x (B, I); its
// activation, if it has one, makes a of z.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { Align } from '../../numeric/bounds/alikeness.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { LayerActivation } from '../twin.ts';

/** The numbers of one tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: FloatArray;
}

/** The tensors of one layer by role; gradients and errors have the same form. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** One tensor that a layer learns. */
export interface ParameterShape {
  /** weights, bias, scale ... */
  readonly role: string;
  readonly shape: readonly number[];
  /** Where it starts: drawn by the network's initializer for so many inputs and outputs, or one number everywhere. */
  readonly start: { readonly fanIn: number; readonly fanOut: number } | number;
  /** What its dimensions are, said where a shape is wrong. */
  readonly hint?: string;
}

/** What a layer is written with: { kind, activation } and what its kind asks for. */
export type Fields = Readonly<Record<string, unknown>>;

/** What backward has of forward. */
export interface Saved {
  readonly x: Matrix;
  readonly z: Matrix;
  /** What forward returned. */
  readonly more: unknown;
}

/** What a layer is computed with, beside its values. */
export interface BoundedLayer<F> {
  readonly spec: F;
  /** From 1. */
  readonly layer: number;
  readonly align: Align;
  /** (B) how many examples of the batch are the same as this one. */
  readonly alike: Float64Array;
}

/** Bounds beside the values of a layer, which are there already. */
export interface LayerBound<F> {
  /** Errors of z. @returns the largest size on the way */
  forward(z: Tracked, x: Tracked, p: Tensors, at: BoundedLayer<F>): number;
  /** Errors of dx (null for the first layer) and of the gradients dp. @returns the largest sizes on the way to them */
  backward(out: BoundedOut, dz: Tracked, x: Tracked, p: Tensors, at: BoundedLayer<F>): Record<'dx' | 'dp', number>;
}

/** What the way back fills. */
export interface BoundedOut {
  readonly dx: Tracked | null;
  readonly dp: Tensors;
  /** Bounds on the errors of dp. */
  readonly errors: Tensors;
}

/**
 * What a layer of TensorFlow.js is told beside what its kind asks for.
 * @internal
 */
export interface OwnLayerOptions {
  readonly activation: LayerActivation;
  readonly kernelInitializer: 'zeros';
  readonly inputShape?: number[];
}

/** All that is known of one kind of layer. */
export interface LayerPage<Id extends string = string, F extends Fields = Fields> {
  readonly kind: 'layer';
  /** What networks call it. */
  readonly id: Id;
  /** Whole numbers from 1 that it asks for. */
  readonly counts: readonly string[];
  /** How reports write its tensors: W for weights ... */
  readonly symbols: Readonly<Record<string, string>>;
  /** Numbers for each example that leave it, of those that enter. @throws UsageError where they do not fit */
  outputs(spec: F, inputs: number): number;
  /** What it learns, in the order in which files have it. */
  parameters(spec: F, inputs: number): readonly ParameterShape[];
  /** How reports write what it computes; `l` is its number, `x` the name of what enters. */
  readonly formula: {
    /** z */
    forward(l: number, x: string): string;
    /** The gradient of one of its tensors. */
    gradient(role: string, l: number, x: string): string;
    /** dx, the gradient of what enters. */
    inputs(l: number): string;
  };
  /** Fills z. @returns what backward needs beside x and z */
  forward(z: Matrix, x: Matrix, p: Tensors, spec: F): unknown;
  /** From dz, which they are linear in: the gradients dp, and dx (null for the first layer). */
  backward(dx: Matrix | null, dp: Tensors, dz: Matrix, saved: Saved, p: Tensors, spec: F): void;
  /** Missing: worked out from `graph`, number by number: wider, and for small layers only. */
  readonly bound?: LayerBound<F>;
  /** z of one example, over any arithmetic; parameters by role, row-major. */
  graph<S extends Scalar<S>>(x: readonly S[], p: Readonly<Record<string, readonly S[]>>, spec: F): S[];
  /**
   * TensorFlow.js's own layer, where it has one; it does its activation itself.
   * @internal
   */
  ownLayer?(tf: typeof TensorFlow, spec: F, more: OwnLayerOptions): TensorFlow.layers.Layer;
  /**
   * The same in TensorFlow.js: z (B, O) of x (B, I) and its parameters.
   * @internal TensorFlow.js need not be installed, its types neither
   */
  tfjs(
    tf: typeof TensorFlow,
    x: TensorFlow.Tensor2D,
    p: Readonly<Record<string, TensorFlow.Tensor>>,
    spec: F,
  ): TensorFlow.Tensor2D;
}

/** Gives a page back with the types of its name and fields. */
export function layer<F extends Fields>() {
  return <const Id extends string>(page: Omit<LayerPage<Id, F>, 'kind'>): LayerPage<Id, F> => ({
    kind: 'layer',
    ...page,
  });
}

// What a kind of layer is: all that the project knows of it is on its page.
//
// Letters: B examples, I numbers that enter a layer for each of them, O that leave it. A layer computes its scores z (B, O) from x (B, I);
// its activation, if it has one, makes a of z.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { Align } from '../../numeric/bounds/alikeness.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Scalar } from '../../numeric/scalar.ts';

/** One layer as it is written: its kind (dense unless said), what the kind asks for, and an activation (linear unless said). */
export interface LayerFields {
  readonly kind?: string | undefined;
  readonly activation?: string | undefined;
}

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
  /** How reports write it: W, b ... */
  readonly symbol: string;
  readonly shape: readonly number[];
  /** Where it starts: drawn by the network's initializer for so many inputs and outputs, or one number everywhere. */
  readonly start: { readonly fanIn: number; readonly fanOut: number } | number;
}

/** A layer in binary64 with a bound beside every number. */
export interface LayerBound<Spec> {
  /** Fills z from x. @returns the largest size on the way */
  forward(z: Tracked, x: Tracked, p: Tensors, at: BoundedLayer<Spec>): number;
  /**
   * From dz: fills dx (null for the first layer), the gradients dp, and the bounds on their errors.
   * @returns the largest sizes on the way to dx and to the gradients
   */
  backward(
    out: { readonly dx: Tracked | null; readonly dp: Tensors; readonly errors: Tensors },
    dz: Tracked,
    x: Tracked,
    p: Tensors,
    at: BoundedLayer<Spec>,
  ): { readonly dx: number; readonly dp: number };
}

export interface BoundedLayer<Spec> {
  readonly spec: Spec;
  /** From 1. */
  readonly layer: number;
  readonly align: Align;
  /** (B) how many examples of the batch are the same as this one. */
  readonly alike: Float64Array;
}

/** All that is known of one kind of layer. */
export interface LayerKind<Spec extends LayerFields = LayerFields> {
  readonly kind: string;
  /** Whole numbers from 1 that it asks for, by name. */
  readonly counts: readonly (keyof Spec & string)[];
  /** Numbers for each example that leave it, of those that enter. @throws UsageError where they do not fit */
  outputs(spec: Spec, inputs: number): number;
  /** What it learns, in the order in which files have it. */
  parameters(spec: Spec, inputs: number): readonly ParameterShape[];
  /** How reports write what it computes; `l` is its number, `x` the name of what enters. */
  readonly formula: {
    forward(l: number, x: string): string;
    /** The gradient of a tensor, by role. */
    gradient(role: string, l: number, x: string): string;
    /** dx, the gradient of what enters. */
    inputs(l: number): string;
  };
  /** Fills z. @returns what backward needs beside x and z */
  forward(z: Matrix, x: Matrix, p: Tensors, spec: Spec): unknown;
  /** From dz: the gradients dp, and dx (null for the first layer). */
  backward(
    dx: Matrix | null,
    dp: Tensors,
    dz: Matrix,
    saved: { readonly x: Matrix; readonly z: Matrix; readonly more: unknown },
    p: Tensors,
    spec: Spec,
  ): void;
  /** Missing: worked out from `graph`. */
  readonly bound?: LayerBound<Spec>;
  /** z of one example, over any arithmetic; parameters by role, row-major. */
  graph<S extends Scalar<S>>(x: readonly S[], p: Readonly<Record<string, readonly S[]>>, spec: Spec): S[];
  /**
   * The same in TensorFlow.js: z (B, O) of x (B, I) and its parameters.
   * @internal TensorFlow.js need not be installed, its types neither
   */
  tfjs(
    tf: typeof TensorFlow,
    x: TensorFlow.Tensor2D,
    p: Readonly<Record<string, TensorFlow.Tensor>>,
    spec: Spec,
  ): TensorFlow.Tensor2D;
}

/** Gives a page back with the type of its fields. */
export function layer<Spec extends LayerFields>(page: LayerKind<Spec>): LayerKind<Spec> {
  return page;
}

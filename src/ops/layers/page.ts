// What the page of a kind of layer holds.
//
// Letters: B examples, I numbers per example that enter a layer, O that leave it. A layer computes
// its scores z (B, O) from x (B, I). Its activation, if it has one, computes a from z.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { Align } from '../../numeric/bounds/alikeness.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Scalar } from '../../numeric/scalar.ts';
import type { LayerFault } from '../piece-fault.ts';
import type { LayerActivation } from '../twin.ts';
import type { Rng } from '../../numeric/rng.ts';
import type { Fields, Pass, Saved, Tensor, Tensors } from './tensors.ts';

export type { Fields, Pass, Saved, Tensor, Tensors };

/** One tensor that a layer learns. */
export interface ParameterShape {
  /** weights, bias, scale ... */
  readonly role: string;
  readonly shape: readonly number[];
  /**
   * How it starts: drawn by the network's initializer for this fan-in and fan-out, or one number
   * everywhere.
   */
  readonly start: { readonly fanIn: number; readonly fanOut: number } | number;
  /** false: it is loaded and kept, but has no gradient, such as a running mean. */
  readonly trained?: false;
  /** What its dimensions mean, for the message about a wrong shape. */
  readonly hint?: string;
}

/** A field of a layer that is more than a whole number. */
export interface FieldRule {
  /** What it may be, in words that follow "expected": a whole number or a pair of them. */
  readonly expected: string;
  /** Whether it may be left out. */
  readonly optional?: true;
  /** Its value where it is left out; missing: none. The spec that functions get has it. */
  readonly missing?: unknown;
  /** Whether it may have this value. */
  readonly fits: (value: unknown) => boolean;
}

/**
 * How a kind of layer is written on a command line: conv:8x3 for { kind: 'conv2d', filters: 8,
 * kernel: 3 }.
 */
export interface ShortForm<F> {
  /** The word for the kind; default: its id. */
  readonly name?: string;
  /** What follows the first colon, such as 8x3, as fields; null if it is nothing of the kind. */
  read(text: string): Fields | null;
  /** The other way round. */
  write(spec: F): string;
  /** An example, for messages and help: conv:8x3. */
  readonly example: string;
}

/** What bounds of a layer need besides its values. */
export interface BoundedLayer<F> {
  readonly spec: F;
  /** Counted from 1. */
  readonly layer: number;
  readonly pass: Pass;
  readonly align: Align;
  /** (B) how many examples of the batch are equal to this one, itself included. */
  readonly alike: Float64Array;
}

/** Bounds on the values of a layer. The values are already computed. */
export interface LayerBound<F> {
  /**
   * Errors of z.
   * @returns the largest size that comes up
   */
  forward(z: Tracked, x: Tracked, p: Tensors, at: BoundedLayer<F>): number;
  /**
   * Errors of dx (null for the first layer) and of the gradients dp.
   * @returns the largest sizes that come up for each
   */
  backward(out: BoundedOut, dz: Tracked, x: Tracked, p: Tensors, at: BoundedLayer<F>): Record<'dx' | 'dp', number>;
  /** Its tensors that are not trained after a training step, and their errors. */
  follow?(out: Followed, x: Tracked, p: Tensors, at: BoundedLayer<F>): void;
}

/** Tensors of one layer after a step, and bounds on their errors. */
export interface Followed {
  readonly values: Tensors;
  readonly errors: Tensors;
}

/** What the backward pass fills in. */
export interface BoundedOut {
  readonly dx: Tracked | null;
  readonly dp: Tensors;
  /** Bounds on the errors of dp. */
  readonly errors: Tensors;
  /**
   * Told of each unit whose branch is undecided, with the entries of dx that depend on it, as
   * indices into its data. Where none of them goes on to a gradient, it does not count.
   */
  readonly undecided?: (example: number, unit: number, entries: readonly number[]) => void;
}

/**
 * What a layer of TensorFlow.js is given besides the fields of its kind.
 * @internal
 */
export interface OwnLayerOptions {
  readonly activation: LayerActivation;
  readonly kernelInitializer: 'zeros';
  readonly inputShape?: number[];
}

/** Pass, for one example over scalars. */
export interface ScalarPass {
  readonly mode: Pass['mode'];
  /** (O) */
  readonly mask: readonly number[] | null;
}

/**
 * Pass, over tensors.
 * @internal
 */
export interface TensorPass {
  readonly mode: Pass['mode'];
  readonly mask: TensorFlow.Tensor2D | null;
}

/** Everything known about one kind of layer. */
export interface LayerPage<Id extends string = string, F extends Fields = Fields> {
  readonly kind: 'layer';
  /** Its name in networks. */
  readonly id: Id;
  /** Fields that must be whole numbers of at least 1. */
  readonly counts: readonly string[];
  /** Its other fields. */
  readonly fields?: Readonly<Record<string, FieldRule>>;
  readonly short?: ShortForm<F>;
  /**
   * Whether its input must be a picture: numbers with a shape (height, width, channels), row-major,
   * channels last. The spec that its functions get then contains that shape as `inputShape`.
   */
  readonly reads?: 'picture';
  /** Its own layer in TensorFlow.js gets a picture where there is one, like those that read it. */
  readonly ownReads?: 'picture';
  /**
   * The shape of an example that leaves it, given the one that enters, undefined where that is not
   * known. Missing: the result is a row of numbers without a shape.
   */
  shape?(spec: F, inputShape: readonly number[] | undefined): readonly number[] | undefined;
  /** How reports abbreviate its tensors: W for weights ... */
  readonly symbols: Readonly<Record<string, string>>;
  /**
   * How many numbers per example leave it, given how many enter.
   * @throws UsageError if the spec does not fit the inputs
   */
  outputs(spec: F, inputs: number): number;
  /** Multiplications per example in the forward pass; missing: one per parameter. */
  multiplications?(spec: F, inputs: number): number;
  /** What it learns, in the order used in files. */
  parameters(spec: F, inputs: number): readonly ParameterShape[];
  /** How reports write what it computes; `l` is its number, `x` the name of its input. */
  readonly formula: {
    /** z */
    forward(l: number, x: string): string;
    /** The gradient of one of its tensors. */
    gradient(role: string, l: number, x: string): string;
    /** dx, the gradient of its input. */
    inputs(l: number): string;
  };
  /**
   * Fills z.
   * @param pass default: training, without a mask
   * @returns what backward needs besides x and z
   */
  forward(z: Matrix, x: Matrix, p: Tensors, spec: F, pass?: Pass): unknown;
  /**
   * Draws one number of the mask that its numbers are multiplied by in training. Masks are data:
   * every engine is given the same. Missing: it draws nothing.
   */
  draw?(rng: Rng, spec: F): number;
  /**
   * Changes its tensors that are not trained, after a training step.
   * @param more what forward returned
   */
  follow?(p: Tensors, more: unknown, spec: F): void;
  /** From dz, and linear in it: the gradients dp, and dx (null for the first layer). */
  backward(dx: Matrix | null, dp: Tensors, dz: Matrix, saved: Saved, p: Tensors, spec: F): void;
  /**
   * Which branch each unit took, from what forward returned: between two points with the same
   * branches the layer has one formula. Missing: it has one formula everywhere.
   */
  branches?(more: unknown): ArrayLike<number>;
  /** Missing: derived from `graph`, number by number. That is wider, and for small layers only. */
  readonly bound?: LayerBound<F>;
  /** z of one example, over any arithmetic; parameters by role, row-major. */
  graph<S extends Scalar<S>>(
    x: readonly S[],
    p: Readonly<Record<string, readonly S[]>>,
    spec: F,
    pass?: ScalarPass,
  ): S[];
  /**
   * The same of a whole batch, in training, for a layer in which examples depend on each other.
   * `graph` is then for prediction.
   */
  batchGraph?<S extends Scalar<S>>(
    x: readonly (readonly S[])[],
    p: Readonly<Record<string, readonly S[]>>,
    spec: F,
  ): S[][];
  /**
   * TensorFlow.js's own layer, if there is one that is right on the backend in use. It applies its
   * activation itself if it has a field for one. It gets and returns pictures as (B,
   * height, width, channels).
   * @internal
   */
  ownLayer?(tf: typeof TensorFlow, spec: F, more: OwnLayerOptions): TensorFlow.layers.Layer | undefined;
  /**
   * The same layer in TensorFlow.js: z (B, O) from x (B, I) and its parameters.
   * @internal neither TensorFlow.js nor its types need to be installed
   */
  tfjs(
    tf: typeof TensorFlow,
    x: TensorFlow.Tensor2D,
    p: Readonly<Record<string, TensorFlow.Tensor>>,
    spec: F,
    pass?: TensorPass,
  ): TensorFlow.Tensor2D;
  /** Mistakes that can be made in this kind of layer alone, by name. */
  readonly faults?: Readonly<Record<string, LayerFault>>;
}

/** Returns the page, with its name and fields in its type. */
export function layer<F extends Fields>() {
  return <const Id extends string>(page: Omit<LayerPage<Id, F>, 'kind'>): LayerPage<Id, F> => ({
    kind: 'layer',
    ...page,
  });
}

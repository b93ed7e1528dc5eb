// One example, with everything that the forward pass computes from it, and what an engine's answer
// to it alone shows of its backward pass.
//
// With a batch of one, db is dz, and dW is the outer product of the layer's input and dz. So the
// gradients of one example tell the dz and the activations that the engine used.
import type { Batch } from '../../../network/batch.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { tensorsOf } from '../../../network/parameters.ts';
import { layersOf } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { activate } from '../../../ops/backward-rules.ts';

/** Numbers of one layer of one example. I inputs, O units. */
export interface LayerOf {
  readonly activation: string;
  /** (I) */
  readonly x: Float64Array;
  /** (I, O), row-major */
  readonly W: Float64Array;
  /** (O) */
  readonly b: Float64Array;
  readonly z: Float64Array;
  readonly a: Float64Array;
}

/** The forward pass of one example. */
export interface Example {
  readonly layers: readonly LayerOf[];
  /** (K) */
  readonly t: Float64Array;
}

/** a = f(z) of a layer in place of the right one. */
export type OtherActivation = (z: Float64Array) => Float64Array;

/** The network of dense layers in binary64, example by example. */
export function examplesOf(
  network: NetworkSpec,
  parameters: Parameters,
  { inputs, targets }: Batch,
  others: ReadonlyMap<number, OtherActivation> = new Map(),
): Example[] {
  const layers = layersOf(network).map(({ activation }, l) => {
    const { weights, bias } = tensorsOf(parameters, l);
    return { activation, W: Float64Array.from(weights.values), b: Float64Array.from(bias.values) };
  });
  return Array.from({ length: inputs.rows }, (_, r) => {
    const t = Float64Array.from(targets.data.subarray(r * targets.cols, (r + 1) * targets.cols));
    const first = Float64Array.from(inputs.data.subarray(r * inputs.cols, (r + 1) * inputs.cols));
    let x: Float64Array = first;
    const computed = layers.map(({ activation, W, b }, l): LayerOf => {
      const z = b.map((bias, o) => x.reduce((sum, value, i) => sum + value * W[i * b.length + o], bias));
      const a = others.get(l)?.(z) ?? activated(activation, z);
      const layer = { activation, x, W, b, z, a };
      x = a;
      return layer;
    });
    return { layers: computed, t };
  });
}

/** f(z) of all units of a layer of one example. */
export function activated(activation: string, z: Float64Array): Float64Array {
  const a = { rows: 1, cols: z.length, data: new Float64Array(z.length) };
  activate(activation, a, { ...a, data: z });
  return a.data;
}

/** W s: what a layer's dz passes to the layer below, before that one's derivative. (I) */
export function passedBack({ x, W }: LayerOf, s: Float64Array): Float64Array {
  const O = s.length;
  return x.map((_, i) => s.reduce((sum, value, o) => sum + W[i * O + o] * value, 0));
}

/** What the gradients of one example show of one layer. */
export interface Shown {
  /** (I, O) and (O) */
  readonly dW: Float64Array;
  readonly db: Float64Array;
  /** dz as the weights' gradient has it: the best fit of dW = xᵀ dz. (O) */
  readonly dz: Float64Array;
  /** Whether dW is that product. */
  readonly isProduct: boolean;
  /** The layer's input that dW was made of, if db is dz; null if dW is no product with db. (I) */
  readonly x: Float64Array | null;
}

export function shownOf({ x }: LayerOf, dW: Float64Array, db: Float64Array): Shown {
  const [O, I] = [db.length, x.length];
  const xx = dot(x, x);
  // an input of 0 shows nothing in dW
  const dz = xx === 0 ? db : db.map((_, o) => x.reduce((sum, value, i) => sum + value * dW[i * O + o], 0) / xx);
  const bb = dot(db, db);
  const own = Float64Array.from({ length: I }, (_, i) =>
    bb > 0 ? db.reduce((sum, value, o) => sum + value * dW[i * O + o], 0) / bb : 0,
  );
  return {
    dW,
    db,
    dz,
    isProduct: isOuter(dW, x, dz),
    x: bb > 0 && isOuter(dW, own, db) ? own : null,
  };
}

/** Whether dW_io = x_i s_o. */
export function isOuter(dW: Float64Array, x: Float64Array, s: Float64Array): boolean {
  const O = s.length;
  return areClose(
    dW,
    dW.map((_, at) => x[Math.floor(at / O)] * s[at % O]),
  );
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * What single precision may leave between two computations of the same vector, as a share of its
 * root mean square. It decides what is worth a closer look; what is told is judged by the bounds.
 */
const APART = 2e-5;

export function areClose(found: Float64Array, wanted: Float64Array): boolean {
  const size = Math.sqrt(Math.max(dot(found, found), dot(wanted, wanted)) / found.length);
  return found.every((value, i) => Math.abs(value - wanted[i]) <= APART * (size + Math.abs(wanted[i])));
}

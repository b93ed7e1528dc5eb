// One example, with everything that the forward pass computes from it, and what an engine's answer
// to it alone shows of its backward pass.
//
// With a batch of one, db is dz, and dW is the outer product of the layer's input and dz. So the
// gradients of one example tell the dz and the activations that the engine used.
import type { Batch } from '../../../network/batch.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { tensorsOf } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { dot } from '../../../numeric/norms.ts';
import { passOf, rowOf } from '../loss/pass.ts';
import { areClose } from '../close.ts';

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

/** The examples of a batch. */
export function examplesOf(network: NetworkSpec, parameters: Parameters, batch: Batch): Example[] {
  const { layers, outcomes } = passOf(network, parameters, batch);
  const fixed = layers.map((_, l) => {
    const { weights, bias } = tensorsOf(parameters, l);
    return { W: Float64Array.from(weights.values), b: Float64Array.from(bias.values) };
  });
  return outcomes.map(({ t }, r) => ({
    t,
    layers: layers.map(({ a, saved: { x, z } }, l) => ({
      ...fixed[l],
      activation: network.layers[l].activation,
      x: rowOf(x, r),
      z: rowOf(z, r),
      a: rowOf(a, r),
    })),
  }));
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

/** One example, and what the engine's answer to it shows of every layer. */
export interface Seen {
  readonly example: Example;
  readonly shown: readonly Shown[];
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

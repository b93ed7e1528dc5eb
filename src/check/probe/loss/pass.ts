// The right network in binary64, with a gradient that may start from any loss.
import type { Batch } from '../../../network/batch.ts';
import { inDtype, isAlwaysZero, tensorsOf, zeroParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { layersOf } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { toF64, zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { BACKWARD, activate } from '../../../ops/backward-rules.ts';
import type { Saved } from '../../../ops/layers/page.ts';
import type { Outcome, Start } from './loss-parts.ts';

/** A forward pass. a is (B, units) of each layer. */
export interface Pass {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly layers: readonly { readonly a: Matrix; readonly saved: Saved }[];
  /** One per example. */
  readonly outcomes: readonly Outcome[];
}

export function passOf(network: NetworkSpec, given: Parameters, { inputs, targets }: Batch): Pass {
  const parameters = inDtype(given, 'f64');
  let x = toF64(inputs);
  const layers = layersOf(network).map(({ page, spec, activation, units }, l) => {
    const [z, a] = [zeros('f64', inputs.rows, units), zeros('f64', inputs.rows, units)];
    const saved = { x, z, more: page.forward(z, x, tensorsOf(parameters, l), spec) };
    activate(activation, a, z);
    x = a;
    return { a, saved };
  });
  const { a, saved } = layers[layers.length - 1];
  const outcomes = Array.from({ length: inputs.rows }, (_, r) => ({
    z: rowOf(saved.z, r),
    p: rowOf(a, r),
    t: rowOf(targets, r),
  }));
  return { network, parameters, layers, outcomes };
}

/** A matrix of one row. */
export function oneRow<Row extends Float64Array>(data: Row): { rows: number; cols: number; data: Row } {
  return { rows: 1, cols: data.length, data };
}

/** One row of a matrix, copied. */
export function rowOf({ data, cols }: Matrix, r: number): Float64Array {
  return Float64Array.from(data.subarray(r * cols, (r + 1) * cols));
}

/** dz of the last layer (B, K), from the start of each example's gradient. */
export function scoresOf({ network, layers }: Pass, starts: readonly Start[]): Matrix {
  const last = layers.length - 1;
  const { a, saved } = layers[last];
  const [dz, dp] = [zeros('f64', a.rows, a.cols), zeros('f64', a.rows, a.cols)];
  starts.forEach(({ values }, r) => dp.data.set(values, r * a.cols));
  if (starts[0].of === 'z') return dp;
  BACKWARD.activation(last, layersOf(network)[last].activation, dz, dp, saved.z, a);
  return dz;
}

/** All gradients, from dz of the last layer. */
export function gradientsFrom({ network, parameters, layers }: Pass, last: Matrix): Parameters {
  const gradients = zeroParameters(network, 'f64');
  const all = layersOf(network);
  let dz = last;
  for (let l = all.length - 1; l >= 0; l--) {
    const { page, spec, inputs } = all[l];
    const dx = l > 0 ? zeros('f64', dz.rows, inputs) : null;
    const { saved } = layers[l];
    BACKWARD.layer(l, { page, spec, dx, dp: tensorsOf(gradients, l), dz, saved, p: tensorsOf(parameters, l) });
    if (dx === null) break;
    const below = layers[l - 1];
    dz = zeros('f64', dx.rows, dx.cols);
    BACKWARD.activation(l - 1, all[l - 1].activation, dz, dx, below.saved.z, below.a);
  }
  for (const tensor of gradients) if (isAlwaysZero(network, tensor)) tensor.values.fill(0);
  return gradients;
}

/** f(z) of all units of a layer of one example. */
export function activated(activation: string, z: Float64Array): Float64Array {
  const a = oneRow(new Float64Array(z.length));
  activate(activation, a, oneRow(z));
  return a.data;
}

// The passes of a network of dense layers in binary64, in which some values can be replaced by
// others: what an engine computes that keeps, mixes up or averages something it should not.
//
// Letters: B examples; of a layer I inputs, O units. Layers count from 0.
import type { Batch } from '../../../network/batch.ts';
import { inDtype, nameOf, tensorsOf } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { hasBias, layersOf } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { multiplyTransposedLeft, multiplyTransposedRight } from '../../../numeric/fast-products.ts';
import { toF64, zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { BACKWARD, activate } from '../../../ops/backward-rules.ts';
import { matrix } from '../../../ops/layers/dense.ts';
import { lossOf } from '../../../ops/registry.ts';
import { dot } from '../../../numeric/norms.ts';
import { areClose as areNear } from '../close.ts';

/** Everything that the passes compute. */
export interface Passes {
  readonly loss: number;
  /** What enters each layer: x, a1, a2 ... (B, I) */
  readonly x: readonly Matrix[];
  /** (B, O) */
  readonly z: readonly Matrix[];
  readonly a: readonly Matrix[];
  readonly dz: readonly Matrix[];
  /** loss, dW1, db1, dW2 ... */
  readonly values: Values;
}

/** Numbers by the names of reports: loss, dW1, db1 ... */
export type Values = readonly { readonly name: string; readonly values: Float64Array }[];

/** What is computed otherwise; each gets the right value and returns the one in use. */
export interface Changes {
  /** Of the forward pass. */
  readonly parameters?: Parameters;
  /** What enters layer l, in both passes. */
  readonly enters?: (l: number, x: Matrix) => Matrix;
  readonly scores?: (l: number, z: Matrix) => Matrix;
  /** What layer l makes of its scores z. */
  readonly activations?: (l: number, a: Matrix, z: Matrix) => Matrix;
  readonly targets?: (t: Matrix) => Matrix;
  /** The scores and outputs that the loss and its gradient are computed from. */
  readonly outcome?: (at: { readonly z: Matrix; readonly a: Matrix }) => { z: Matrix; a: Matrix };
  /** What the loss is computed from, and what starts the backward pass: dz of the last layer. */
  readonly start?: (z: Matrix, t: Matrix) => { readonly loss: number; readonly dz: Matrix };
  /** The scores and activations of layer l for its derivative. */
  readonly slope?: (l: number, at: { readonly z: Matrix; readonly a: Matrix }) => { z: Matrix; a: Matrix };
  /** dW = xᵀ dz with this x. */
  readonly factor?: (l: number, x: Matrix) => Matrix;
  /** The weights of layer l (I, O) in dx = dz Wᵀ. */
  readonly back?: (l: number, W: Matrix) => Matrix;
  /** What comes back to layer l from above: (B, O). */
  readonly returned?: (l: number, da: Matrix) => Matrix;
  /** dz of layer l, wherever it is used. */
  readonly dz?: (l: number, dz: Matrix, z: Matrix) => Matrix;
  /** dz of layer l in dW or db alone. */
  readonly dzOf?: (l: number, role: 'W' | 'b', dz: Matrix) => Matrix;
}

/** Whether the network is made of dense layers only: others are not computed here. */
export function isDense(network: NetworkSpec): boolean {
  return layersOf(network).every(({ page }) => page.id === 'dense');
}

export function passes(network: NetworkSpec, given: Parameters, batch: Batch, changes: Changes = {}): Passes {
  const parameters = inDtype(given, 'f64');
  const forward = changes.parameters === undefined ? parameters : inDtype(changes.parameters, 'f64');
  const layers = layersOf(network);
  const [last, B] = [layers.length - 1, batch.inputs.rows];
  const lossPage = lossOf(network.loss);
  const [x, z, a]: [Matrix[], Matrix[], Matrix[]] = [[], [], []];
  let input = toF64(batch.inputs);
  layers.forEach(({ page, spec, activation, units }, l) => {
    x.push(changes.enters?.(l, input) ?? input);
    const right = zeros('f64', B, units);
    page.forward(right, x[l], tensorsOf(forward, l), spec);
    z.push(changes.scores?.(l, right) ?? right);
    const activated = zeros('f64', B, units);
    activate(activation, activated, z[l]);
    a.push(changes.activations?.(l, activated, z[l]) ?? activated);
    input = a[l];
  });
  const asGiven = toF64(batch.targets);
  const t = changes.targets?.(asGiven) ?? asGiven;
  const other = changes.start?.(z[last], t);
  const end = changes.outcome?.({ z: z[last], a: a[last] }) ?? { z: z[last], a: a[last] };
  const kept = lossPage.from === 'scores' ? zeros('f64', B, t.cols) : end.a;
  const loss = other?.loss ?? lossPage.forward(kept, lossPage.from === 'scores' ? end.z : end.a, t);
  const dz = layers.map(({ units }) => zeros('f64', B, units));
  const values: { name: string; values: Float64Array }[] = [];
  let da = zeros('f64', B, t.cols);
  lossPage.backward(lossPage.from === 'scores' ? dz[last] : da, kept, t);
  for (let l = last; l >= 0; l--) {
    if (l < last || lossPage.from !== 'scores') {
      da = changes.returned?.(l, da) ?? da;
      const at = changes.slope?.(l, { z: z[l], a: a[l] }) ?? { z: z[l], a: a[l] };
      BACKWARD.activation(l, layers[l].activation, dz[l], da, at.z, at.a);
    }
    if (l === last && other !== undefined) dz[l] = other.dz;
    dz[l] = changes.dz?.(l, dz[l], z[l]) ?? dz[l];
    const of = (role: 'W' | 'b'): Matrix => changes.dzOf?.(l, role, dz[l]) ?? dz[l];
    const names = (['weights', 'bias'] as const).map((role) => `d${nameOf({ layer: l + 1, role })}`);
    const W = weightMatrix(parameters, l);
    const dW = new Float64Array(W.rows * W.cols);
    multiplyTransposedLeft({ ...W, data: dW }, changes.factor?.(l, x[l]) ?? x[l], of('W'));
    values.unshift(
      { name: names[0], values: dW },
      { name: names[1], values: hasBias(network, l) ? columnSums(of('b')) : new Float64Array(layers[l].units) },
    );
    if (l === 0) break;
    da = zeros('f64', B, W.rows);
    multiplyTransposedRight(da, dz[l], changes.back?.(l, W) ?? W);
  }
  return { loss, x, z, a, dz, values: [{ name: 'loss', values: Float64Array.of(loss) }, ...values] };
}

/** The answer of an engine, by names. */
export function namedValues(loss: number, gradients: Parameters): Values {
  const tensors = gradients.map(({ layer, role, values }) => ({
    name: `d${nameOf({ layer, role })}`,
    values: Float64Array.from(values),
  }));
  return [{ name: 'loss', values: Float64Array.of(loss) }, ...tensors];
}

/**
 * Names of the values that differ by more than rounding.
 * @param exact the right ones, for their size
 */
export function differing(found: Values, wanted: Values, exact = wanted): string[] {
  return found.flatMap(({ name, values }, n) => (areClose(values, wanted[n].values, exact[n].values) ? [] : [name]));
}

/** Names of the values in which these answers differ from each other. */
export function differingNames([one, ...others]: readonly Values[], right: Values): string[] {
  const names = new Set(others.flatMap((answer) => differing(answer, one, right)));
  return one.map(({ name }) => name).filter((name) => names.has(name));
}

/** Where entries cancel, rounding is a share of the root mean square of the right vector. */
const FLOOR = 5e-6;

/** @param exact the right numbers, for their size */
export function areClose(found: Float64Array, wanted: Float64Array, exact = wanted): boolean {
  return areNear(found, wanted, FLOOR * Math.sqrt(dot(exact, exact) / exact.length));
}

export function areFinite(all: Values): boolean {
  return all.every(({ values }) => values.every(Number.isFinite));
}

/** The weights of layer l as a matrix (I, O). */
export function weightMatrix(parameters: Parameters, l: number): Matrix {
  return matrix(tensorsOf(parameters, l)['weights']);
}

function columnSums({ rows, cols, data }: Matrix): Float64Array {
  const sums = new Float64Array(cols);
  for (let r = 0; r < rows; r++) for (let o = 0; o < cols; o++) sums[o] += data[r * cols + o];
  return sums;
}

// Biases inside the weight matrix: a row of z = [x 1] W, or a column of z = W [x; 1].
import { shapesOf } from '../../network/parameters.ts';
import type { ParameterTensor } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';

/** Two conventions; conventions.ts has their choices. */
interface Layout {
  readonly weights: string;
  readonly biases: string;
}

/** The layout of weights that goes with biases inside them; null where they are apart. */
export function weightsWith(biases: string): 'inputs-units' | 'units-inputs' | null {
  if (biases === 'last-row' || biases === 'first-row') return 'inputs-units';
  return biases === 'last-column' || biases === 'first-column' ? 'units-inputs' : null;
}

/** Whether the network can have its biases there: inside the weights, only if all are matrices. */
export function fits(biases: string, network: NetworkSpec): boolean {
  const areMatrices = ({ role, shape }: Pick<ParameterTensor, 'role' | 'shape'>): boolean =>
    role === 'bias' || (role === 'weights' && shape.length === 2);
  return weightsWith(biases) === null || shapesOf(network).every(areMatrices);
}

/** Whether weights and biases go together. */
export function isPossible({ weights, biases }: Layout): boolean {
  const needed = weightsWith(biases);
  return needed === null || needed === weights;
}

/** The biases are the first input's weights, or the last one's. */
function isFirst(biases: string): boolean {
  return biases === 'first-row' || biases === 'first-column';
}

/** Weights (inputs, units) with the biases as one more row: (inputs + 1, units). */
export function joined({ rows, cols, data }: Matrix, bias: ArrayLike<number>, { biases }: Layout): Matrix {
  const all = new Float64Array((rows + 1) * cols);
  all.set(data, isFirst(biases) ? cols : 0);
  all.set(bias, isFirst(biases) ? 0 : rows * cols);
  return { rows: rows + 1, cols, data: all };
}

/** The inverse of joined. */
export function parted(
  { rows, cols, data }: { rows: number; cols: number; data: Float64Array },
  { biases }: Layout,
): { weights: Float64Array; bias: Float64Array } {
  const last = (rows - 1) * cols;
  if (isFirst(biases)) return { weights: data.slice(cols), bias: data.slice(0, cols) };
  return { weights: data.slice(0, last), bias: data.slice(last) };
}

// A network with one column per example, as in many courses: Z = W A + b, with weights (units,
// inputs).
//
//   npx backproof gradcheck --candidate examples/columns/network.ts --dataset xor --activation tanh
//
// m examples in a batch, I inputs of a layer, O its units, K classes. A matrix is an array of rows.
import type { CandidateProblem } from 'backproof';

/**
 * How this code stores its arrays. It is given them like this, and its gradients are read
 * like this.
 */
export const conventions = { examples: 'columns', weights: 'units-inputs', biases: 'column' } as const;

type Matrix = number[][];
type Problem = CandidateProblem<typeof conventions>;

/** What a layer saw and computed on the way forward. */
interface Pass {
  readonly X: Matrix; // (I, m)
  readonly Z: Matrix; // (O, m)
  readonly A: Matrix; // (O, m)
}

export default function lossAndGradients({ network, parameters, inputs, targets }: Problem) {
  refuseUnknown(network);
  const passes = forward(parameters, inputs);
  return { loss: crossEntropy(passes[passes.length - 1].Z, targets), gradients: backward(parameters, passes, targets) };
}

function forward(parameters: Problem['parameters'], X: Matrix): Pass[] {
  return parameters.map(({ weights: W, bias: b }, l) => {
    const Z = map(times(W, X), (sum, o) => sum + b[o][0]); // (O, m) = W X + b
    const A = l < parameters.length - 1 ? map(Z, Math.tanh) : softmax(Z); // (O, m)
    const pass = { X, Z, A };
    X = A;
    return pass;
  });
}

/** Targets T (K, m). Each dZ is that of a sum over the examples: dW and db divide by m. */
function backward(parameters: Problem['parameters'], passes: readonly Pass[], T: Matrix) {
  const m = T[0].length;
  const gradients: { weights: Matrix; bias: Matrix }[] = [];
  let dZ = map(passes[passes.length - 1].A, (p, k, j) => p - T[k][j]); // (O, m), of the last layer; softmax is included
  for (let l = passes.length - 1; l >= 0; l--) {
    gradients[l] = {
      weights: map(times(dZ, transposed(passes[l].X)), (sum) => sum / m), // (O, I) = dZ Xᵀ / m
      bias: dZ.map((row) => [total(row) / m]), // (O, 1) = Σ_columns dZ / m
    };
    if (l === 0) break;
    const dA = times(transposed(parameters[l].weights), dZ); // (I, m) = Wᵀ dZ, of the layer below
    const A = passes[l - 1].Z; // (I, m)
    dZ = map(dA, (d, i, j) => d * (1 - A[i][j] * A[i][j])); // tanh'(z) = 1 - a²
  }
  return gradients;
}

/**
 * P (K, m), each column a softmax. The largest score is subtracted first, so that exp cannot
 * overflow.
 */
function softmax(Z: Matrix): Matrix {
  const columns = transposed(Z).map((z) => {
    const e = z.map((score) => Math.exp(score - Math.max(...z)));
    return e.map((value) => value / total(e));
  });
  return transposed(columns);
}

/** L = -1/m Σ_columns Σ_k t log p, of the scores Z (K, m): log p = z - log Σ_k e^z_k */
function crossEntropy(Z: Matrix, T: Matrix): number {
  const logTotals = transposed(Z).map((z) => {
    const largest = Math.max(...z);
    return largest + Math.log(total(z.map((score) => Math.exp(score - largest))));
  });
  return -total(map(Z, (z, k, j) => T[k][j] * (z - logTotals[j])).flat()) / T[0].length;
}

/** (R, N) times (N, C) */
function times(A: Matrix, B: Matrix): Matrix {
  return A.map((row) => B[0].map((_, c) => total(row.map((value, n) => value * B[n][c]))));
}

function transposed(A: Matrix): Matrix {
  return A[0].map((_, c) => A.map((row) => row[c]));
}

function map(A: Matrix, f: (value: number, row: number, column: number) => number): Matrix {
  return A.map((row, r) => row.map((value, c) => f(value, r, c)));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function refuseUnknown({ layers, loss }: Problem['network']): void {
  const unknown = layers.slice(0, -1).find(({ activation }) => activation !== 'tanh');
  if (unknown !== undefined)
    throw new Error(`hidden activation ${unknown.activation} is not implemented: use --activation tanh`);
  if (loss !== 'cross-entropy') throw new Error(`loss ${loss} is not implemented`);
}

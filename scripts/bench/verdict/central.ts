// Central differences of the loss, as one writes them oneself: two evaluations per parameter, in
// binary64.
//
// Letters: B examples; of a layer: I inputs, O units, x (B, I), z (B, O), W (I, O), b (O).
import type { LoadedProblem } from './problem.ts';

const H = 1e-5;
/** Of the larger of 1 and the gradient: the differences are exact to about H² and u / H. */
const TOLERANCE = 1e-5;

interface Layer {
  readonly W: Float64Array;
  readonly b: Float64Array;
}

/** The mean cross-entropy of softmax over relu layers. */
function lossOf({ batch }: LoadedProblem, layers: readonly Layer[]): number {
  const B = batch.inputs.rows;
  let x = batch.inputs.data as Float64Array;
  layers.forEach(({ W, b }, l) => {
    const [I, O] = [x.length / B, b.length];
    const z = new Float64Array(B * O);
    for (let n = 0; n < B; n++) {
      z.set(b, n * O);
      for (let i = 0; i < I; i++) {
        const xi = x[n * I + i];
        for (let o = 0; o < O; o++) z[n * O + o] += xi * W[i * O + o];
      }
    }
    if (l < layers.length - 1) for (let i = 0; i < z.length; i++) z[i] = Math.max(0, z[i]);
    x = z;
  });
  const [t, K] = [batch.targets.data, batch.targets.cols];
  let loss = 0;
  for (let n = 0; n < B; n++) {
    const scores = x.subarray(n * K, (n + 1) * K);
    const most = Math.max(...scores);
    const logSum = most + Math.log(scores.reduce((sum, z) => sum + Math.exp(z - most), 0));
    for (let k = 0; k < K; k++) loss += t[n * K + k] * (logSum - scores[k]);
  }
  return loss / B;
}

/** Compares the gradients at these positions; all tensors count as one list. */
export function agreeAt(
  problem: LoadedProblem,
  gradients: readonly Float64Array[],
  positions: readonly number[],
): boolean {
  const tensors = problem.parameters.map(({ values }) => values as Float64Array);
  const layers = tensors.flatMap((W, i) => (i % 2 === 0 ? [{ W, b: tensors[i + 1] }] : []));
  return positions.every((position) => {
    let [tensor, i] = [0, position];
    while (i >= tensors[tensor].length) i -= tensors[tensor++].length;
    const values = tensors[tensor];
    const before = values[i];
    values[i] = before + H;
    const above = lossOf(problem, layers);
    values[i] = before - H;
    const below = lossOf(problem, layers);
    values[i] = before;
    const [slope, gradient] = [(above - below) / (2 * H), gradients[tensor][i]];
    return Math.abs(slope - gradient) <= TOLERANCE * Math.max(1, Math.abs(gradient));
  });
}

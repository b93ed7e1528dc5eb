// A gradient check as one writes it oneself: central differences of the loss, two evaluations per
// parameter, in binary64. Usage: differences.mjs FOLDER. Prints a line of JSON, see answer.ts.
//
// Letters: B examples; of a layer: I inputs, O units, x (B, I), z (B, O), W (I, O), b (O).
import { createEngine } from '../../../src/engines/registry.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { Answer } from './answer.ts';
import { readProblem } from './problem.ts';
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
function agreeAt(problem: LoadedProblem, gradients: readonly Float64Array[], positions: readonly number[]): boolean {
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

async function check(folder: string): Promise<Answer> {
  const problem = readProblem(folder);
  const { network, batch, parameters, sample } = problem;
  const engine = await createEngine('vector', network, optimizerSpec('sgd', {}), { dtype: 'f64' });
  await engine.load(parameters);
  const { gradients } = await engine.lossAndGradients(batch);
  const backward = gradients.map(({ values }) => values as Float64Array);
  const of = backward.reduce((sum, { length }) => sum + length, 0);
  const checked = Math.min(of, sample ?? of);
  const spread = Array.from({ length: checked }, (_, i) => Math.floor(((i + 0.5) * of) / checked));
  // The first ones are slower, because they are compiled meanwhile: not to be extrapolated.
  const started = performance.now();
  const warm = checked < of && agreeAt(problem, backward, spread.slice(0, 1));
  const begun = performance.now();
  const agree = agreeAt(problem, backward, spread) && (warm || checked === of);
  const ended = performance.now();
  const seconds = (ended - begun) / 1000;
  return { agree, checked, of, spent: (ended - started) / 1000, whole: (seconds * of) / checked, versions: {} };
}

console.log(JSON.stringify(await check(process.argv[2])));

// A right implementation by hand, as short as users write it, and ways to put mistakes into it.
import type { CandidateAnswer, CandidateProblem } from '../../src/candidates/candidate.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

export type Layer = { weights: number[][]; bias: number[] };

export interface Spoil {
  /** Steps of the derivation; each can be replaced on its own. */
  readonly start?: (dz: number[][], outputs: number[][], targets: number[][]) => number[][];
  readonly slope?: (a: number, z: number) => number;
  readonly dW?: (x: number[][], dz: number[][], layer: number) => number[][];
  readonly db?: (dz: number[][], layer: number) => number[];
  readonly dx?: (dz: number[][], W: number[][]) => number[][];
  readonly all?: (gradients: Layer[]) => unknown;
  readonly loss?: (loss: number) => number;
}

const times = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0].map((_, c) => row.reduce((sum, x, i) => sum + x * b[i][c], 0)));
const transposed = (a: number[][]): number[][] => a[0].map((_, c) => a.map((row) => row[c]));
const sums = (a: number[][]): number[] => a[0].map((_, c) => a.reduce((sum, row) => sum + row[c], 0));
export const by = { times, transposed, sums };

const ACTIVATION: Record<string, { f: (z: number) => number; slope: (a: number, z: number) => number }> = {
  tanh: { f: Math.tanh, slope: (a) => 1 - a * a },
  sigmoid: { f: (z) => 1 / (1 + Math.exp(-z)), slope: (a) => a * (1 - a) },
  relu: { f: (z) => Math.max(0, z), slope: (_a, z) => (z > 0 ? 1 : 0) },
  linear: { f: (z) => z, slope: () => 1 },
};

function softmax(row: number[]): number[] {
  const most = Math.max(...row);
  const powers = row.map((z) => Math.exp(z - most));
  const total = powers.reduce((sum, p) => sum + p, 0);
  return powers.map((p) => p / total);
}

/** tanh, sigmoid, relu and linear layers; softmax with cross-entropy, or any of these with mse. */
export function myNetwork({ network, parameters, inputs, targets }: CandidateProblem): CandidateAnswer {
  return spoilt({})({ network, parameters, inputs, targets });
}

/** The same network with a mistake. */
export function spoilt(spoil: Spoil): (problem: CandidateProblem) => CandidateAnswer {
  return function mine({ network, parameters, inputs, targets }) {
    const layers = parameters as Layer[];
    const xs: number[][][] = [inputs];
    const zs: number[][][] = [];
    network.layers.forEach(({ activation }, l) => {
      const { weights, bias = [] } = layers[l] as Partial<Layer> & Pick<Layer, 'weights'>;
      const z = times(xs[l], weights).map((row) => row.map((value, o) => value + (bias[o] ?? 0)));
      zs.push(z);
      xs.push(activation === 'softmax' ? z.map(softmax) : z.map((row) => row.map(ACTIVATION[activation].f)));
    });
    const { loss, start } = lossOf(network, xs.at(-1) as number[][], zs.at(-1) as number[][], targets);
    let dz = spoil.start?.(start, xs.at(-1) as number[][], targets) ?? start;
    const gradients: Layer[] = [];
    for (let l = layers.length - 1; l >= 0; l--) {
      gradients[l] = {
        weights: spoil.dW?.(xs[l], dz, l) ?? times(transposed(xs[l]), dz),
        bias: spoil.db?.(dz, l) ?? sums(dz),
      };
      if (l === 0) break;
      const slope = spoil.slope ?? ACTIVATION[network.layers[l - 1].activation].slope;
      const dx = spoil.dx?.(dz, layers[l].weights) ?? times(dz, transposed(layers[l].weights));
      dz = dx.map((row, b) => row.map((d, i) => d * slope(xs[l][b][i], zs[l - 1][b][i])));
    }
    const changed = spoil.all === undefined ? gradients : spoil.all(gradients);
    return { loss: spoil.loss?.(loss) ?? loss, gradients: changed as Layer[] };
  };
}

/** The mean loss, and its gradient with respect to the scores of the last layer. */
function lossOf(
  network: NetworkSpec,
  a: number[][],
  z: number[][],
  targets: number[][],
): { loss: number; start: number[][] } {
  const [B, K] = [a.length, a[0].length];
  let loss = 0;
  const start = a.map((row, b) => {
    if (network.loss === 'cross-entropy') {
      row.forEach((p, k) => (loss -= targets[b][k] === 0 ? 0 : (targets[b][k] * Math.log(p)) / B));
      return row.map((p, k) => (p - targets[b][k]) / B);
    }
    const { slope } = ACTIVATION[network.layers.at(-1)?.activation ?? 'linear'];
    return row.map((p, k) => {
      loss += (p - targets[b][k]) ** 2 / (B * K);
      return ((2 * (p - targets[b][k])) / (B * K)) * slope(p, z[b][k]);
    });
  });
  return { loss, start };
}

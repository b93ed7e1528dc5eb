// A network as a class with a cache: `forward` keeps what `backward` needs, `backward` adds to the
// gradients, `step` uses them. The adapter at the end, a few lines, makes it a candidate:
//
//   npx backproof gradcheck --candidate examples/class/network.ts --dataset xor
//
// B examples in a batch, I inputs of a layer, O its units, K classes. A matrix is an array of rows.
import type { CandidateProblem, CandidateUpdate } from 'backproof';

type Matrix = number[][];

interface Layer {
  readonly W: Matrix; // (I, O)
  readonly b: number[]; // (O)
  readonly dW: Matrix; // (I, O)
  readonly db: number[]; // (O)
}

/** What a layer saw and computed in the last `forward`. */
interface Cache {
  readonly x: Matrix; // (B, I)
  readonly a: Matrix; // (B, O)
}

/**
 * Dense layers with relu between them. The last layer returns its scores: softmax is part of
 * the loss.
 */
export class Network {
  readonly layers: Layer[] = [];
  #cache: Cache[] = [];

  /** @param sizes inputs, units of the hidden layers, classes */
  constructor(sizes: number[]) {
    for (let l = 1; l < sizes.length; l++) {
      const [I, O] = [sizes[l - 1], sizes[l]];
      this.layers.push({ W: zeros(I, O), b: zeros(1, O)[0], dW: zeros(I, O), db: zeros(1, O)[0] });
    }
  }

  /**
   * x (B, I of the first layer) to the scores (B, K): z = x W + b, and a = max(0, z) below the
   * last layer.
   */
  forward(x: Matrix): Matrix {
    this.#cache = this.layers.map(({ W, b }, l) => {
      const z = times(x, W).map((row) => row.map((value, o) => value + b[o])); // (B, O)
      const a = l < this.layers.length - 1 ? z.map((row) => row.map((value) => Math.max(0, value))) : z; // (B, O)
      const pass = { x, a };
      x = a;
      return pass;
    });
    return x;
  }

  /** From dy (B, K), the gradient with respect to the scores: fills dW and db of every layer. */
  backward(dy: Matrix): void {
    this.zeroGradients();
    let dz = dy; // (B, O)
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const { W, dW, db } = this.layers[l];
      const { x } = this.#cache[l];
      add(dW, times(transposed(x), dz)); // dW += xᵀ dz
      for (const row of dz) add([db], [row]); // db += Σ_b dz
      if (l === 0) break;
      const dx = times(dz, transposed(W)); // (B, I) = dz Wᵀ; x is the a of the layer below
      dz = dx.map((row, r) => row.map((d, i) => (x[r][i] > 0 ? d : 0))); // relu'(z) is 1 where a > 0
    }
  }

  zeroGradients(): void {
    for (const { dW, db } of this.layers) [...dW, db].forEach((row) => row.fill(0));
  }

  /** W ← W - lr dW, b ← b - lr db */
  step(lr: number): void {
    for (const { W, b, dW, db } of this.layers) add([...W, b], [...dW, db], -lr);
  }
}

/** The mean over the batch of -Σ_k t log softmax(z), and dz (B, K) = (p - t) / B. */
function crossEntropy(z: Matrix, t: Matrix): { loss: number; dz: Matrix } {
  let loss = 0;
  const dz = z.map((scores, r) => {
    const largest = Math.max(...scores); // subtracted first, so that exp cannot overflow
    const e = scores.map((score) => Math.exp(score - largest));
    const total = e.reduce((sum, value) => sum + value);
    scores.forEach((score, k) => (loss -= (t[r][k] * (score - largest - Math.log(total))) / z.length));
    return e.map((value, k) => (value / total - t[r][k]) / z.length);
  });
  return { loss, dz };
}

function zeros(rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}

/** (R, N) times (N, C) */
function times(A: Matrix, B: Matrix): Matrix {
  return A.map((row) => B[0].map((_, c) => row.reduce((sum, value, n) => sum + value * B[n][c], 0)));
}

function transposed(A: Matrix): Matrix {
  return A[0].map((_, c) => A.map((row) => row[c]));
}

/** A ← A + factor B */
function add(A: Matrix, B: Matrix, factor = 1): void {
  A.forEach((row, r) => row.forEach((_, c) => (row[c] += factor * B[r][c])));
}

// ---- The adapter: one network for all calls with these sizes, given the parameters of each call.

let own: Network | undefined;
let ofSizes = '';

function networkOf({ network, parameters }: Pick<CandidateProblem, 'network' | 'parameters'>): Network {
  const unwritten = network.layers.slice(0, -1).find(({ activation }) => activation !== 'relu');
  if (unwritten !== undefined)
    throw new Error(`hidden activation ${unwritten.activation} is not implemented: use --activation relu`);
  if (network.loss !== 'cross-entropy') throw new Error(`loss ${network.loss} is not implemented`);
  const sizes = [network.inputs, ...network.layers.map(({ units }) => units)];
  if (own === undefined || ofSizes !== sizes.join()) own = new Network(sizes);
  ofSizes = sizes.join();
  own.layers.forEach(({ W, b }, l) => copy([...W, b], [...parameters[l].weights, parameters[l].bias]));
  return own;
}

function copy(to: Matrix, from: Matrix): void {
  to.forEach((row, r) => row.forEach((_, c) => (row[c] = from[r][c])));
}

export default function lossAndGradients(problem: CandidateProblem) {
  const net = networkOf(problem);
  const { loss, dz } = crossEntropy(net.forward(problem.inputs), problem.targets);
  net.backward(dz);
  return { loss, gradients: net.layers.map(({ dW, db }) => ({ weights: dW, bias: db })) };
}

export function applyGradients(update: CandidateUpdate) {
  if (update.optimizer.id !== 'sgd') throw new Error(`optimizer ${update.optimizer.id} is not implemented`);
  const net = networkOf(update);
  net.layers.forEach(({ dW, db }, l) => copy([...dW, db], [...update.gradients[l].weights, update.gradients[l].bias]));
  net.step(update.optimizer.learningRate);
  return { parameters: net.layers.map(({ W, b }) => ({ weights: W, bias: b })) };
}

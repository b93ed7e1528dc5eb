// The template of a network as a class that caches on the way forward, and what makes a candidate
// of it. What stands between ‹ and › is for TypeScript alone.

/**
 * @param cases of the activations that are given
 * @param losses the lines of the loss that are given
 * @param matrices functions of matrices
 */
export const classNetwork = (
  cases: string,
  losses: string,
  matrices: string,
): string => String.raw`// My own network, as a class. It is right once this agrees:
//
//   npx backproof compare --candidate FILE
//
// Until then that says what is missing, or what is wrong and where. "npx backproof gradcheck --candidate FILE --dataset xor" is the same in a
// second, on a small network.
//
// Letters: B examples in a batch, D inputs, K outputs. An array of arrays is a matrix, one row per example.
‹import type { CandidateGradients, CandidateLayer, CandidateProblem, CandidateUpdate } from 'backproof';
›
‹type Matrix = number[][];
type Spec = CandidateProblem['network'];

/** What a layer saw and made on the way forward. */
interface Cached {
  x: Matrix; // (B, inputs) what entered the layer
  z: Matrix; // (B, units) its scores, x W + b
  a: Matrix; // (B, units) activation(z)
}
›
export class Network {
‹  spec: Spec;
  layers: CandidateLayer[];
  cache: Cached[] = [];
  gradients: CandidateGradients[] = [];

›  /** layers: one { weights (inputs, units), bias (units) } per layer, from the input on */
  constructor(spec‹: Spec›, layers‹: CandidateLayer[]›) {
    this.spec = spec;
    this.layers = layers;
  }

  /** Outputs (B, K). The cache holds what the way back needs. */
  forward(inputs‹: Matrix›)‹: Matrix› {
    this.cache = [];
    let x = inputs;
    this.layers.forEach(({ weights, bias }, l) => {
      const z = times(x, weights).map((row) => row.map((value, unit) => value + bias[unit]‹!›));
      const a = activate(this.spec.layers[l]‹!›.activation, z);
      this.cache.push({ x, z, a });
      x = a;
    });
    return x;
  }

  /** The mean over the batch of what forward was last given. */
  loss(targets‹: Matrix›)‹: number› {
    const network = this.spec;
    const outputs = this.cache[this.cache.length - 1]‹!›.a;
    const B = outputs.length;
    let sum = 0;
    for (let b = 0; b < B; b++) {
      const [p, t] = [outputs[b]‹!›, targets[b]‹!›];
      for (let k = 0; k < p.length; k++) {
${losses.replace(/^/gm, '  ')}
      }
    }
    return sum / B;
  }

  /**
   * Fills this.gradients: one { weights, bias } per layer, of the shapes that the layers have.
   *
   * THIS IS YOURS TO WRITE. From the last layer to the first:
   *
   * 1. Begin with dz (B, K), how the loss changes with the scores z of the last layer.
   *    Softmax and cross-entropy together are (p - t) / B.
   *    For mse it is da = 2 (a - t) / (B K), and then step 4.
   * 2. The gradients of the layer: weights (inputs, units) are xᵀ dz, bias (units) is dz summed over the examples.
   *      this.gradients[l] = { weights: times(transposed(x), dz), bias: ... };
   *    Write this for the last layer alone, and run: it is checked, and the others are said to be missing.
   * 3. What the layer below caused: dx (B, inputs) is dz Wᵀ.
   * 4. Through the activation of that layer: dz = dx · activation'(z), entry by entry. Then on with step 2.
   */
  backward(targets‹: Matrix›)‹: void› {
    this.gradients = [];
  }

  /** One step of gradient descent. */
  step(learningRate‹: number›)‹: void› {
    this.layers.forEach(({ weights, bias }, l) => {
      const { weights: dW, bias: db } = this.gradients[l]‹ as { weights: Matrix; bias: number[] }›;
      weights.forEach((row, i) => row.forEach((_, o) => (row[o]‹!› -= learningRate * dW[i]‹!›[o]‹!›)));
      bias.forEach((_, o) => (bias[o]‹!› -= learningRate * db[o]‹!›));
    });
  }
}

// What backproof asks, answered by the class. ------------------------------------------------------

/** The loss of a batch, and its gradient with respect to every weight and bias. */
export default function lossAndGradients({ network, parameters, inputs, targets }‹: CandidateProblem›) {
  const own = new Network(network, parameters);
  own.forward(inputs);
  own.backward(targets);
  return { loss: own.loss(targets), gradients: own.gradients };
}

/** Outputs (B, K). */
export function predict({ network, parameters, inputs }‹: Omit<CandidateProblem, 'targets'>›)‹: Matrix› {
  return new Network(network, parameters).forward(inputs);
}

/** One update by step(). */
export function applyGradients({ network, optimizer, parameters, gradients }‹: CandidateUpdate›) {
  if (optimizer.id !== 'sgd') throw new Error('the optimizer ' + optimizer.id + ' is not written yet');
  const own = new Network(network, parameters);
  own.gradients = gradients;
  own.step(optimizer.learningRate);
  return { parameters: own.layers };
}

function activate(activation‹: string›, z‹: Matrix›)‹: Matrix› {
  switch (activation) {
${cases}
    default:
      throw new Error('the activation ' + activation + ' is not written yet');
  }
}

${matrices}`;

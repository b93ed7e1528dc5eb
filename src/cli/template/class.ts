// The template of a network as a class that caches on the way forward, and what makes a candidate
// of it. What stands between ‹ and › is for TypeScript alone.

/**
 * @param cases of the activations that are given
 * @param matrices logSumExp, times and transposed
 */
export const classNetwork = (
  cases: string,
  matrices: string,
): string => String.raw`// My own network, as a class. It is right once this agrees:
//
//   npx backproof compare --candidate FILE
//
// Until then it says what is missing, or what is wrong and where. The same check on a small
// network, in a second:
//
//   npx backproof gradcheck --candidate FILE --dataset xor
//
// Letters: B examples in a batch, D inputs, K outputs. A matrix is an array of rows, one row per
// example.
‹import type {
  CandidateGradients,
  CandidateLayer,
  CandidateProblem,
  CandidateUpdate,
} from 'backproof';
›
‹type Matrix = number[][];
type Spec = CandidateProblem['network'];

/** What the forward pass keeps of one layer; the backward pass needs it. */
interface Cached {
  x: Matrix; // (B, inputs) the inputs of the layer
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

  /** Outputs (B, K). The cache keeps what the backward pass needs. */
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

  /** The loss of the batch that forward() got last, as the mean over its examples. */
  loss(targets‹: Matrix›)‹: number› {
    const network = this.spec;
    const last = this.cache[this.cache.length - 1]‹!›;
    const B = targets.length;
    let sum = 0;
    for (let b = 0; b < B; b++) {
      const [z, p, t] = [last.z[b]‹!›, last.a[b]‹!›, targets[b]‹!›];
      for (let k = 0; k < p.length; k++) {
  LOSS_LINES
      }
    }
    return sum / B;
  }

  /**
   * Fills this.gradients: one { weights, bias } per layer, in the shapes of the layers.
   *
   * Write this. Start at the last layer and go back to the first:
   *
   * 1. Start with dz (B, K), the gradient with respect to the scores z of the last layer.
  START *    For softmax with cross-entropy, dz = (p - t) / B.
   *    For mse, start with da = 2 (a - t) / (B K), and continue with step 4.
   * 2. The gradients of this layer: weights (inputs, units) = xᵀ dz, bias (units) = dz summed over
   *    the examples:
   *      this.gradients[l] = { weights: times(transposed(x), dz), bias: ... };
   *    Write this for the last layer first, and run the check: it checks this layer and lists the
   *    others as missing.
   * 3. The gradient with respect to the inputs of this layer, which are the outputs of the layer
   *    below: dx (B, inputs) = dz Wᵀ.
   * 4. Back through the activation of the layer below: dz = dx · activation'(z), entry by entry.
   *    Continue with step 2.
   */
  backward(targets‹: Matrix›)‹: void› {
    this.gradients = [];
  }

  /** One step of gradient descent. */
  step(learningRate‹: number›)‹: void› {
    this.layers.forEach(({ weights, bias }, l) => {
      const { weights: dW, bias: db } = this.gradients[l]‹ as { weights: Matrix; bias: number[] }›;
      weights.forEach((row, i) =>
        row.forEach((_, o) => (row[o]‹!› -= learningRate * dW[i]‹!›[o]‹!›)),
      );
      bias.forEach((_, o) => (bias[o]‹!› -= learningRate * db[o]‹!›));
    });
  }
}

// The functions that backproof calls. ---------------------------------------------------------

/** The loss of a batch, and its gradient with respect to every weight and bias. */
export default function lossAndGradients({
  network,
  parameters,
  inputs,
  targets,
}‹: CandidateProblem›) {
  const own = new Network(network, parameters);
  own.forward(inputs);
  own.backward(targets);
  return { loss: own.loss(targets), gradients: own.gradients };
}

/** Outputs (B, K). */
export function predict({
  network,
  parameters,
  inputs,
}‹: Omit<CandidateProblem, 'targets'>›)‹: Matrix› {
  return new Network(network, parameters).forward(inputs);
}

/** One update by step(). */
export function applyGradients({ network, optimizer, parameters, gradients }‹: CandidateUpdate›) {
  const { id } = optimizer;
  if (id !== 'sgd') throw new Error('the optimizer ' + id + ' is not written yet');
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

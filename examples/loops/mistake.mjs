// A network without matrices: for each example a forward and a backward pass, in loops over its
// inputs and units.
//
//   npx backproof gradcheck --candidate examples/loops/network.mjs --dataset xor
//
// I inputs of a layer, O its units, K classes.

/**
 * The loss and the gradients are added up over the batch, not averaged. backproof is told so, and
 * divides by B.
 */
export const conventions = { loss: 'sum', gradients: 'sum' };

export default function lossAndGradients({ network, parameters, inputs, targets }) {
  refuseUnknown(network);
  const gradients = parameters.map(({ weights, bias }) => ({
    weights: weights.map((row) => row.map(() => 0)), // (I, O), like weights
    bias: bias.map(() => 0), // (O), like bias
  }));
  let loss = 0;
  for (let b = 0; b < inputs.length; b++) {
    const passes = forward(parameters, inputs[b]);
    const { z } = passes[passes.length - 1]; // (K)
    for (let k = 0; k < z.length; k++) loss -= targets[b][k] * (z[k] - logSumExp(z));
    backward(gradients, parameters, passes, targets[b]);
  }
  return { loss, gradients };
}

/** Of one example: what each layer saw, x (I), and what it computed, z and a (O). */
function forward(parameters, x) {
  const passes = [];
  for (let l = 0; l < parameters.length; l++) {
    const { weights, bias } = parameters[l]; // (I, O), (O)
    const z = []; // (O)
    for (let o = 0; o < bias.length; o++) {
      z[o] = bias[o];
      for (let i = 0; i < x.length; i++) z[o] += x[i] * weights[i][o];
    }
    const a = l < parameters.length - 1 ? z.map((score) => Math.max(0, score)) : softmax(z); // (O)
    passes.push({ x, z, a });
    x = a;
  }
  return passes;
}

/** Of one example: adds to the gradients of all layers. */
function backward(gradients, parameters, passes, t) {
  const p = passes[passes.length - 1].a; // (K)
  let dz = p.map((share, k) => share - t[k]); // (O), of the last layer; softmax is included
  for (let l = parameters.length - 1; l >= 0; l--) {
    const { x } = passes[l]; // (I)
    const dx = []; // (I)
    for (let i = 0; i < x.length; i++) {
      dx[i] = 0;
      for (let o = 0; o < dz.length; o++) {
        gradients[l].weights[i][o] += x[i] * dz[o];
        dx[i] += parameters[l].weights[i][o] * dz[o];
      }
    }
    for (let o = 0; o < dz.length; o++) gradients[l].bias[o] = dz[o];
    dz = dx.map((d, i) => (x[i] > 0 ? d : 0)); // relu'(z) of the layer below: 1 where its a, which is x, is positive
  }
}

/**
 * p (K) of the scores z (K). The largest score is subtracted first, so that exp cannot overflow.
 */
function softmax(z) {
  const e = z.map((score) => Math.exp(score - Math.max(...z)));
  const total = e.reduce((sum, value) => sum + value);
  return e.map((value) => value / total);
}

/** log Σ_k e^z_k: log p = z - this, also where p is too small for a number. */
function logSumExp(z) {
  const largest = Math.max(...z);
  return largest + Math.log(z.reduce((sum, score) => sum + Math.exp(score - largest), 0));
}

function refuseUnknown({ layers, loss }) {
  const unknown = layers.slice(0, -1).find(({ activation }) => activation !== 'relu');
  if (unknown !== undefined)
    throw new Error(`hidden activation ${unknown.activation} is not implemented: use --activation relu`);
  if (loss !== 'cross-entropy') throw new Error(`loss ${loss} is not implemented`);
}

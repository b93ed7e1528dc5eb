// The template of one's own network: everything is there but the backward pass. What stands between
// ‹ and › is for TypeScript alone.
import { classNetwork } from './class.ts';
import { ACTIVATION_PAGES, LOSS_PAGES, OUTPUT_PAGES } from '../../ops/registry.ts';

function indented(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}

/** Those activations that are given; the others are left to be written. */
const CASES = [...ACTIVATION_PAGES, ...OUTPUT_PAGES]
  .flatMap(({ id, plain }) => (plain === undefined ? [] : [`case '${id}':\n${indented(plain, 2)}`]))
  .map((text) => indented(text, 4))
  .join('\n');

const LOSS_LINES = LOSS_PAGES.flatMap(({ id, plain }) => (plain === undefined ? [] : [{ id, plain }]))
  .map(({ id, plain }, l, all) => {
    if (l === all.length - 1) return plain;
    return `if (network.loss === '${id}') ${plain.startsWith('if') ? `{ ${plain} }` : plain}`;
  })
  .map((line, l) => `      ${l === 0 ? '' : 'else '}${line}`)
  .join('\n');

const NETWORK = String.raw`// My own network. It is right once this agrees:
//
//   npx backproof compare --candidate FILE
//
// Until then that says what is missing, or what is wrong and where. "npx backproof gradcheck --candidate FILE --dataset xor" is the same in a
// second, on a small network.
//
// Letters: B examples in a batch, D inputs, K outputs. An array of an array is a matrix, one row an example.
‹import type { CandidateGradients, CandidateLayer, CandidateProblem } from 'backproof';
›
‹type Matrix = number[][];
type Network = CandidateProblem['network'];

/** What a layer saw and made on the way forward: the way back needs it. */
interface Pass {
  x: Matrix; // (B, inputs) what entered the layer
  z: Matrix; // (B, units) its scores, x W + b
  a: Matrix; // (B, units) activation(z)
}
›
/** The loss of a batch, and its gradient with respect to every weight and bias. */
export default function lossAndGradients({ network, parameters, inputs, targets }‹: CandidateProblem›) {
  const passes = forward(network, parameters, inputs);
  const outputs = passes[passes.length - 1]‹!›.a;
  return {
    loss: lossOf(network, outputs, targets),
    gradients: backward(network, parameters, passes, targets),
  };
}

/** Outputs (B, K). Optional: without it, backproof computes them from your parameters. */
export function predict({ network, parameters, inputs }‹: Omit<CandidateProblem, 'targets'>›)‹: Matrix› {
  const passes = forward(network, parameters, inputs);
  return passes[passes.length - 1]‹!›.a;
}

function forward(network‹: Network›, parameters‹: CandidateLayer[]›, inputs‹: Matrix›)‹: Pass[]› {
  const passes‹: Pass[]› = [];
  let x = inputs;
  for (let l = 0; l < parameters.length; l++) {
    const { weights, bias } = parameters[l]‹!›; // weights (inputs, units), bias (units)
    const z = times(x, weights).map((row) => row.map((value, unit) => value + bias[unit]‹!›));
    const a = activate(network.layers[l]‹!›.activation, z);
    passes.push({ x, z, a });
    x = a;
  }
  return passes;
}

/** The mean over the batch. */
function lossOf(network‹: Network›, outputs‹: Matrix›, targets‹: Matrix›)‹: number› {
  const B = outputs.length;
  let sum = 0;
  for (let b = 0; b < B; b++) {
    const [p, t] = [outputs[b]‹!›, targets[b]‹!›];
    for (let k = 0; k < p.length; k++) {
${LOSS_LINES}
    }
  }
  return sum / B;
}

/**
 * One { weights, bias } a layer, of the shapes that the parameters have: how the loss changes with each of them.
 *
 * THIS IS YOURS TO WRITE. From the last layer to the first:
 *
 * 1. Begin with dz (B, K), how the loss changes with the scores z of the last layer.
 *    Softmax and cross-entropy together are (p - t) / B.
 *    For mse it is da = 2 (a - t) / (B K), and then step 4.
 * 2. The gradients of the layer: weights (inputs, units) are xᵀ dz, bias (units) is dz summed over the examples.
 *      gradients[l] = { weights: times(transposed(x), dz), bias: ... };
 *    Write this for the last layer alone, and run: it is checked, and the others are said to be missing.
 * 3. What the layer below caused: dx (B, inputs) is dz Wᵀ.
 * 4. Through the activation of that layer: dz = dx · activation'(z), entry by entry. Then on with step 2.
 */
function backward(network‹: Network›, parameters‹: CandidateLayer[]›, passes‹: Pass[]›, targets‹: Matrix›)‹: CandidateGradients[]› {
  const gradients‹: CandidateGradients[]› = [];
  return gradients;
}

function activate(activation‹: string›, z‹: Matrix›)‹: Matrix› {
  switch (activation) {
${CASES}
    default:
      throw new Error('the activation ' + activation + ' is not written yet');
  }
}

/** (R, N) times (N, C) */
function times(A‹: Matrix›, B‹: Matrix›)‹: Matrix› {
  const columns = B[0]‹!›.length;
  return A.map((row) => {
    const out = new Array‹<number>›(columns).fill(0);
    for (let n = 0; n < row.length; n++) {
      const [a, b] = [row[n]‹!›, B[n]‹!›];
      if (a === 0) continue; // most pixels of a digit are
      for (let c = 0; c < columns; c++) out[c]‹!› += a * b[c]‹!›;
    }
    return out;
  });
}

/** (R, C) to (C, R) */
function transposed(A‹: Matrix›)‹: Matrix› {
  return A[0]‹!›.map((_, c) => A.map((row) => row[c]‹!›));
}

// Your own optimizer, if you have one. Without it, backproof makes the updates.
//
// export function applyGradients({ optimizer, parameters, gradients, step, state }) {
//   // step is 1 at first; what you return as state comes back at the next step
//   return { parameters: ..., state: ... };
// }

// Do you do something otherwise? Say so, and you are asked and read that way: weights (units, inputs), gradients summed over the batch instead
// of averaged, targets as class numbers, no biases ... All are in docs/candidates.md.
//
// export const conventions = { weights: 'units-inputs', gradients: 'sum' };
`;

const TEST = String.raw`// npx vitest
import 'backproof/vitest';
import { expect, test } from 'vitest';
import * as myNetwork from './MODULE';

test('the gradients are right', async () => {
  await expect(myNetwork).toBackpropagate({
    inputs: 4,
    layers: [
      { units: 6, activation: 'relu' },
      { units: 5, activation: 'relu' },
      { units: 3, activation: 'softmax' },
    ],
    loss: 'cross-entropy',
  });
});
`;

const WORKFLOW = String.raw`name: backproof
on: [push, pull_request]

jobs:
  gradients:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - run: npm ci
      # Exits with 1 if a gradient, an update or the accuracy is wrong.
      - run: npx backproof compare --candidate MODULE --train-size 6400
`;

/** What a template is written as. */
export const STYLES = ['functions', 'class'] as const;
export type Style = (typeof STYLES)[number];

/** times and transposed, which both styles use. */
const MATRICES = NETWORK.slice(NETWORK.indexOf('/** (R, N) times'), NETWORK.indexOf('\n// Your own optimizer'));

export type Language = 'typescript' | 'javascript';
export const LANGUAGES = ['typescript', 'javascript'] as const satisfies readonly Language[];

/** Every file of the template by its path: the network first. */
export function template(
  language: Language,
  style: Style = 'functions',
): { readonly path: string; readonly text: string }[] {
  const extension = language === 'typescript' ? 'ts' : 'mjs';
  const file = `my-mlp.${extension}`;
  const filled = (text: string): string =>
    inLanguage(text, language).replaceAll('FILE', file).replaceAll('MODULE', file);
  return [
    { path: file, text: filled(style === 'class' ? classNetwork(CASES, LOSS_LINES, MATRICES) : NETWORK) },
    { path: `my-mlp.test.${extension}`, text: filled(TEST) },
    { path: '.github/workflows/backproof.yml', text: filled(WORKFLOW) },
  ];
}

function inLanguage(text: string, language: Language): string {
  if (language === 'typescript') return text.replace(/[‹›]/g, '').replace(/^\n(?=type Matrix)/m, '\n');
  return text.replace(/‹[^›]*›\n?(?=\n)|‹[^›]*›/g, '');
}

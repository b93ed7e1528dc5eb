// The template of one's own network: everything is there but the backward pass. What stands between
// ‹ and › is for TypeScript alone.
import { classNetwork } from './class.ts';
import { ACTIVATION_PAGES, OUTPUT_PAGES, lossOf } from '../../ops/registry.ts';
import type { LossId } from '../../ops/registry.ts';

function indented(text: string, by: number): string {
  return text.replace(/^/gm, ' '.repeat(by));
}

/** Those activations that are given; the others are left to be written. */
const CASES = [...ACTIVATION_PAGES, ...OUTPUT_PAGES]
  .flatMap(({ id, plain }) => (plain === undefined ? [] : [`case '${id}':\n${indented(plain, 2)}`]))
  .map((text) => indented(text, 4))
  .join('\n');

/** The losses that every template computes; others are asked for by name. */
const USUAL = ['mse', 'cross-entropy'];

/** What the template says of its losses: how they are computed, and where their gradients start. */
interface LossParts {
  readonly lines: string;
  /** Lines of a comment. */
  readonly starts: readonly string[];
}

function lossParts(wanted: LossId | undefined): LossParts {
  const ids = wanted === undefined || USUAL.includes(wanted) ? USUAL : [wanted, ...USUAL];
  const pages = ids.map(lossOf);
  const cases = pages.map(({ id, plain = '' }) => `if (network.loss === '${id}') {\n${indented(plain, 2)}\n}`);
  const unknown = "{\n  throw new Error('the loss ' + network.loss + ' is not written yet');\n}";
  return {
    lines: indented([...cases, unknown].join(' else '), 6),
    starts: pages.slice(0, -USUAL.length).flatMap(({ id, from, formula }) => {
      const start = `${from === 'scores' ? 'dz' : 'da'} = ${formula.start(from === 'scores' ? 'z' : 'a')}`;
      return [`For ${id}, start with`, `  ${start}${from === 'scores' ? '.' : ', and continue with step 4.'}`];
    }),
  };
}

const NETWORK = String.raw`// My own network. It is right once this agrees:
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
‹import type { CandidateGradients, CandidateLayer, CandidateProblem } from 'backproof';
›
‹type Matrix = number[][];
type Network = CandidateProblem['network'];

/** What the forward pass keeps of one layer; the backward pass needs it. */
interface Pass {
  x: Matrix; // (B, inputs) the inputs of the layer
  z: Matrix; // (B, units) its scores, x W + b
  a: Matrix; // (B, units) activation(z)
}
›
/** The loss of a batch, and its gradient with respect to every weight and bias. */
export default function lossAndGradients({
  network,
  parameters,
  inputs,
  targets,
}‹: CandidateProblem›) {
  const passes = forward(network, parameters, inputs);
  return {
    loss: lossOf(network, passes[passes.length - 1]‹!›, targets),
    gradients: backward(network, parameters, passes, targets),
  };
}

/** Outputs (B, K). Optional: without it, backproof computes them from your parameters. */
export function predict({
  network,
  parameters,
  inputs,
}‹: Omit<CandidateProblem, 'targets'>›)‹: Matrix› {
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

/** The mean over the batch, from scores z and outputs p of the last layer. */
function lossOf(network‹: Network›, last‹: Pass›, targets‹: Matrix›)‹: number› {
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
 * The gradients: one { weights, bias } per layer, in the shapes of the parameters.
 *
 * Write this. Start at the last layer and go back to the first:
 *
 * 1. Start with dz (B, K), the gradient with respect to the scores z of the last layer.
START *    For softmax with cross-entropy, dz = (p - t) / B.
 *    For mse, start with da = 2 (a - t) / (B K), and continue with step 4.
 * 2. The gradients of this layer: weights (inputs, units) = xᵀ dz, bias (units) = dz summed over
 *    the examples:
 *      gradients[l] = { weights: times(transposed(x), dz), bias: ... };
 *    Write this for the last layer first, and run the check: it checks this layer and lists the
 *    others as missing.
 * 3. The gradient with respect to the inputs of this layer, which are the outputs of the layer
 *    below: dx (B, inputs) = dz Wᵀ.
 * 4. Back through the activation of the layer below: dz = dx · activation'(z), entry by entry.
 *    Continue with step 2.
 */
function backward(
  network‹: Network›,
  parameters‹: CandidateLayer[]›,
  passes‹: Pass[]›,
  targets‹: Matrix›,
)‹: CandidateGradients[]› {
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

/** log Σ_k e^z_k. The largest score is subtracted first, so that no exponential overflows. */
function logSumExp(z‹: number[]›)‹: number› {
  const largest = Math.max(...z);
  return largest + Math.log(z.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}

/** (R, N) times (N, C) */
function times(A‹: Matrix›, B‹: Matrix›)‹: Matrix› {
  const columns = B[0]‹!›.length;
  return A.map((row) => {
    const out = new Array‹<number>›(columns).fill(0);
    for (let n = 0; n < row.length; n++) {
      const [a, b] = [row[n]‹!›, B[n]‹!›];
      if (a === 0) continue; // most pixels of a digit are 0
      for (let c = 0; c < columns; c++) out[c]‹!› += a * b[c]‹!›;
    }
    return out;
  });
}

/** (R, C) to (C, R) */
function transposed(A‹: Matrix›)‹: Matrix› {
  return A[0]‹!›.map((_, c) => A.map((row) => row[c]‹!›));
}

// Your own optimizer, if you have one. Without it, backproof computes the updates.
//
// export function applyGradients({ optimizer, parameters, gradients, step, state }) {
//   // the first step is 1; the state you return is passed in at the next step
//   return { parameters: ..., state: ... };
// }

// If your network uses other conventions, declare them, and backproof follows them: weights
// (units, inputs), gradients summed over the batch instead of averaged, targets as class numbers,
// no biases. docs/candidates.md lists them all.
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

/** logSumExp, times and transposed, which both styles use. */
const MATRICES = NETWORK.slice(NETWORK.indexOf('/** log Σ_k'), NETWORK.indexOf('\n// Your own optimizer'));

export type Language = 'typescript' | 'javascript';
export const LANGUAGES = ['typescript', 'javascript'] as const satisfies readonly Language[];

/** Every file of the template by its path: the network first. @param loss one more to compute */
export function template(
  language: Language,
  style: Style = 'functions',
  loss?: LossId,
): { readonly path: string; readonly text: string }[] {
  const extension = language === 'typescript' ? 'ts' : 'mjs';
  const file = `my-mlp.${extension}`;
  const filled = (text: string): string =>
    inLanguage(text, language).replaceAll('FILE', file).replaceAll('MODULE', file);
  const { lines, starts } = lossParts(loss);
  const network = (style === 'class' ? classNetwork(CASES, MATRICES) : NETWORK)
    .replace(/^( *)LOSS_LINES/m, (_, by: string) => indented(lines, by.length))
    .replace(/^( *)START/m, (_, by: string) => starts.map((line) => `${by} *    ${line}\n`).join('') + by);
  return [
    { path: file, text: filled(network) },
    { path: `my-mlp.test.${extension}`, text: filled(TEST) },
    { path: '.github/workflows/backproof.yml', text: filled(WORKFLOW) },
  ];
}

/** The text without its marks; without what they enclose, for JavaScript. */
export function inLanguage(text: string, language: Language): string {
  if (language === 'typescript') return text.replace(/[‹›]/g, '').replace(/^\n(?=type Matrix)/m, '\n');
  return text.replace(/‹[^›]*›\n?(?=\n)|‹[^›]*›/g, '');
}

// A user's network that only trains: it changes its parameters in place and has no gradients to
// return. Written for the tests, with the mistakes that such programs have.
import type { CandidateStep, CandidateStepModule, CandidateStepped } from '../../src/candidates/candidate.ts';

type Rows = number[][];
interface Layer {
  weights: Rows; // (inputs, units)
  bias: number[];
}

/** What is done wrong; 'none' is right. */
export const STEP_MISTAKES = [
  'none',
  'derivative-missing',
  'updated-before-used',
  'updated-before-used, derivative-missing',
  'made-twice',
  'made-twice-anew',
  'sign',
  'own-parameters',
  'own-parameters-returned',
  'copy-not-returned',
  'after-each-example',
  'own-rate',
  'biases-not-updated',
  'first-layer-not-updated',
  'previous-gradient',
  'loss-afterwards',
  'sum-over-batch',
] as const;
export type StepMistake = (typeof STEP_MISTAKES)[number];

/** tanh in the hidden layers; softmax with cross-entropy as the output. */
function passes(layers: readonly Layer[], inputs: Rows): Rows[] {
  const all = [inputs];
  layers.forEach(({ weights, bias }, l) => {
    const z = all[l].map((x) => bias.map((b, o) => x.reduce((sum, value, i) => sum + value * weights[i][o], b)));
    all.push(l === layers.length - 1 ? z.map(softmax) : z.map((row) => row.map(Math.tanh)));
  });
  return all;
}

function softmax(scores: number[]): number[] {
  const e = scores.map((z) => Math.exp(z - Math.max(...scores)));
  return e.map((value) => value / e.reduce((sum, x) => sum + x, 0));
}

function lossOf(layers: readonly Layer[], inputs: Rows, targets: Rows): number {
  const p = passes(layers, inputs)[layers.length];
  return -p.reduce((sum, row, b) => sum + row.reduce((s, y, k) => s + targets[b][k] * Math.log(y), 0), 0) / p.length;
}

/** From the output to the first layer: `use` gets the gradients of a layer once they are known. */
function backward(
  layers: readonly Layer[],
  inputs: Rows,
  targets: Rows,
  mistake: StepMistake,
  use: (l: number, dW: Rows, db: number[]) => void,
): void {
  const a = passes(layers, inputs);
  const share = mistake === 'sum-over-batch' ? 1 : 1 / inputs.length;
  let dz = a[layers.length].map((row, b) => row.map((y, k) => share * (y - targets[b][k])));
  for (let l = layers.length - 1; l >= 0; l--) {
    const own = dz;
    const dW = a[l][0].map((_, i) =>
      own[0].map((_unit, o) => own.reduce((sum, row, b) => sum + a[l][b][i] * row[o], 0)),
    );
    const db = own[0].map((_, o) => own.reduce((sum, row) => sum + row[o], 0));
    const early = mistake.startsWith('updated-before-used');
    if (early) use(l, dW, db);
    const { weights } = layers[l];
    dz = own.map((row, b) =>
      weights.map((to, i) => {
        const back = row.reduce((sum, value, o) => sum + value * to[o], 0);
        return mistake.endsWith('derivative-missing') ? back : back * (1 - a[l][b][i] ** 2);
      }),
    );
    if (!early) use(l, dW, db);
  }
}

/** One optimizer with its moments, for any number. */
interface Moments {
  m: number;
  v: number;
}

export interface StepOptions {
  readonly adam?: 'right' | 'no correction' | 'forgets';
  readonly hasLoss?: boolean;
  /** Parameters and gradients are kept in single precision. */
  readonly single?: boolean;
}

/** A module that trains with sgd, momentum or adam; `adam` may be done wrong. */
export function stepsOf(
  mistake: StepMistake = 'none',
  { adam = 'right', hasLoss = true, single = false }: StepOptions = {},
): CandidateStepModule {
  let own: Layer[] | null = null;
  let before: { dW: Rows; db: number[] }[] | null = null;
  return {
    trainStep({ optimizer, parameters, batch, step, state }: CandidateStep): CandidateStepped | number {
      const { inputs, targets } = batch;
      let layers: Layer[] = parameters;
      if (mistake.startsWith('own-parameters')) layers = own ??= parameters;
      if (mistake === 'copy-not-returned') layers = structuredClone(parameters);
      const loss = lossOf(layers, inputs, targets);
      const lr = mistake === 'own-rate' ? 0.1 : optimizer.learningRate;
      const kept = single ? Math.fround : (x: number): number => x;
      const moments = new Map<string, Moments>(
        adam === 'forgets' ? [] : ((state as [string, Moments][] | undefined) ?? []),
      );
      const move = (name: string, g: number): number => {
        if (optimizer.id === 'sgd') return mistake === 'sign' ? lr * g : -lr * g;
        const { m: m0, v: v0 } = moments.get(name) ?? { m: 0, v: 0 };
        if (optimizer.id === 'momentum') {
          moments.set(name, { m: optimizer.momentum * m0 + g, v: 0 });
          return -lr * (optimizer.momentum * m0 + g);
        }
        if (optimizer.id !== 'adam') throw new Error(`no optimizer ${optimizer.id}`);
        const { beta1, beta2, epsilon } = optimizer;
        const m = beta1 * m0 + (1 - beta1) * g;
        const v = beta2 * v0 + (1 - beta2) * g * g;
        moments.set(name, { m, v });
        const t = adam === 'no correction' ? Infinity : step;
        return (-lr * (m / (1 - beta1 ** t))) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      };
      const update = (l: number, dW: Rows, db: number[]): void => {
        const { weights, bias } = layers[l];
        if (mistake === 'first-layer-not-updated' && l === 0) return;
        weights.forEach((row, i) =>
          row.forEach((_, o) => (row[o] = kept(row[o] + move(`W${l},${i},${o}`, kept(dW[i][o]))))),
        );
        if (mistake === 'biases-not-updated') return;
        bias.forEach((_, o) => (bias[o] = kept(bias[o] + move(`b${l},${o}`, kept(db[o])))));
      };
      const all: { dW: Rows; db: number[] }[] = [];
      const keep = (l: number, dW: Rows, db: number[]): void => void (all[l] = { dW, db });
      const updateAll = (gradients: typeof all): void => gradients.forEach(({ dW, db }, l) => update(l, dW, db));
      if (mistake.startsWith('updated-before-used')) backward(layers, inputs, targets, mistake, update);
      else if (mistake === 'after-each-example')
        inputs.forEach((x, b) => {
          backward(layers, [x], [targets[b]], mistake, keep);
          updateAll(all);
        });
      else {
        backward(layers, inputs, targets, mistake, keep);
        updateAll(mistake === 'previous-gradient' ? (before ?? all) : all);
        before = all;
        if (mistake === 'made-twice') updateAll(all);
        if (mistake === 'made-twice-anew') {
          backward(layers, inputs, targets, mistake, keep);
          updateAll(all);
        }
      }
      const said = mistake === 'loss-afterwards' ? lossOf(layers, inputs, targets) : loss;
      if (mistake === 'own-parameters-returned') return { loss: said, parameters: layers };
      if (optimizer.id === 'sgd') return hasLoss ? said : {};
      return { ...(hasLoss && { loss: said }), state: [...moments] };
    },
  };
}

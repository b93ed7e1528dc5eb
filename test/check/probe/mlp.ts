// A hand-written network in plain loops, tanh and softmax with cross-entropy, as an engine whose
// steps tests replace by mistaken ones. It shares no code with what is tested.
import type { Engine, LossAndGradients } from '../../../src/engines/engine.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { toRows } from '../../../src/numeric/matrix.ts';
import { network } from '../../fixtures.ts';

export const SPEC: NetworkSpec = network(4, [5], 'tanh', 3, 'softmax', 'cross-entropy');

export type Rows = number[][];

/** The network's numbers: W1 (I, H), b1 (H), W2 (H, K), b2 (K). */
export interface Weights {
  W1: Rows;
  b1: number[];
  W2: Rows;
  b2: number[];
}

export type Answer = Weights & { loss: number };

/** A candidate: weights, inputs (B, I) and targets (B, K) in, loss and gradients out. */
export interface Candidate {
  gradients: (weights: Weights, x: Rows, t: Rows) => Answer;
  predict?: (weights: Weights, x: Rows) => Rows;
  update?: (weights: Weights, gradients: Weights, step: number) => Weights;
}

export const affine = (x: Rows, W: Rows, b: number[]): Rows =>
  x.map((row) => b.map((bias, o) => row.reduce((sum, value, i) => sum + value * W[i][o], bias)));
export const product = (x: Rows, dz: Rows): Rows =>
  x[0].map((_, i) => dz[0].map((_, o) => x.reduce((sum, row, b) => sum + row[i] * dz[b][o], 0)));
export const sums = (dz: Rows): number[] => dz[0].map((_, o) => dz.reduce((sum, row) => sum + row[o], 0));
export const back = (dz: Rows, W: Rows): Rows =>
  dz.map((row) => W.map((w) => row.reduce((sum, value, o) => sum + value * w[o], 0)));
export const each = (m: Rows, f: (value: number, r: number, c: number) => number): Rows =>
  m.map((row, r) => row.map((value, c) => f(value, r, c)));
export const softmax = (z: Rows): Rows =>
  z.map((row) => {
    const e = row.map((value) => Math.exp(value));
    return e.map((value) => value / e.reduce((a, b) => a + b, 0));
  });

/** Steps of a batch that a test may replace. */
export interface Steps {
  enter?: (x: Rows) => Rows;
  scores?: (z1: Rows) => Rows;
  hidden?: (a1: Rows) => Rows;
  outputs?: (z2: Rows) => Rows;
  targets?: (t: Rows) => Rows;
  /** dz2 before it is used; the right one is (p - t) / B. */
  start?: (dz2: Rows) => Rows;
  returned?: (da1: Rows) => Rows;
  dz1?: (dz1: Rows) => Rows;
  /** What dW2 = a1ᵀ dz2 and the derivative use. */
  kept?: (a1: Rows) => Rows;
  keptInputs?: (x: Rows) => Rows;
  slope?: (a1: Rows) => Rows;
  back?: (W2: Rows) => Rows;
  forward?: (weights: Weights) => Weights;
  db?: (dz: Rows) => number[];
  dW?: (x: Rows, dz: Rows) => Rows;
}

export function computed(weights: Weights, x0: Rows, t0: Rows, s: Steps = {}): Answer {
  const B = x0.length;
  const w = s.forward?.(weights) ?? weights;
  const x = s.enter?.(x0) ?? x0;
  const t = s.targets?.(t0) ?? t0;
  const raw = affine(x, w.W1, w.b1);
  const z1 = s.scores?.(raw) ?? raw;
  const right = each(z1, Math.tanh);
  const a1 = s.hidden?.(right) ?? right;
  const z2 = affine(a1, w.W2, w.b2);
  const p = (s.outputs ?? softmax)(z2);
  let loss = 0;
  p.forEach((row, r) => row.forEach((value, k) => (loss -= (t[r][k] * Math.log(value)) / B)));
  const asIs = each(p, (value, r, k) => (value - t[r][k]) / B);
  const dz2 = s.start?.(asIs) ?? asIs;
  const kept = s.kept?.(a1) ?? a1;
  const slope = s.slope?.(a1) ?? a1;
  const da1 = back(dz2, s.back?.(w.W2) ?? w.W2);
  const hidden = each(s.returned?.(da1) ?? da1, (value, r, j) => value * (1 - slope[r][j] * slope[r][j]));
  const dz1 = s.dz1?.(hidden) ?? hidden;
  const [dW, db] = [s.dW ?? product, s.db ?? sums];
  const inputs = s.keptInputs?.(x) ?? x;
  return { loss, W1: dW(inputs, dz1), b1: db(dz1), W2: dW(kept, dz2), b2: db(dz2) };
}

export function predicted(w: Weights, x: Rows): Rows {
  return softmax(affine(each(affine(x, w.W1, w.b1), Math.tanh), w.W2, w.b2));
}

/** The candidate as an engine in binary64. */
export function engineOf(candidate: Candidate): Engine {
  let weights: Weights = { W1: [], b1: [], W2: [], b2: [] };
  let loaded: Parameters = [];
  let step = 0;
  const set = (parameters: Parameters): void => {
    const all = parameters.map(({ shape, values }) => toRows({ rows: shape[0], cols: shape[1] ?? 1, data: values }));
    loaded = parameters;
    weights = { W1: all[0], b1: all[1].flat(), W2: all[2], b2: all[3].flat() };
  };
  const asParameters = (w: Weights): Parameters =>
    [w.W1.flat(), w.b1, w.W2.flat(), w.b2].map((values, n) => ({ ...loaded[n], values: Float64Array.from(values) }));
  const answer = (inputs: Rows, targets: Rows): LossAndGradients => {
    const { loss, ...gradients } = candidate.gradients(weights, inputs, targets);
    return { loss, gradients: asParameters(gradients) };
  };
  return {
    id: 'external',
    dtype: 'f64',
    label: 'candidate',
    backend: null,
    versions: {},
    load: async (parameters) => {
      set(parameters);
      step = 0;
    },
    lossAndGradients: async ({ inputs, targets }) => answer(toRows(inputs), toRows(targets)),
    applyGradients: async (gradients) => {
      const rows = gradients.map(({ shape, values }) => toRows({ rows: shape[0], cols: shape[1] ?? 1, data: values }));
      const g = { W1: rows[0], b1: rows[1].flat(), W2: rows[2], b2: rows[3].flat() };
      step++;
      set(asParameters((candidate.update ?? sgd)(weights, g, step)));
    },
    trainStep: async ({ inputs, targets }) => answer(toRows(inputs), toRows(targets)).loss,
    predict: async (inputs) => {
      const rows = (candidate.predict ?? predicted)(weights, toRows(inputs));
      return { rows: rows.length, cols: rows[0].length, data: Float64Array.from(rows.flat()) };
    },
    parameters: async () => asParameters(weights),
    dispose: async () => {},
  };
}

function sgd(w: Weights, g: Weights): Weights {
  return {
    W1: each(w.W1, (value, r, c) => value - 0.1 * g.W1[r][c]),
    b1: w.b1.map((value, o) => value - 0.1 * g.b1[o]),
    W2: each(w.W2, (value, r, c) => value - 0.1 * g.W2[r][c]),
    b2: w.b2.map((value, o) => value - 0.1 * g.b2[o]),
  };
}

/** The steps as a candidate without state. */
export function stepping(steps: Steps): Candidate {
  return { gradients: (w, x, t) => computed(w, x, t, steps) };
}

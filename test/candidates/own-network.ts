// A user's network in plain nested arrays, written for the tests: right under any conventions that
// it is told to follow.
import type { CandidateModule, CandidateProblem } from '../../src/candidates/candidate.ts';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import type { Conventions, DeclaredConventions } from '../../src/candidates/conventions/conventions.ts';

export type Rows = number[][];
export const transposed = (m: Rows): Rows => m[0].map((_, c) => m.map((row) => row[c]));
export const times = (a: Rows, b: Rows): Rows =>
  a.map((row) => b[0].map((_, c) => row.reduce((sum, value, n) => sum + value * b[n][c], 0)));

interface Layer {
  W: Rows; // (inputs, units)
  b: number[];
}

/** tanh in the hidden layers; softmax with cross-entropy or linear with mse as the output. */
function forward(layers: Layer[], inputs: Rows, top: string): Rows[] {
  const all = [inputs];
  layers.forEach(({ W, b }, l) => {
    const z = times(all[l], W).map((row) => row.map((value, o) => value + b[o]));
    const last = l === layers.length - 1;
    all.push(last ? (top === 'softmax' ? z.map(softmax) : z) : z.map((row) => row.map(Math.tanh)));
  });
  return all;
}

function softmax(scores: number[]): number[] {
  const e = scores.map((z) => Math.exp(z - Math.max(...scores)));
  return e.map((value) => value / e.reduce((sum, x) => sum + x, 0));
}

/** Reads its arguments and returns its answer by these conventions. */
export function ownNetwork(follows: DeclaredConventions): CandidateModule['default'] {
  const inColumns = /-column$/.test(follows.biases ?? '') ? { weights: 'units-inputs' as const } : {};
  const by: Conventions = { ...DEFAULT_CONVENTIONS, ...inColumns, ...follows };
  const inside = by.biases.includes('-');
  return (given: CandidateProblem) => {
    const { network } = given;
    const layers = given.parameters.map(({ weights, bias }, l): Layer => {
      const { units } = network.layers[l];
      const inputs = l === 0 ? network.inputs : network.layers[l - 1].units;
      const rows = inputs + (inside ? 1 : 0);
      const given = matrix(weights, by.weights === 'inputs-units' ? [rows, units] : [units, rows]);
      const all = by.weights === 'inputs-units' ? given : transposed(given);
      if (inside) {
        const [b] = all.splice(by.biases.startsWith('last') ? inputs : 0, 1);
        return { W: all, b };
      }
      const b =
        by.biases === 'none'
          ? new Array<number>(units).fill(0)
          : Array.from(bias as ArrayLike<number | number[]>).flat();
      return { W: all, b };
    });
    const K = layers[layers.length - 1].b.length;
    const x = examples(given.inputs, network.inputs, by);
    const t =
      by.targets === 'classes'
        ? classes(given.targets).map((k) => Array.from({ length: K }, (_, c) => (c === k ? 1 : 0)))
        : examples(given.targets, K, by);
    return answer(layers, x, t, network.layers[network.layers.length - 1].activation, by);
  };
}

/** Throws if the argument has another shape, as users' code does. */
function matrix(given: unknown, [rows, cols]: readonly [number, number]): Rows {
  if (given instanceof Float64Array)
    return Array.from({ length: rows }, (_, r) => Array.from(given.subarray(r * cols, (r + 1) * cols)));
  return Array.from({ length: rows }, (_, r) => Array.from({ length: cols }, (_, c) => (given as Rows)[r][c]));
}

function examples(given: unknown, width: number, by: Conventions): Rows {
  if (by.examples === 'one') return [Array.from(given as number[])];
  const count = (given as { length: number }).length;
  if (by.examples === 'rows') return matrix(given, [by.arrays === 'typed' ? count / width : count, width]);
  return transposed(matrix(given, [width, by.arrays === 'typed' ? count / width : (given as Rows)[0].length]));
}

function classes(given: unknown): number[] {
  return typeof given === 'number' ? [given] : Array.from(given as ArrayLike<number>);
}

function answer(layers: Layer[], x: Rows, t: Rows, top: string, by: Conventions) {
  const [B, K] = [x.length, t[0].length];
  const a = forward(layers, x, top);
  const p = a[layers.length];
  const square = { mean: 1 / K, sum: 1, 'half-sum': 1 / 2 }[by.squaredError];
  let loss = 0;
  p.forEach((row, r) =>
    row.forEach((y, k) => (loss += top === 'softmax' ? -t[r][k] * Math.log(y) : square * (y - t[r][k]) ** 2)),
  );
  const share = by.gradients === 'sum' ? 1 : 1 / B;
  let dz = p.map((row, r) => row.map((y, k) => share * (top === 'softmax' ? 1 : 2 * square) * (y - t[r][k])));
  const gradients: { weights: Rows; bias?: number[] | Rows }[] = [];
  for (let l = layers.length - 1; l >= 0; l--) {
    const dW = times(transposed(a[l]), dz);
    const db = dz[0].map((_, o) => dz.reduce((sum, row) => sum + row[o], 0));
    if (by.biases.includes('-')) dW.splice(by.biases.startsWith('last') ? dW.length : 0, 0, db);
    const forms: Record<string, number[] | Rows> = { flat: db, row: [db], column: db.map((value) => [value]) };
    const bias = by.biases in forms ? forms[by.biases] : undefined;
    gradients[l] = {
      weights: by.weights === 'inputs-units' ? dW : transposed(dW),
      ...(bias !== undefined && { bias }),
    };
    dz = times(dz, transposed(layers[l].W)).map((row, r) => row.map((value, o) => value * (1 - a[l][r][o] ** 2)));
  }
  return { loss: by.loss === 'sum' ? loss : loss / B, gradients };
}

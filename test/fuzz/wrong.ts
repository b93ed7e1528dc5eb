// Ten networks, right but for one mistake that shows for some shapes alone, each with the smallest
// shape that shows it, worked out by hand.
import type { CandidateAnswer, CandidateProblem } from '../../src/candidates/candidate.ts';
import { by, spoilt } from '../matchers/implementations.ts';
import type { Layer, Spoil } from '../matchers/implementations.ts';

type Implementation = (problem: CandidateProblem) => CandidateAnswer;

/** Inputs, the units of each layer, and examples. */
export interface Shape {
  readonly inputs: number;
  readonly units: readonly number[];
  readonly examples: number;
}

export interface Wrong {
  readonly candidate: Implementation;
  readonly smallest: Shape;
}

const LOSSES = ['mse', 'cross-entropy'];

/** Refuses what it does not compute, as a user's network should. */
function careful(make: (problem: CandidateProblem) => Spoil): Implementation {
  return function mine(problem) {
    const { layers, loss } = problem.network;
    if (!LOSSES.includes(loss)) throw new Error(`loss ${loss} is not implemented`);
    const alien = layers.find(({ kind }) => kind !== undefined);
    if (alien !== undefined) throw new Error(`layer ${alien.kind} is not implemented`);
    return spoilt(make(problem))(problem);
  };
}

/** The same without a mistake. */
export const right = careful(() => ({}));

const { times, transposed, sums } = by;
const dWof = (x: number[][], dz: number[][]): number[][] => times(transposed(x), dz);
const zeroed = <T>(all: readonly T[], wrong: (i: number) => boolean, zero: T): T[] =>
  all.map((one, i) => (wrong(i) ? zero : one));

export const WRONG: Readonly<Record<string, Wrong>> = {
  // 2 inputs and 2 units: of 1 x 1 the transpose is the same
  'transposed if square': {
    candidate: careful(() => ({
      dW: (x, dz) => (x[0].length === dz[0].length ? transposed(dWof(x, dz)) : dWof(x, dz)),
    })),
    smallest: { inputs: 2, units: [2], examples: 1 },
  },
  'last unit skipped if odd': {
    candidate: careful(() => ({
      db: (dz) => zeroed(sums(dz), (o) => dz[0].length % 2 === 1 && o === dz[0].length - 1, 0),
    })),
    smallest: { inputs: 1, units: [1], examples: 1 },
  },
  'batch of one': {
    candidate: careful(() => ({ db: (dz) => (dz.length === 1 ? dz[0].map(() => 0) : sums(dz)) })),
    smallest: { inputs: 1, units: [1], examples: 1 },
  },
  'one class': {
    candidate: careful(() => ({
      start: (dz) => (dz[0].length === 1 ? dz.map(([d]) => [d / 2]) : dz),
    })),
    smallest: { inputs: 1, units: [1], examples: 1 },
  },
  // the gradient of a layer that is wider than the next
  'wide before narrow': {
    candidate: careful(() => ({
      dx: (dz, W) => {
        const dx = times(dz, transposed(W));
        return W.length > dz[0].length ? dx.map((row) => zeroed(row, (i) => i >= dz[0].length, 0)) : dx;
      },
    })),
    smallest: { inputs: 1, units: [2, 1], examples: 1 },
  },
  'three layers': {
    candidate: careful(({ network: { layers } }) => ({
      all: (gradients: Layer[]) =>
        gradients.map((one, l) =>
          layers.length === 3 && l === 0 ? { ...one, weights: one.weights.map((row) => row.map((g) => 2 * g)) } : one,
        ),
    })),
    smallest: { inputs: 1, units: [1, 1, 1], examples: 1 },
  },
  'more examples than units': {
    candidate: careful(() => ({ db: (dz) => (dz.length > dz[0].length ? sums(dz.slice(0, dz[0].length)) : sums(dz)) })),
    smallest: { inputs: 1, units: [1], examples: 2 },
  },
  // x is square, so that xᵀ may be forgotten
  'as many examples as inputs': {
    candidate: careful(() => ({
      dW: (x, dz) => (x.length === x[0].length ? times(x, dz) : dWof(x, dz)),
    })),
    smallest: { inputs: 2, units: [1], examples: 2 },
  },
  'last example lost of three, five ...': {
    candidate: careful(() => ({
      dW: (x, dz) => (x.length > 1 && x.length % 2 === 1 ? dWof(x.slice(0, -1), dz.slice(0, -1)) : dWof(x, dz)),
    })),
    smallest: { inputs: 1, units: [1], examples: 3 },
  },
  // four units at a time; what is left over beside them is not written
  'rest beside four units': {
    candidate: careful(() => ({
      dW: (x, dz) => {
        const units = dz[0].length;
        return dWof(x, dz).map((row) => zeroed(row, (o) => units > 4 && o >= units - (units % 4), 0));
      },
    })),
    smallest: { inputs: 1, units: [5], examples: 1 },
  },
};

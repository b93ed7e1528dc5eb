// Histories of gradients that show what an update is made of: every entry gets one of its own
// (impulses, constants, changes of sign, zeros, many scales), so that a few updates show them all.
import { copyParameters, isAlwaysZero, namedTensors, zeroParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { power } from '../../../numeric/elementary.ts';
import { dot } from '../../../numeric/norms.ts';
import type { RateFactor } from '../../../ops/optimizers/at-step.ts';
import { createRng } from '../../../numeric/rng.ts';
import type { Rng } from '../../../numeric/rng.ts';
import { normsOf } from './norms.ts';
import type { Norms } from './norms.ts';

/** Parameters to start from, and the gradients of each update, rounded to binary32. */
export interface History {
  readonly start: Parameters;
  readonly gradients: readonly Parameters[];
}

/** The gradient of one entry at each step, from 0. */
type Course = (step: number) => number;

const SCALES = [1, 0.1, 1e-2, 10, 1e-3, 1e-4, 1e-6];
/** At some steps all gradients are small: then norms are too. */
const STEP_SCALES = [1, 1, 1, 1e-3, 1, 1, 0.1, 1, 1e-3, 1];

/** Weights of many sizes: at 0, a step is seen with all its digits; far from it, decay is. */
function weight(rng: Rng, at: number): number {
  const [kind, value] = [at % 3, rng.normal()];
  return kind === 0 ? 0 : kind === 1 ? 0.01 * value : value;
}

function courseOf(rng: Rng, at: number): Course {
  const scale = SCALES[rng.below(SCALES.length)] * (0.5 + rng.uniform()) * (rng.uniform() < 0.5 ? -1 : 1);
  const when = 1 + rng.below(3);
  const anySize: Course = () => rng.normal() * power(10, -rng.below(5));
  switch (at % 9) {
    case 0:
      return anySize;
    case 1:
      return (step) => (step === 0 ? scale : 0);
    case 2:
      return () => scale;
    case 3:
      return (step) => (step % 2 === 0 ? scale : -0.7 * scale);
    case 4:
      return () => scale * rng.normal();
    case 5:
      return () => 0;
    case 6:
      return (step) => (step < when ? 0 : scale);
    case 7:
      return (step) => scale * power(2, -step);
    default:
      return (step) => (step === when ? scale : 0);
  }
}

/** A history of `steps` updates; another seed is a fresh one. */
export function historyOf(network: NetworkSpec, steps: number, seed: number): History {
  const rng = createRng(seed, 'update histories');
  const start = zeroParameters(network, 'f32');
  const gradients = Array.from({ length: steps }, () => zeroParameters(network, 'f32'));
  for (const [t, tensor] of namedTensors(start).entries()) {
    if (isAlwaysZero(network, tensor)) continue;
    const { values } = tensor;
    const shift = t % 2 === 0 ? 0 : 4; // single numbers move at every step
    for (let i = 0; i < values.length; i++) {
      values[i] = weight(rng, i + t);
      const course = courseOf(rng, values.length < 4 ? (i + shift) % 5 : i + (seed % 9));
      for (let k = 0; k < steps; k++) gradients[k][t].values[i] = course(k) * STEP_SCALES[k % STEP_SCALES.length];
    }
  }
  return { start, gradients };
}

/** Numbers of an entry, or of all entries of one step. */
export interface Cells {
  /** The tensor of each cell, from 0. */
  readonly tensor: Int32Array;
  /** Its flat index in that tensor. */
  readonly at: Int32Array;
  /** Its own number: 0, 1, 2 ... */
  readonly own: Int32Array;
  /** How many there are of each tensor, from 0. */
  readonly count: Int32Array;
}

/** What one history showed of some entries: the cells. All arrays are [step][cell]. */
export interface Observed {
  readonly cells: Cells;
  readonly tensors: readonly {
    readonly name: string;
    readonly layer: number;
    readonly role: string;
    readonly size: number;
    /** Numbers of one row: all of a bias. */
    readonly cols: number;
  }[];
  readonly g: readonly Float64Array[];
  /** The weight before each step, as the engine itself answered it. */
  readonly before: readonly Float64Array[];
  readonly after: readonly Float64Array[];
  /** The declared factor of the learning rate at each step. */
  readonly rates: readonly number[];
  /** Norms and mean square of each tensor's gradient: [step][tensor]. */
  readonly norms: readonly (readonly Norms[])[];
  readonly meanSquares: readonly (readonly number[])[];
  /** The mean g² of each cell's row. */
  readonly rowMeans: readonly Float64Array[];
}

/** Entries that are looked at, all tensors together, about. */
const CELLS = 240;

export function observedOf(
  { start, gradients }: History,
  found: readonly Parameters[],
  rateAt: RateFactor = () => 1,
): Observed {
  const tensors = namedTensors(start).map(({ name, layer, role, shape, values }) => ({
    name,
    layer,
    role,
    size: values.length,
    cols: shape[shape.length - 1],
  }));
  const each = Math.max(4, Math.floor(CELLS / tensors.length));
  const picked: [number, number][] = tensors.flatMap(({ size }, t) =>
    Array.from({ length: Math.min(size, each) }, (_, i): [number, number] => [t, i]),
  );
  const cells = cellsOf(picked, tensors.length);
  const valuesOf = (of: Parameters): Float64Array => Float64Array.from(picked, ([t, i]) => of[t].values[i]);
  const squares = gradients.map((g) => g.map(({ values }) => dot(values, values)));
  return {
    cells,
    tensors,
    g: gradients.map(valuesOf),
    before: [copyParameters(start, 'f64'), ...found.slice(0, -1)].map(valuesOf),
    after: found.map(valuesOf),
    rates: gradients.map((_, step) => rateAt(step)),
    norms: squares.map((all) => normsOf(all, tensors)),
    meanSquares: squares.map((all) => all.map((x, t) => x / tensors[t].size)),
    rowMeans: gradients.map((g) =>
      Float64Array.from(picked, ([t, i]) => {
        const { cols } = tensors[t];
        const row = g[t].values.subarray(i - (i % cols), i - (i % cols) + cols);
        return dot(row, row) / cols;
      }),
    ),
  };
}

function cellsOf(picked: readonly (readonly [tensor: number, at: number])[], tensors: number): Cells {
  const count = new Int32Array(tensors);
  for (const [t] of picked) count[t]++;
  return {
    count,
    tensor: Int32Array.from(picked, ([t]) => t),
    at: Int32Array.from(picked, ([, i]) => i),
    own: Int32Array.from(picked, (_, cell) => cell),
  };
}

/** What was observed of some cells alone; norms stay those of all entries. */
export function ofCells(observed: Observed, wanted: (cell: number) => boolean): Observed {
  const { cells, g, before, after, rowMeans } = observed;
  const kept = [...cells.own].filter(wanted);
  const pick = (all: readonly Float64Array[]): Float64Array[] =>
    all.map((row) => Float64Array.from(kept, (cell) => row[cell]));
  return {
    ...observed,
    cells: cellsOf(
      kept.map((cell) => [cells.tensor[cell], cells.at[cell]]),
      cells.count.length,
    ),
    g: pick(g),
    before: pick(before),
    after: pick(after),
    rowMeans: pick(rowMeans),
  };
}

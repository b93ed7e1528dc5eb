// The numbers of a smaller network: those of the larger one where they still have a place, others
// drawn.
import { DataError } from '../../errors.ts';
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import { drawMasks, mapBatch } from '../../network/masks.ts';
import { zeroParameters } from '../../network/parameters.ts';
import type { ParameterTensor, Parameters } from '../../network/parameters.ts';
import { outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { createRng } from '../../numeric/rng.ts';
import { randomParameters } from '../../selftest/random-problem.ts';
import { drawBatch } from '../draw.ts';
import type { Problem } from '../draw.ts';

interface Kept {
  readonly origin: readonly number[];
  readonly B: number;
  readonly from: number;
  readonly classes: boolean;
}

/**
 * A network with the numbers of an earlier one.
 * @param origin for each of its layers, from 0, the layer of the earlier network that it was
 * @param B examples
 * @param from the first example that is kept
 * @param classes whether every target must be a class
 */
export function withNumbersOf(before: Problem, network: NetworkSpec, { origin, B, from, classes }: Kept): Problem {
  const rng = createRng(1, 'fuzz: smaller');
  const drawn = randomParameters(network, rng, 1);
  const start = drawn.map((tensor): ParameterTensor => {
    const old = before.start.find(
      ({ layer, role, shape }) =>
        layer === origin[tensor.layer - 1] + 1 && role === tensor.role && shape.length === tensor.shape.length,
    );
    return old === undefined ? tensor : { ...tensor, values: blockOf(old, tensor) };
  });
  return {
    ...before,
    network,
    start: single(network, start),
    batch: batchOf(examplesFrom(before.batch, from), network, B, classes),
  };
}

/** The tensors in binary32, in the form of the network's own. */
function single(network: NetworkSpec, tensors: Parameters): Parameters {
  const own = zeroParameters(network, 'f32');
  own.forEach(({ values }, t) => {
    values.set(tensors[t].values);
  });
  return own;
}

/** The entries of `old` whose indices are also of `now`, which has the others. */
function blockOf(old: ParameterTensor, now: ParameterTensor): Float32Array {
  const values = Float32Array.from(now.values);
  const index = new Array<number>(now.shape.length).fill(0);
  for (let i = 0; i < values.length; i++) {
    let at = 0;
    let isThere = true;
    index.forEach((n, d) => {
      at = at * old.shape[d] + n;
      isThere &&= n < old.shape[d];
    });
    if (isThere) values[i] = old.values[at];
    for (let d = index.length - 1; d >= 0 && ++index[d] === now.shape[d]; d--) index[d] = 0;
  }
  return values;
}

function examplesFrom(batch: Batch, from: number): Batch {
  return from === 0
    ? batch
    : mapBatch(batch, ({ rows, cols, data }) => ({ rows: rows - from, cols, data: data.slice(from * cols) }));
}

function batchOf(before: Batch, network: NetworkSpec, B: number, classes: boolean): Batch {
  const rng = createRng(1, 'fuzz: smaller batch');
  const drawn = drawBatch(network, B, rng, 1, classes);
  const inputs = over(before.inputs, drawn.inputs);
  const batch = { inputs, targets: targetsOf(before.targets, B, outputs(network)), ...drawMasks(network, B, rng) };
  return fits(network, batch) ? batch : { ...batch, targets: drawn.targets };
}

/** The entries of `old` that have a place in `now`. */
function over(old: Matrix, now: Matrix): Matrix {
  const out = zeros('f32', now.rows, now.cols);
  for (let r = 0; r < now.rows; r++)
    for (let c = 0; c < now.cols; c++)
      out.data[r * now.cols + c] =
        r < old.rows && c < old.cols ? old.data[r * old.cols + c] : now.data[r * now.cols + c];
  return out;
}

/** The first columns; the last has the sum of those that are left out: rows keep their sum. */
function targetsOf(old: Matrix, B: number, K: number): Matrix {
  const out = zeros('f32', B, K);
  for (let r = 0; r < B; r++)
    for (let k = 0; k < old.cols; k++) out.data[r * K + Math.min(k, K - 1)] += old.data[(r % old.rows) * old.cols + k];
  return out;
}

/** Whether the targets are possible for the loss. */
export function fits(network: NetworkSpec, batch: Batch): boolean {
  try {
    checkBatch(network, batch);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

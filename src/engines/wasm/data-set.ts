// A data set of bytes in the kernels' memory: only its non-zero entries if they are few, otherwise
// all of it.
import type { Batches } from '../../data/batches.ts';
import { scaleInto } from '../../data/scaling.ts';
import { DataError } from '../../errors.ts';
import { outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { FIELD } from './plan.ts';
import type { Layout } from './plan.ts';
import type { Instance } from './kernels.ts';

/**
 * The share of non-zero inputs up to which lists of them are faster than dense products, as
 * measured by the density sweep of `npm run bench`.
 */
export const SPARSE_UP_TO = 0.4;

/** How many examples are packed before the share of non-zero inputs is checked again. */
const CHUNK = 256;
const SLACK = 4 * CHUNK;

export interface DataSet {
  readonly sparse: boolean;
  /** Splits the inputs among T threads so that each has about the same work; T + 1 numbers. */
  bounds(T: number): Uint32Array;
}

/**
 * Rejects a data set that does not fit the network, as checkBatch rejects a batch.
 * @throws DataError that says what was expected and found
 */
export function checkDataSet(network: NetworkSpec, { examples, classes }: Batches): void {
  const { count, width, values, labels } = examples;
  const [D, K] = [network.inputs, outputs(network)];
  if (width !== D || values.length < count * width) {
    throw new DataError(`batch inputs: expected (B, ${D}), got (B, ${width}) of ${values.length} numbers`);
  }
  if (classes !== K) throw new DataError(`batch targets: expected (B, ${K}), got (B, ${classes})`);
  const at = labels.subarray(0, count).findIndex((label) => label >= classes);
  if (at >= 0)
    throw new DataError(
      `label ${labels[at]} at position ${at}: expected a label below ${classes}, the number of classes`,
    );
}

/**
 * The most bytes that a data set can take: labels, and for each example the start of its entries,
 * and its entries or all of its bytes.
 */
export function dataSetBytes({ count, width }: Batches['examples']): number {
  return 64 * 4 + count * 5 + Math.ceil((4 * SPARSE_UP_TO * count + SLACK) * width);
}

/**
 * Copies all examples to the end of the used memory, each number as an index into a table of 256
 * scaled values.
 * @param sparse false: stores every example in full, whatever it holds
 */
export function loadDataSet(instance: Instance, layout: Layout, batches: Batches, sparse?: boolean): DataSet {
  const { memory } = instance;
  const { examples, scaling } = batches;
  const table = new Float32Array(memory.buffer, layout.table, 256);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  scaleInto(table, 0, bytes, 0, 256, scaling);
  const labels = align(layout.end);
  const end = align(labels + examples.count);
  new Uint8Array(memory.buffer).set(examples.labels.subarray(0, examples.count), labels);
  const words = (): Uint32Array => new Uint32Array(memory.buffer, layout.plan);
  words()[FIELD.labels] = labels;
  const density = table[0] === 0 && sparse !== false ? enterSparse(instance, layout, batches, end) : null;
  if (density !== null) return { sparse: true, bounds: (T) => evenly(density, T) };
  new Uint8Array(memory.buffer).set(examples.values, end);
  words()[FIELD.data] = end;
  return { sparse: false, bounds: (T) => evenly(new Uint32Array(examples.width).fill(1), T) };
}

/** @returns how often each input is not 0 (in a sample), or null if too many are */
function enterSparse(
  { kernels, memory }: Instance,
  layout: Layout,
  { examples }: Batches,
  at: number,
): Uint32Array | null {
  const { count, width: I } = examples;
  const values = examples.values as Uint8Array;
  const first = align(at + (count + 1) * 4);
  const most = SPARSE_UP_TO * count * I * 4;
  // the staged batch of numbers has room for four times as many bytes
  const atOnce = Math.min(CHUNK, layout.capacity * 4);
  const starts = new Uint32Array(count + 1);
  let to = first;
  for (let from = 0; from < count; from += atOnce) {
    const n = Math.min(atOnce, count - from);
    new Uint8Array(memory.buffer).set(values.subarray(from * I, (from + n) * I), layout.stagedInputs);
    for (let e = 0; e < n; e++) {
      starts[from + e] = (to - first) / 4;
      to = kernels.packBytes(layout.stagedInputs + e * I, I, to) >>> 0; // an address, so unsigned
    }
    if (to - first > most) return null;
  }
  starts[count] = (to - first) / 4;
  new Uint32Array(memory.buffer).set(starts, at / 4);
  const fields = new Uint32Array(memory.buffer, layout.plan);
  [fields[FIELD.dataStarts], fields[FIELD.dataEntries]] = [at, first];
  const sample = new Uint32Array(memory.buffer, first, Math.min(starts[count], 200 * I));
  const density = new Uint32Array(I);
  for (const packed of sample) density[packed >>> 8]++;
  return density;
}

/** Splits a sequence of weights into T runs of about equal weight. */
export function evenly(weights: ArrayLike<number>, T: number): Uint32Array {
  const total = Array.from(weights).reduce((sum, w) => sum + w, 0);
  const bounds = new Uint32Array(T + 1).fill(weights.length);
  bounds[0] = 0;
  let [sum, t] = [0, 1];
  for (let i = 0; i < weights.length && t < T; i++) {
    sum += weights[i];
    while (t < T && sum * T >= total * t) bounds[t++] = i + 1;
  }
  return bounds;
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

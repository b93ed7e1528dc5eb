// Reads a folder with four IDX files (training and test, images and labels): MNIST, Fashion-MNIST,
// EMNIST ...
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import type { Dataset, Examples } from './dataset.ts';
import { MOST_BYTES, parseIdx } from './idx.ts';
import { readFile } from './files/read-file.ts';
import { adviceOn, whatIsFile } from './files/what-is.ts';

/** Known SHA-256 sums by file name. */
export type Checksums = Readonly<Record<string, { readonly sha256: string }>>;

interface Pair extends Examples {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Finds the files by their names: "train" or "t10k"/"test", and "images" or "labels"; .gz
 * may follow.
 * @throws DataError if a file is missing, damaged, or does not fit its partner.
 */
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

/** Joins images and labels into one set of examples. */
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
      `${labelName}: expected ${count} labels (one per image of ${imageName}), got ${labels.shape[0]}`,
      'the two files do not belong together',
    );
  }
  const wrong = labels.data.findIndex((label) => label >= classes);
  if (wrong >= 0) {
    const [smallest, largest] = labels.data.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [255, 0]);
    const fromOne = smallest === 1 && largest === classes ? ', and count from 1 (as in EMNIST letters)' : '';
    throw new DataError(
      `${labelName}: label ${labels.data[wrong]} at position ${wrong}; labels of ${classes} classes are 0 to ${classes - 1}`,
      `its labels go from ${smallest} to ${largest}${fromOne}: if they are right, give --classes ${largest + 1}`,
    );
  }
  return { count, width: rows * cols, rows, cols, values: images.data, labels: labels.data };
}

/** Names in a folder, sorted; those of folders end with a slash. */
function list(folder: string): string[] {
  try {
    const isFile = (name: string): boolean =>
      statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() ?? false;
    return readdirSync(folder)
      .sort()
      .map((name) => (isFile(name) ? name : `${name}/`));
  } catch (error) {
    const code = message(error);
    if (code === 'ENOTDIR') {
      const what = whatIsFile(folder);
      throw new DataError(`${folder}: expected a folder with four IDX files, got ${what}`, `--data takes a folder; ${adviceOn(what)}`); // prettier-ignore
    }
    throw new DataError(`${folder}: cannot be read (${code})`, '--data takes a folder with four IDX files');
  }
}

type Part = 'train' | 'test';
type Kind = 'images' | 'labels';

function findFile(files: readonly string[], folder: string, part: Part, kind: Kind): string {
  const isPart = part === 'train' ? /\btrain|[-_]train/i : /t10k|(\b|[-_])test/i;
  const alike = files.filter((file) => isPart.test(file) && file.toLowerCase().includes(kind));
  const found = alike.filter((file) => /idx\d?-ubyte(\.gz)?$/i.test(file));
  if (found.length === 1 || (found.length === 2 && found[1] === `${found[0]}.gz`)) return found[0];
  const expected = `${folder}: expected one ${part === 'train' ? 'train' : 't10k (or test)'}-${kind}-idx-ubyte file`;
  if (found.length > 1)
    throw new DataError(`${expected}, found ${found.length} (${found.join(', ')})`, 'keep the four files of one set in a folder of their own'); // prettier-ignore
  const [other] = [...alike, ...files.filter((file) => NOT_UNPACKED.test(file))];
  if (other === undefined) throw new DataError(`${expected}, found none`, FOUR_FILES);
  if (other.endsWith('/'))
    throw new DataError(`${expected}, found none; ${other.slice(0, -1)} is a folder`, 'move the file out of that folder'); // prettier-ignore
  const what = whatIsFile(join(folder, other));
  throw new DataError(`${expected}, found none; ${other} is ${what}`, adviceOn(what));
}

const FOUR_FILES =
  'a folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each with or without .gz';
const NOT_UNPACKED = /\.(zip|tar|tgz|tar\.gz|7z|rar|csv|parquet|mat|npz?)$/i;

function read(folder: string, file: string, checksums: Checksums): Uint8Array {
  const bytes = readFile(join(folder, file), MOST_BYTES);
  const expected = Object.hasOwn(checksums, file) ? checksums[file].sha256 : undefined;
  if (expected !== undefined) {
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== expected) {
      throw new DataError(
        `${join(folder, file)}: expected SHA-256 ${expected}, got ${found}`,
        'this is not the published file; install it again',
      );
    }
  }
  return bytes;
}

function message(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

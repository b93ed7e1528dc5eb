// Reads a folder with four IDX files (training and test, images and labels): MNIST, Fashion-MNIST,
// EMNIST ...
import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.ts';
import { notesOnEmnist } from './transposed.ts';
import type { Dataset, Examples } from './dataset.ts';
import { MOST_BYTES, parseIdx, parseIdxLabels } from './idx.ts';
import { readFile } from './files/read-file.ts';
import { adviceOn, whatIsFile } from './files/what-is.ts';

/** Known SHA-256 sums by file name. */
export type Checksums = Readonly<Record<string, { readonly sha256: string }>>;

/** What is asked for of a folder's files. */
export interface IdxOptions {
  /** The label of class 0; default: 0. */
  readonly firstLabel?: number | undefined;
  /** Whether pictures are transposed later, so that nothing needs to be said about it. */
  readonly transpose?: boolean;
}

interface Pair extends Examples {
  readonly rows: number;
  readonly cols: number;
}

/**
 * Finds the files by their names: "train" or "t10k"/"test", and "images" or "labels"; .gz
 * may follow.
 * @throws DataError if a file is missing, damaged, or does not fit its partner.
 */
export function loadIdxFolder(
  folder: string,
  name: string,
  classes: number,
  checksums: Checksums = {},
  { firstLabel, transpose = false }: IdxOptions = {},
): Dataset {
  const files = list(folder);
  const found: string[] = [];
  const pair = (part: 'train' | 'test'): Pair => {
    const images = findFile(files, folder, part, 'images');
    const labels = findFile(files, folder, part, 'labels');
    found.push(images, labels);
    return joinPair(
      { bytes: read(folder, images, checksums), name: images },
      { bytes: read(folder, labels, checksums), name: labels },
      classes,
      firstLabel,
    );
  };
  const [train, test] = [pair('train'), pair('test')];
  if (train.rows !== test.rows || train.cols !== test.cols) {
    throw new DataError(
      `${folder}: training images are ${train.rows} x ${train.cols}, test images ${test.rows} x ${test.cols}`,
    );
  }
  const notes = notesOnEmnist(found, transpose);
  return {
    name,
    classes,
    train,
    test,
    image: { rows: train.rows, cols: train.cols },
    ...(notes.length > 0 && { notes }),
  };
}

/** The bytes of a file, and how messages name it. */
interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** Joins images and labels into one set of examples. */
export function joinPair(imageFile: NamedBytes, labelFile: NamedBytes, classes: number, firstLabel?: number): Pair {
  const images = parseIdx(imageFile.bytes, imageFile.name, 3);
  const labels = parseIdxLabels(labelFile.bytes, labelFile.name);
  const [count, rows, cols] = images.shape;
  if (labels.length !== count) {
    throw new DataError(
      `${labelFile.name}: expected ${count} labels (one per image of ${imageFile.name}), got ${labels.length}`,
      'the two files do not belong together',
    );
  }
  const own = labelsFrom(labels, labelFile.name, classes, firstLabel);
  return { count, width: rows * cols, rows, cols, values: images.data, labels: own };
}

/** @throws DataError on a label that is no class, saying how labels and classes would fit */
function labelsFrom(labels: Int32Array, name: string, classes: number, firstLabel = 0): Uint8Array {
  const last = firstLabel + classes - 1;
  const wrong = labels.findIndex((label) => !(label >= firstLabel && label <= last));
  if (wrong < 0) return Uint8Array.from(labels, (label) => label - firstLabel);
  const [smallest, largest] = labels.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
  const range = `its labels go from ${smallest} to ${largest}`;
  const fromOne = smallest === 1 && firstLabel === 0;
  const letters = `: if they count from 1 (as in EMNIST letters), give --first-label 1${largest === classes ? '' : ` --classes ${largest}`}`;
  throw new DataError(
    `${name}: label ${labels[wrong]} at position ${wrong}; labels of ${classes} classes are ${firstLabel} to ${last}`,
    smallest < firstLabel
      ? `${range}: see --first-label`
      : `${range}${fromOne ? letters : ''}${fromOne ? '; if' : ': if'} they are right, give --classes ${largest - firstLabel + 1}`,
  );
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
  const found = alike.filter((file) => isIdx(file, kind));
  if (found.length === 1 || (found.length === 2 && found[1] === `${found[0]}.gz`)) return found[0];
  const expected = `${folder}: expected one ${part === 'train' ? 'train' : 't10k (or test)'}-${kind}-idx-ubyte file`;
  const nested = found.length > 0 ? [] : insideFolders(files, folder, isPart, kind);
  if (nested.length === 1) return nested[0];
  if (found.length > 1)
    throw new DataError(`${expected}, found ${found.length} (${found.join(', ')})`, 'keep the four files of one set in a folder of their own'); // prettier-ignore
  const [other] = [...alike, ...files.filter((file) => NOT_UNPACKED.test(file))];
  if (other === undefined) throw new DataError(`${expected}, found none`, FOUR_FILES);
  if (other.endsWith('/'))
    throw new DataError(`${expected}, found none; ${other.slice(0, -1)} is a folder`, 'move the file out of that folder'); // prettier-ignore
  const what = whatIsFile(join(folder, other));
  throw new DataError(`${expected}, found none; ${other} is ${what}`, adviceOn(what));
}

/** Archives are unpacked into a folder that has the name of the file, or "raw". */
function insideFolders(files: readonly string[], folder: string, isPart: RegExp, kind: Kind): string[] {
  return files
    .filter((file) => file.endsWith('/'))
    .flatMap((inner) =>
      list(join(folder, inner))
        .filter((file) => isPart.test(file) && file.toLowerCase().includes(kind) && isIdx(file, kind))
        .map((file) => `${inner}${file}`),
    );
}

/** Labels of QMNIST are integers. */
function isIdx(file: string, kind: Kind): boolean {
  return (kind === 'images' ? /idx\d?-ubyte(\.gz)?$/i : /idx\d?-(ubyte|int)(\.gz)?$/i).test(file);
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

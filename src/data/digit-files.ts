// Digits from the bytes of IDX files, wherever the bytes come from: a browser has no files. What
// reads files, and says more about wrong ones, is idx-folder.ts.
import { DataError } from '../errors.ts';
import type { Dataset, Examples } from './dataset.ts';

/** The unpacked bytes of MNIST's four files. */
export interface DigitFiles {
  readonly trainImages: Uint8Array;
  readonly trainLabels: Uint8Array;
  readonly testImages: Uint8Array;
  readonly testLabels: Uint8Array;
}

const CLASSES = 10;
const [IMAGES, LABELS] = [0x803, 0x801]; // magic numbers: unsigned bytes, 3 and 1 dimensions

/** @throws DataError if the bytes are not those of digits and their labels */
export function digitsFrom(files: DigitFiles): Dataset {
  const [train, test] = [
    pair(files.trainImages, files.trainLabels, 'training'),
    pair(files.testImages, files.testLabels, 'test'),
  ];
  return { name: 'mnist', classes: CLASSES, train, test, image: { rows: 28, cols: 28 } };
}

function pair(imageBytes: Uint8Array, labelBytes: Uint8Array, which: string): Examples {
  const images = numbersOf(imageBytes, IMAGES, `${which} images`);
  const labels = numbersOf(labelBytes, LABELS, `${which} labels`);
  const [count = 0, rows = 0, cols = 0] = images.shape;
  if (labels.data.length !== count)
    throw new DataError(`${which} digits: expected ${count} labels, one per image, got ${labels.data.length}`);
  if (labels.data.some((label) => label >= CLASSES)) throw new DataError(`${which} labels: expected 0 to 9`);
  return { count, width: rows * cols, values: images.data, labels: labels.data };
}

function numbersOf(bytes: Uint8Array, magic: number, name: string): { shape: number[]; data: Uint8Array } {
  const dimensions = magic & 0xff;
  const header = 4 + 4 * dimensions;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < header || view.getUint32(0) !== magic)
    throw new DataError(`${name}: expected an IDX file of unsigned bytes, got something else`, 'reload the page');
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  const size = shape.reduce((product, n) => product * n, 1);
  if (bytes.length !== header + size)
    throw new DataError(`${name}: expected ${header + size} bytes, got ${bytes.length}`, 'reload the page');
  return { shape, data: bytes.subarray(header) };
}

// Exchanges rows and columns of pictures: EMNIST stores them column by column.
import { basename } from 'node:path';
import { UsageError } from '../errors.ts';
import type { Dataset, Examples } from './dataset.ts';

/**
 * The same set with every picture turned over its diagonal.
 * @throws UsageError where the examples are not pictures
 */
export function transposed(dataset: Dataset): Dataset {
  const { image, name, train, test } = dataset;
  if (image === undefined) throw new UsageError(`--transpose needs pictures, which ${name} does not have`);
  const { rows, cols } = image;
  const turned = (examples: Examples): Examples => {
    // a copy: slice() of a Buffer, which bytes of a file may be, is none
    const values = examples.values instanceof Uint8Array ? new Uint8Array(examples.values) : examples.values.slice();
    for (let i = 0; i < values.length; i++) {
      const pixel = i % (rows * cols);
      // row r, column c of the turned picture is row c, column r of the stored one
      const [r, c] = [Math.floor(pixel / rows), pixel % rows];
      values[i] = examples.values[i - pixel + c * cols + r];
    }
    return { ...examples, values };
  };
  return { ...dataset, train: turned(train), test: turned(test), image: { rows: cols, cols: rows } };
}

/** What to say of files that hold EMNIST; nothing where its pictures are turned. */
export function notesOnEmnist(files: readonly string[], transpose: boolean): string[] {
  const isEmnist = files.some((file) => /(^|[^a-z])emnist/i.test(basename(file)));
  return isEmnist && !transpose ? ["EMNIST's pictures are transposed against MNIST's; --transpose turns them"] : [];
}

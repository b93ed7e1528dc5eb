// The digits that the playground trains on are those of MNIST, however they are read.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SMALL, smallDigits } from '../../scripts/playground/digits.ts';
import { digitsFrom } from '../../src/data/digit-files.ts';
import type { DigitFiles } from '../../src/data/digit-files.ts';
import { loadDataset } from '../../src/data/load.ts';

const NAMES = {
  trainImages: 'train-images-idx3-ubyte.gz',
  trainLabels: 'train-labels-idx1-ubyte.gz',
  testImages: 't10k-images-idx3-ubyte.gz',
  testLabels: 't10k-labels-idx1-ubyte.gz',
};

function bytesOf(name: string): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(join(SMALL, name))));
}

const FILES: DigitFiles = {
  trainImages: bytesOf(NAMES.trainImages),
  trainLabels: bytesOf(NAMES.trainLabels),
  testImages: bytesOf(NAMES.testImages),
  testLabels: bytesOf(NAMES.testLabels),
};

test('the committed files hold the first digits of MNIST', () => {
  const expected = smallDigits();
  expect(expected.map(({ name }) => name).sort()).toEqual(Object.values(NAMES).sort());
  for (const { name, bytes } of expected) expect(Buffer.from(bytesOf(name)).equals(bytes), name).toBe(true);
});

test('a page reads the same examples as the command line', () => {
  const page = digitsFrom(FILES);
  const line = loadDataset({ dataset: 'mnist', data: SMALL, seed: 1 });
  for (const part of ['train', 'test'] as const) {
    expect(page[part].count).toBe(part === 'train' ? 2000 : 500);
    expect(Buffer.from(page[part].labels).equals(Buffer.from(line[part].labels))).toBe(true);
    expect(Buffer.compare(page[part].values as Uint8Array, line[part].values as Uint8Array)).toBe(0);
  }
});

test.each([
  [
    'cut short',
    { trainImages: FILES.trainImages.subarray(0, 1000) },
    /training images: expected 1568016 bytes, got 1000/,
  ],
  ['no IDX file', { testLabels: new Uint8Array(100) }, /test labels: expected an IDX file/],
  ['labels of another file', { trainLabels: FILES.testLabels }, /expected 2000 labels, one per image, got 500/],
])('files that are not what they should be are refused: %s', (_, wrong, message) => {
  expect(() => digitsFrom({ ...FILES, ...wrong })).toThrow(message);
});

// Unexpected files: one line says what the file is and what to do.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { loadIdxFolder } from '../../src/data/idx-folder.ts';
import { loadDataset } from '../../src/data/load.ts';
import { parseIdx } from '../../src/data/idx.ts';
import { whatIs } from '../../src/data/files/what-is.ts';
import { DataError } from '../../src/errors.ts';
import { refusal } from '../refusal.ts';
import { GOOD_FILES, IMAGES, LABELS, idx, inFolder } from './idx-files.ts';
import type { Files } from './idx-files.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const HTML = text('<!DOCTYPE html>\n<html><body>404 Not Found</body></html>');
const CSV = text('label,pixel1,pixel2\n5,0,254\n0,1,3\n');
const ZIP = Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0]);
const PNG = new Uint8Array(
  await sharp(Buffer.alloc(784), { raw: { width: 28, height: 28, channels: 1 } })
    .png()
    .toBuffer(),
);
/**
 * Labels of QMNIST: 0 0 12 2, the number of examples, 8 columns; 32-bit integers, the class first.
 */
const QMNIST = Uint8Array.from([
  0,
  0,
  12,
  2,
  0,
  0,
  0,
  3,
  0,
  0,
  0,
  8,
  ...[9, 0, 5].flatMap((c) => [0, 0, 0, c, ...new Array<number>(28).fill(0)]),
]);

describe('the format of bytes is recognised:', () => {
  it.each<[string, Uint8Array]>([
    ['an empty file', new Uint8Array(0)],
    ['an HTML page', HTML],
    ['an HTML page in gzip', gzipSync(HTML)],
    ['a CSV table', CSV],
    ['a CSV table', text('5\t0\t254\n0\t1\t3\n')],
    ['a CSV table', text('5,0,254,7,8')],
    ['a text file', text('see README, please\nor not\n')],
    ['a JSON document', text('[[1, 2], [3, 4]]')],
    ['an XML document', text('<?xml version="1.0"?><a/>')],
    ['a Git LFS pointer, not the file itself', text('version https://git-lfs.github.com/spec/v1\noid sha256:1')],
    ['a ZIP archive', ZIP],
    ['a PNG picture', PNG],
    ['a JPEG picture', Uint8Array.from([0xff, 0xd8, 0xff, 0xe0])],
    ['a NumPy array (.npy)', Uint8Array.from([0x93, ...text('NUMPY'), 1, 0])],
    ['a TAR archive in gzip', gzipSync(Uint8Array.from([...new Array<number>(257).fill(65), ...text('ustar')]))],
    ['a Parquet table', text('PAR1xyz')],
    ['IDX, 3 dimensions of unsigned bytes', IMAGES],
    ['IDX, 1 dimension of unsigned bytes in gzip', gzipSync(LABELS)],
    ['IDX, 2 dimensions of 32-bit integers', QMNIST],
    ['a damaged gzip file', Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8])],
    ['a file of another format', Uint8Array.from([1, 2, 3, 4, 255])],
  ])('%s', (words, bytes) => {
    expect(whatIs(bytes)).toBe(words);
  });
});

describe('in place of an IDX file', () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      'an HTML page',
      HTML,
      /^file: expected an IDX file, got an HTML page \| the download failed; fetch the file again$/,
    ],
    ['an HTML page in gzip', gzipSync(HTML), /got an HTML page in gzip \| the download failed/],
    [
      'an XML error of a store',
      text('<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>'),
      /got an XML document \| the download failed/,
    ],
    ['a CSV table', CSV, /got a CSV table \| convert it: data sets are IDX files /],
    ['a ZIP archive', ZIP, /got a ZIP archive \| unpack it first$/],
    ['a PNG', PNG, /got a PNG picture \| .*--image takes a single picture$/],
    ['nothing', new Uint8Array(0), /the file has 0 \| the file is empty; fetch it again$/],
    ['text', text('hello'), /got a text file/],
    [
      'labels of QMNIST',
      QMNIST,
      /got 0x00000c02 \| the file has integers, as labels of QMNIST do: .*images and labels/,
    ],
    [
      'floats',
      idx([1], [0, 0, 0, 0]).fill(13, 2, 3),
      /got 0x00000d01 \| the file is IDX, 1 dimension of 32-bit floats; convert it: only unsigned bytes are supported/,
    ],
  ])('%s is refused with its format', (_what, bytes, line) => {
    expect(refusal(DataError, () => parseIdx(bytes, 'file', 1))).toMatch(line);
  });
});

const refused = (files: Files, classes = 10): string =>
  inFolder(files, (folder) => refusal(DataError, () => loadIdxFolder(folder, 'set', classes)));
const renamed = (rename: (name: string) => string): Files =>
  Object.fromEntries(Object.entries(GOOD_FILES).map(([name, bytes]) => [rename(name), bytes]));

describe('a folder', () => {
  it.each([QMNIST, gzipSync(QMNIST)])('of QMNIST is read: its labels are the first of 8 integers', (labels) => {
    const packed = labels === QMNIST ? '' : '.gz';
    const { 'train-labels-idx1-ubyte': _, ...rest } = GOOD_FILES;
    const files = Object.fromEntries(
      Object.entries(rest).map(([name, bytes]) => [`qmnist-${name.replace('t10k', 'test')}`, bytes]),
    );
    const all = { ...files, [`qmnist-train-labels-idx2-int${packed}`]: labels };
    const { train, notes } = inFolder(all, (folder) => loadIdxFolder(folder, 'set', 10));
    expect([Array.from(train.labels), notes]).toEqual([[9, 0, 5], undefined]);
    expect(inFolder(all, (folder) => refusal(DataError, () => loadIdxFolder(folder, 'set', 9)))).toMatch(
      /idx2-int(\.gz)?: label 9 at position 0; labels of 9 classes are 0 to 8 \| .*--classes 10$/,
    );
    const cut = { ...all, [`qmnist-train-labels-idx2-int${packed}`]: QMNIST.slice(0, 50) };
    expect(inFolder(cut, (folder) => refusal(DataError, () => loadIdxFolder(folder, 'set', 10)))).toMatch(
      /expected 108 bytes by its header, got 50 \| the file is cut short/,
    );
  });

  it('of EMNIST letters, whose labels count from 1, is refused with the shift that it needs', () => {
    const letters = { ...renamed((name) => `emnist-letters-${name.replace('t10k', 'test')}`) };
    const files = { ...letters, 'emnist-letters-train-labels-idx1-ubyte': idx([3], [26, 1, 5]) };
    expect(refused(files, 26)).toMatch(
      /label 26 at position 0; labels of 26 classes are 0 to 25 \| its labels go from 1 to 26: if they count from 1 \(as in EMNIST letters\), give --first-label 1; if they are right, give --classes 27$/,
    );
    expect(refused(files)).toMatch(/give --first-label 1 --classes 26; if they are right, give --classes 27$/);
    expect(inFolder(files, (folder) => loadIdxFolder(folder, 'set', 27)).classes).toBe(27);
    const shifted = inFolder(files, (folder) => loadIdxFolder(folder, 'set', 26, {}, { firstLabel: 1 }));
    expect([Array.from(shifted.train.labels), Array.from(shifted.test.labels)]).toEqual([[25, 0, 4], [6]]);
    const zero = { ...files, 'emnist-letters-train-labels-idx1-ubyte': idx([3], [26, 0, 5]) };
    const text = inFolder(zero, (f) => refusal(DataError, () => loadIdxFolder(f, 'set', 26, {}, { firstLabel: 1 })));
    expect(text).toMatch(
      /label 0 at position 1; labels of 26 classes are 1 to 26 \| .*from 0 to 26: see --first-label$/,
    );
  });

  it('of EMNIST is said to be transposed, and turned if asked', () => {
    const files = renamed((name) => `emnist-digits-${name}`);
    inFolder(files, (data) => {
      const stored = loadDataset({ dataset: 'mnist', data, seed: 1 });
      expect(stored.notes).toEqual([expect.stringMatching(/^EMNIST's pictures are transposed .*--transpose/)]);
      const turned = loadDataset({ dataset: 'mnist', data, seed: 1, transpose: true });
      expect(turned.notes).toBeUndefined();
      expect([...stored.test.values, ...turned.test.values]).toEqual([10, 20, 30, 40, 10, 30, 20, 40]);
    });
    expect(inFolder(GOOD_FILES, (data) => loadDataset({ dataset: 'mnist', data, seed: 1 })).notes).toBeUndefined();
  });

  it('with pictures that are not as high as wide is turned', () => {
    const wide = idx([1, 2, 3], [1, 2, 3, 4, 5, 6]);
    const files = { ...GOOD_FILES, 'train-images-idx3-ubyte': wide, 't10k-images-idx3-ubyte': wide };
    const { train, image } = inFolder({ ...files, 'train-labels-idx1-ubyte': idx([1], [0]) }, (data) =>
      loadDataset({ dataset: 'mnist', data, seed: 1, transpose: true }),
    );
    expect([image, Array.from(train.values)]).toEqual([{ rows: 3, cols: 2 }, [1, 4, 2, 5, 3, 6]]);
  });

  it('with several EMNIST sets is refused with the advice to keep one', () => {
    const both = { ...renamed((name) => `emnist-letters-${name}`), ...renamed((name) => `emnist-digits-${name}`) };
    expect(refused(both)).toMatch(
      /found 2 \(emnist-digits-.*, emnist-letters-.*\) \| keep the four files of one set in a folder/,
    );
  });

  it.each([
    [
      'an archive that is not unpacked',
      { 'gzip.zip': ZIP },
      /found none; gzip\.zip is a ZIP archive \| unpack it first/,
    ],
    ['a table', { 'mnist_train.csv': CSV }, /found none; mnist_train\.csv is a CSV table \| .*convert it/],
    [
      'images with the expected name in another format',
      { 'train-images.npy': Uint8Array.from([0x93, ...text('NUMPY')]) },
      /train-images\.npy is a NumPy array/,
    ],
    ['no such files', { 'README.md': text('x') }, /found none \| a folder holds train-images-idx3-ubyte/],
  ] as [string, Files, RegExp][])('with %s is refused with the format it has', (_what, files, line) => {
    expect(refused(files)).toMatch(line);
  });

  it('in which a folder has the name of a file is read from inside it, or from another file, or refused', () => {
    const { 'train-images-idx3-ubyte': images, ...rest } = GOOD_FILES;
    inFolder(rest, (folder) => {
      mkdirSync(join(folder, 'train-images-idx3-ubyte'));
      const line = refusal(DataError, () => loadIdxFolder(folder, 'set', 10));
      expect(line).toMatch(/found none; train-images-idx3-ubyte is a folder \| move the file out of that folder$/);
      writeFileSync(join(folder, 'train-images-idx3-ubyte', 'train-images-idx3-ubyte'), images);
      expect(loadIdxFolder(folder, 'set', 10).train.count).toBe(3);
      writeFileSync(join(folder, 'train-images.idx3-ubyte'), idx([4, 2, 2], new Array<number>(16).fill(1)));
      // the file outside comes first
      expect(refusal(DataError, () => loadIdxFolder(folder, 'set', 10))).toMatch(/expected 4 labels/);
    });
  });

  it('whose files lie in one folder below it is read', () => {
    inFolder({}, (folder) => {
      mkdirSync(join(folder, 'raw'));
      for (const [name, bytes] of Object.entries(GOOD_FILES)) writeFileSync(join(folder, 'raw', name), bytes);
      expect(loadDataset({ dataset: 'mnist', data: folder, seed: 1 }).train.count).toBe(3);
    });
  });

  it('that is a file is refused with the format of the file', () => {
    inFolder({ 'mnist.zip': ZIP, 'train.csv': CSV }, (folder) => {
      const line = (file: string): string => refusal(DataError, () => loadIdxFolder(join(folder, file), 'set', 10));
      expect(line('mnist.zip')).toMatch(
        /mnist\.zip: expected a folder with four IDX files, got a ZIP archive \| .*unpack it first$/,
      );
      expect(line('train.csv')).toMatch(/got a CSV table/);
    });
  });
});

// A folder of four IDX files: how the files are found, and the message about a missing, ambiguous
// or altered one.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { loadIdxFolder } from '../../src/data/idx-folder.ts';
import type { Checksums } from '../../src/data/idx-folder.ts';
import { refusal } from '../refusal.ts';
import { GOOD_FILES, IMAGES, LABELS, idx, inFolder } from './idx-files.ts';
import type { Files } from './idx-files.ts';

const load = (files: Files, checksums?: Checksums) => inFolder(files, (f) => loadIdxFolder(f, 'set', 10, checksums));
const refused = (files: Files, checksums?: Checksums) => refusal(DataError, () => load(files, checksums));

function without(name: string): Files {
  return Object.fromEntries(Object.entries(GOOD_FILES).filter(([file]) => file !== name));
}

function renamed(rename: (name: string) => string, change: (bytes: Uint8Array) => Uint8Array = (b) => b): Files {
  return Object.fromEntries(Object.entries(GOOD_FILES).map(([name, bytes]) => [rename(name), change(bytes)]));
}

describe('a folder of IDX files', () => {
  it('becomes a data set', () => {
    const { name, classes, image, train, test } = load(GOOD_FILES);
    expect({ name, classes, image }).toEqual({ name: 'set', classes: 10, image: { rows: 2, cols: 2 } });
    expect([train.count, test.count]).toEqual([3, 1]);
    expect(Array.from(train.labels)).toEqual([9, 0, 5]);
    expect(Array.from(test.values)).toEqual([10, 20, 30, 40]);
    expect(Array.from(test.labels)).toEqual([7]);
  });

  it("may hold .gz files, files called test, and other sets' prefixes", () => {
    const expected = load(GOOD_FILES);
    const same = (files: Files): void => expect(load(files)).toEqual(expected);
    same(renamed((name) => `${name}.gz`, gzipSync));
    same(renamed((name) => name.replace('t10k', 'test')));
    same(renamed((name) => `kmnist-digits-${name}`));
    same(renamed((name) => name.replace('-idx', '.idx')));
    same({ ...GOOD_FILES, 'README.md': Uint8Array.of(1), 'train-images.png': Uint8Array.of(1) });
  });

  it('with a file and its .gz is read from the file', () => {
    const other = gzipSync(idx([3], [1, 1, 1]));
    expect(Array.from(load({ ...GOOD_FILES, 'train-labels-idx1-ubyte.gz': other }).train.labels)).toEqual([9, 0, 5]);
  });
});

describe('a folder of IDX files is refused', () => {
  it.each(Object.keys(GOOD_FILES))('without %s', (file) => {
    const kind = file.replace(/-idx.*/, '').replace('t10k', 't10k \\(or test\\)');
    expect(refused(without(file))).toMatch(
      new RegExp(`: expected one ${kind}-idx-ubyte file, found none \\| a folder holds`),
    );
  });

  it('with two files for one part, naming them', () => {
    const text = refused({ ...GOOD_FILES, 'letters-train-images-idx3-ubyte': IMAGES });
    expect(text).toContain('found 2 (letters-train-images-idx3-ubyte, train-images-idx3-ubyte)');
  });

  it('if it does not exist, or a file in it is a folder', () => {
    expect(refusal(DataError, () => loadIdxFolder('/no/such/folder', 'set', 10))).toMatch(
      /^\/no\/such\/folder: cannot be read \(ENOENT\) \| --data takes a folder/,
    );
    const text = refusal(DataError, () =>
      inFolder(without('train-labels-idx1-ubyte'), (folder) => {
        mkdirSync(join(folder, 'train-labels-idx1-ubyte'));
        return loadIdxFolder(folder, 'set', 10);
      }),
    );
    expect(text).toMatch(
      /expected one train-labels-idx-ubyte file, found none; train-labels-idx1-ubyte is a folder \| move the file out of that folder$/,
    );
  });

  it('with test images of another size than the training images', () => {
    const text = refused({ ...GOOD_FILES, 't10k-images-idx3-ubyte': idx([1, 2, 3], [1, 2, 3, 4, 5, 6]) });
    expect(text).toMatch(/: training images are 2 x 2, test images 2 x 3$/);
    expect(refused({ ...GOOD_FILES, 't10k-images-idx3-ubyte': idx([1, 4, 1], [1, 2, 3, 4]) })).toContain('4 x 1');
  });

  it('with images and labels swapped, naming the file', () => {
    const text = refused({ ...GOOD_FILES, 'train-images-idx3-ubyte': LABELS, 'train-labels-idx1-ubyte': IMAGES });
    expect(text).toMatch(/^train-images-idx3-ubyte: .*(header|magic)/);
  });
});

describe('checksums', () => {
  const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
  const sums = Object.fromEntries(Object.entries(GOOD_FILES).map(([name, bytes]) => [name, { sha256: sum(bytes) }]));

  it('that are right are accepted', () => {
    expect(load(GOOD_FILES, sums).train.count).toBe(3);
  });

  it.each(Object.keys(GOOD_FILES))('detect one flipped bit in %s', (file) => {
    const flipped = GOOD_FILES[file].slice();
    flipped[flipped.length - 1] ^= 1; // still a valid IDX file: only the checksum shows the change
    const files = { ...GOOD_FILES, [file]: flipped };
    expect(load(files).classes).toBe(10);
    expect(refused(files, sums)).toContain(
      `${file}: expected SHA-256 ${sums[file].sha256}, got ${sum(flipped)} | this is not the published file`,
    );
  });
});

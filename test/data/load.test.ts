// Loading data sets by name and size, and text files.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { loadDataset } from '../../src/data/load.ts';
import type { DatasetRequest } from '../../src/data/load.ts';
import type { DatasetId } from '../../src/data/names.ts';
import { readText, readTextIfThere } from '../../src/data/files/read-text.ts';
import { refusal } from '../refusal.ts';
import { GOOD_FILES, idx, inFolder } from './idx-files.ts';

describe('loadDataset', () => {
  it('takes the first pictures of MNIST', () => {
    const { name, train, test } = loadDataset({ dataset: 'mnist', trainSize: 3, testSize: 2, seed: 1 });
    expect([name, train.count, test.count]).toEqual(['mnist', 3, 2]);
    expect([Array.from(train.labels), Array.from(test.labels)]).toEqual([
      [5, 0, 4],
      [7, 2],
    ]);
    expect([train.values.length, test.values.length]).toEqual([3 * 784, 2 * 784]);
  });

  it('takes all examples of a folder if no size is given', () => {
    inFolder(GOOD_FILES, (data) => {
      const { train, test, classes, name } = loadDataset({ dataset: 'mnist', data, seed: 1 });
      expect([train.count, test.count, classes, name]).toEqual([3, 1, 10, data]);
    });
  });

  it('takes a folder with more classes if their number is given', () => {
    const letters = { ...GOOD_FILES, 'train-labels-idx1-ubyte': idx([3], [0, 25, 1]) };
    inFolder(letters, (data) => {
      expect(loadDataset({ dataset: 'mnist', data, classes: 26, seed: 1 }).classes).toBe(26);
      expect(refusal(DataError, () => loadDataset({ dataset: 'mnist', data, seed: 1 }))).toContain('label 25');
    });
  });

  it('makes sets of any size, 1000 and 500 by default', () => {
    const sizes = (request: DatasetRequest) => {
      const { train, test } = loadDataset(request);
      return [train.count, test.count, train.labels.length, test.values.length];
    };
    expect(sizes({ dataset: 'xor', seed: 1 })).toEqual([1000, 500, 1000, 1000]);
    expect(sizes({ dataset: 'spirals', trainSize: 70_000, testSize: 1, seed: 1 })).toEqual([70_000, 1, 70_000, 2]);
  });

  it.each([0, -1, 1.5, NaN, Infinity, 4])('refuses a training set of %d from a folder of 3', (trainSize) => {
    inFolder(GOOD_FILES, (data) => {
      expect(refusal(UsageError, () => loadDataset({ dataset: 'mnist', data, trainSize, seed: 1 }))).toBe(
        `training size: expected a whole number from 1 to 3, got ${trainSize}`,
      );
      expect(loadDataset({ dataset: 'mnist', data, trainSize: 3, seed: 1 }).train.count).toBe(3);
    });
  });

  it.each([0, -1, 1.5, NaN])('refuses a test set of %d', (testSize) => {
    expect(refusal(UsageError, () => loadDataset({ dataset: 'xor', testSize, seed: 1 }))).toBe(
      `test size: expected a whole number from 1 to 10000000, got ${testSize}`,
    );
    inFolder(GOOD_FILES, (data) => {
      expect(refusal(UsageError, () => loadDataset({ dataset: 'mnist', data, testSize, seed: 1 }))).toContain('1 to 1');
    });
  });

  it('refuses an unknown name, listing the choices', () => {
    for (const name of ['cifar', 'toString']) {
      expect(refusal(UsageError, () => loadDataset({ dataset: name as DatasetId, seed: 1 }))).toBe(
        `unknown dataset "${name}" | choose one of mnist, xor, moons, spirals, sine, housing`,
      );
    }
  });

  it('refuses a folder for a generated set', () => {
    expect(refusal(UsageError, () => loadDataset({ dataset: 'xor', data: '.', seed: 1 }))).toMatch(/--data.*xor/);
  });
});

describe('a text file', () => {
  it('is read, or refused in one line with the reason', () => {
    inFolder({ 'a.json': Buffer.from('{"ä": 1}') }, (folder) => {
      const [there, missing] = [join(folder, 'a.json'), join(folder, 'b.json')];
      expect([readText(there), readTextIfThere(there)]).toEqual(['{"ä": 1}', '{"ä": 1}']);
      expect(refusal(DataError, () => readText(missing))).toBe(`${missing}: cannot be read (ENOENT)`);
      expect(readTextIfThere(missing)).toBeNull();
      expect(refusal(DataError, () => readTextIfThere(folder))).toBe(`${folder}: cannot be read (EISDIR)`);
    });
  });
});

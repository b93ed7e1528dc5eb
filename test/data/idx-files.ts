// IDX files made by hand from the published format, byte by byte, and a folder to put them in.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A number of four bytes, the highest first. */
function bigEndian(n: number): number[] {
  return [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
}

/** 0 0, 8 (unsigned byte), number of dimensions; each dimension in four bytes; then the data. */
export function idx(shape: readonly number[], data: readonly number[]): Uint8Array {
  return Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap(bigEndian), ...data]);
}

/** Three images of 2 x 2 and their labels. */
export const IMAGES = idx([3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 254, 255]);
export const LABELS = idx([3], [9, 0, 5]);

export type Files = Record<string, Uint8Array>;

export const GOOD_FILES: Files = {
  'train-images-idx3-ubyte': IMAGES,
  'train-labels-idx1-ubyte': LABELS,
  't10k-images-idx3-ubyte': idx([1, 2, 2], [10, 20, 30, 40]),
  't10k-labels-idx1-ubyte': idx([1], [7]),
};

/** Runs `use` with a new folder that holds these files, and removes it. */
export function inFolder<T>(files: Files, use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'backproof idx ')); // with a space, as a user's path may have
  try {
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Reads a text file, or explains in one line why it cannot.
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { DataError } from '../../errors.ts';
import { readFile, reason } from './read-file.ts';

/** Largest text in bytes: parsed JSON takes up to 16 times as much on the heap. */
export const MOST_TEXT = Math.floor(getHeapStatistics().heap_size_limit / 16);

/** @throws DataError */
export function readText(file: string): string {
  return readFile(file, MOST_TEXT)
    .toString('utf8')
    .replace(/^\u{feff}/u, ''); // a byte order mark is not part of the text
}

/** @throws DataError if there is no such file */
export function requireFile(file: string, what: string): void {
  if (!isFile(file)) throw new DataError(`${what}: there is no file ${file}`);
}

export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // not there, or below a file
  }
}

/** Where a link leads; the path itself if it leads nowhere. */
export function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

export function isThere(file: string): boolean {
  return existsSync(file);
}

/** Milliseconds since 1970 when the file was last changed; -Infinity where there is none. */
export function changedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/**
 * The text, or null where there is no such file.
 * @throws DataError if there is one and it cannot be read
 */
export function readTextIfThere(file: string): string | null {
  return existsSync(file) ? readText(file) : null;
}

/**
 * Names in a folder; empty where there is no such folder.
 * @throws DataError if it cannot be read
 */
export function filesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch (error) {
    throw new DataError(`${folder}: cannot be read (${reason(error)})`);
  }
}

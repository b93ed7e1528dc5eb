// Reads a text file, or says in one line why not.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { DataError } from '../errors.ts';

/** @throws DataError */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/^\u{feff}/u, ''); // a byte order mark is no part of the text
  } catch (error) {
    const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    throw new DataError(`${file}: cannot be read (${why})`);
  }
}

/** @throws DataError if there is no such file */
export function requireFile(file: string, what: string): void {
  if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false))
    throw new DataError(`${what}: there is no file ${file}`);
}

export function isThere(file: string): boolean {
  return existsSync(file);
}

/** The same, but null where there is no such file. @throws DataError if there is one and it cannot be read */
export function readTextIfThere(file: string): string | null {
  return existsSync(file) ? readText(file) : null;
}

/** The names in a folder; none where there is no such folder. */
export function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

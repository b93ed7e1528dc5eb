// Finds case files by a path: one file, or all of a folder.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';

/**
 * `path` itself, or, where it is a folder, its *.json files sorted by name.
 * @throws DataError if there is none
 */
export function caseFiles(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new DataError(`${path}: cannot be read (ENOENT)`);
  if (!stat.isDirectory()) return [path];
  const names = readdirSync(path)
    .filter((name) => name.endsWith('.json'))
    .toSorted();
  if (names.length === 0) throw new DataError(`${path}: no case file (*.json) in this folder`);
  return names.map((name) => join(path, name));
}

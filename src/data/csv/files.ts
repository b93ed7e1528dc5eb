// Finds the tables at a path.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../errors.ts';
import { listed } from '../../text.ts';
import { isFile } from '../files/read-text.ts';
import { whatIsFile } from '../files/what-is.ts';

/** Training and test file; null: a part of the training file is the test set. */
export interface CsvFiles {
  readonly train: string;
  readonly test: string | null;
}

const TABLE = /\.(csv|tsv)(\.gz)?$/i;
const IDX = /idx\d?-(ubyte|int)(\.gz)?$/i;

/**
 * The tables at a path: the file, or those of the folder; null where there are none, or where the
 * folder has IDX files.
 * @throws DataError where several could be meant
 */
export function csvFilesAt(path: string): CsvFiles | null {
  const names = namesIn(path);
  if (names !== null) return names.some((name) => IDX.test(name)) ? null : csvFilesIn(path, names);
  if (!isFile(path)) return null;
  const isTable = TABLE.test(path) || /^a (CSV table|text file)( in gzip)?$/.test(whatIsFile(path));
  return isTable ? { train: path, test: null } : null;
}

/** null where the path is no folder that can be read. */
function namesIn(path: string): string[] | null {
  try {
    return readdirSync(path);
  } catch {
    return null;
  }
}

/**
 * The tables of a folder: names with "train" and "test" (or "t10k", "valid"), or a single one.
 * @returns null where the folder has none
 * @throws DataError where several could be meant
 */
function csvFilesIn(folder: string, names: readonly string[]): CsvFiles | null {
  const files = names.filter((name) => TABLE.test(name) && isFile(join(folder, name))).sort(); // prettier-ignore
  if (files.length === 0) return null;
  const named = (part: RegExp): string[] => files.filter((name) => part.test(name));
  const tests = named(/(^|[^a-z])(test|t10k|valid(ation)?)([^a-z]|$)/i);
  const trains = named(/train/i).filter((name) => !tests.includes(name));
  const train = trains.length === 0 && files.length === 1 ? files : trains;
  if (train.length !== 1 || tests.length > 1) {
    const found = train.length === 1 ? tests : train.length === 0 ? files : train;
    const part = train.length === 1 ? 'test' : 'train';
    throw new DataError(
      `${folder}: expected one table with "${part}" in its name, found ${listed(found, 8)}`,
      'give --data a single file, or keep the two files of one set in a folder of their own',
    );
  }
  return { train: join(folder, train[0]), test: tests.length === 0 ? null : join(folder, tests[0]) };
}

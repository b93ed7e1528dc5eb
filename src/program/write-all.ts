// Writes the files of a report one by one: one that cannot be written does not stop the others.
import { join } from 'node:path';
import { writeText } from '../data/files/write.ts';
import { OutputError } from '../errors.ts';
import type { Io } from './io.ts';

/** Writes every file that can be written, and prints for each other one why it cannot. */
export async function writeAll(
  folder: string,
  files: Readonly<Record<string, string>>,
  io: Io,
  program = 'backproof',
): Promise<{ written: string[]; all: boolean }> {
  const written: string[] = [];
  for (const [name, text] of Object.entries(files)) {
    const file = join(folder, name);
    if (await attempt(() => writeText(file, text), io, program)) written.push(file);
  }
  return { written, all: written.length === Object.keys(files).length };
}

/**
 * Prints why something cannot be written instead of throwing, so that the result of a run is
 * not lost.
 * @returns whether it was written
 */
export async function attempt(write: () => Promise<void>, io: Io, program = 'backproof'): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    io.err(`${program}: ${error.message}; ${error.hint ?? ''}\n`);
    return false;
  }
}

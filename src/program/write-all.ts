// Writes the files of a report, one after the other: what cannot be written costs none of the others.
import { join } from 'node:path';
import { writeText } from '../data/files/write.ts';
import { OutputError } from '../errors.ts';
import type { Io } from './io.ts';

/** Writes every file that can be written, and says of each other one why not. */
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

/** false, and a line that says why, where something cannot be written: what a run has found out is not lost for that. */
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

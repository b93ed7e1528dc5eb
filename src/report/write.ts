// The only place that writes files: each is written under a temporary name and renamed, so that nothing is ever half there.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { OutputError } from '../errors.ts';

/** Makes the folder if need be, and makes sure before a long run that something can be written there.
 * @throws OutputError */
export function requireWritable(folder: string): void {
  const probe = join(folder, `.backproof-${process.pid}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
}

/** @throws OutputError */
export async function writeText(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}

function cannotWrite(what: string, error: unknown): OutputError {
  const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new OutputError(`${what}: cannot be written (${why})`, 'choose another folder with --out');
}

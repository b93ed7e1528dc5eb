// The only place that writes files: each is written under a temporary name and renamed, so that nothing is ever half there.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { OutputError } from '../errors.ts';

/** Makes the folder if need be, and makes sure before a long run that something can be written there.
 * @param option the command-line option that says where
 * @throws OutputError */
export function requireWritable(folder: string, option = '--out'): void {
  const probe = join(folder, `.backproof-${process.pid}.tmp`);
  try {
    makeFolder(folder);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    throw cannotWrite(folder, error, `choose another folder with ${option}`);
  }
}

/** Writes a whole file, in a folder that is made if need be.
 * @throws OutputError */
export async function writeText(file: string, text: string, option = '--out'): Promise<void> {
  await writeWhole(file, text, option);
}

/** The same for what is no text. @throws OutputError */
export async function writeBytes(file: string, bytes: Uint8Array, option = '--out'): Promise<void> {
  await writeWhole(file, Buffer.from(bytes), option);
}

async function writeWhole(file: string, content: string | Buffer, option: string): Promise<void> {
  try {
    makeFolder(dirname(file));
    await writeFileAtomic(file, content);
  } catch (error) {
    throw cannotWrite(file, error, `choose another place with ${option}`);
  }
}

/** Folder by folder: mkdir's own `recursive` never comes back where the system makes no folders (/proc). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder);
}

function cannotWrite(what: string, error: unknown, hint: string): OutputError {
  const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new OutputError(`${what}: cannot be written (${why})`, hint);
}

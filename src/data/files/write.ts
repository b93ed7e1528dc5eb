// The only place that writes files. Each is written under a temporary name, its bytes are counted,
// and then it is renamed: whatever happens, there is the whole old file or the whole new one.
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { OutputError } from '../../errors.ts';

/**
 * Makes the folder where it is missing, and checks before a long run that files can be written
 * there. Removes temporary files of runs that were killed.
 * @param option the command-line option that names the folder
 * @throws OutputError
 */
export function requireWritable(folder: string, option = '--out'): void {
  try {
    makeFolder(folder);
    sweep(folder);
    const probe = join(folder, temporaryName());
    writeNew(probe, Buffer.from('\n')); // one byte: a full disk still takes empty files
    rmSync(probe);
  } catch (error) {
    throw cannotWrite(folder, error, `choose another folder with ${option}`);
  }
}

/**
 * Writes a whole file, and makes its folder where that is missing.
 * @throws OutputError
 */
export async function writeText(file: string, text: string, option = '--out'): Promise<void> {
  await writeBytes(file, Buffer.from(text), option);
}

/**
 * Writes bytes. Synchronous inside: a signal between two steps would leave the temporary
 * file behind.
 * @throws OutputError
 */
export async function writeBytes(file: string, bytes: Uint8Array, option = '--out'): Promise<void> {
  let temporary: string | null = null;
  try {
    makeFolder(dirname(file));
    const { place, mode } = target(file);
    temporary = join(dirname(place), temporaryName());
    writeNew(temporary, bytes, mode);
    renameSync(temporary, place);
  } catch (error) {
    if (temporary !== null) rmSync(temporary, { force: true });
    throw cannotWrite(file, error, `choose another place with ${option}`);
  }
}

/**
 * The file that a link leads to, and the permissions of the file that is replaced.
 * @throws on anything but a file (renaming would replace /dev/null by a file), and on a
 *   read-only file
 */
function target(file: string): { place: string; mode: number | undefined } {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { place: file, mode: undefined };
  if (stat.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
  if (!stat.isFile()) throw new Error('it is not a regular file');
  if ((stat.mode & 0o222) === 0) throw Object.assign(new Error('it is read-only'), { code: 'EACCES' });
  return { place: realpathSync(file), mode: stat.mode };
}

/**
 * Writes all bytes of a new file to the disk. One write may take fewer bytes than it is given, as
 * on a disk that fills up.
 */
function writeNew(file: string, bytes: Uint8Array, mode?: number): void {
  const descriptor = openSync(file, 'wx');
  try {
    for (let at = 0; at < bytes.length;) {
      const taken = writeSync(descriptor, bytes, at, bytes.length - at);
      if (taken === 0) throw new Error(`${at} of ${bytes.length} bytes written`);
      at += taken;
    }
    if (mode !== undefined) fchmodSync(descriptor, mode & 0o777);
    fsyncSync(descriptor); // some file systems report only here that the disk is full
    const { size } = fstatSync(descriptor);
    if (size !== bytes.length) throw new Error(`${size} of ${bytes.length} bytes written`);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Names this machine: a process id means nothing for another machine that shares the folder. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const TEMPORARY = new RegExp(`^\\.backproof-${MACHINE}-(\\d+)-[0-9a-f]{8}\\.tmp$`);

function temporaryName(): string {
  return `.backproof-${MACHINE}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/**
 * Removes the temporary files of processes that have ended. One that cannot be removed does
 * no harm.
 */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(TEMPORARY.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    const file = join(folder, name);
    try {
      const { uid } = lstatSync(file);
      if (process.getuid === undefined || uid === process.getuid()) rmSync(file);
    } catch {
      // removed already, or another user's
    }
  }
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // EPERM: another user's process
  }
}

/**
 * Makes folders one by one: mkdir's own `recursive` never returns where the system refuses folders
 * (/proc).
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another run made it just now
  }
}

function cannotWrite(what: string, error: unknown, hint: string): OutputError {
  const why = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
  return new OutputError(`${what}: cannot be written (${why})`, hint);
}

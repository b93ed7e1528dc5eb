// The only place that writes files. Each goes under a temporary name beside its place, byte by byte counted, and is then renamed:
// a file is the old one or the new one, whole, whatever happens on the way.
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

/** Makes the folder if need be, and makes sure before a long run that something can be written there. What runs that were killed left there goes.
 * @param option the command-line option that says where
 * @throws OutputError */
export function requireWritable(folder: string, option = '--out'): void {
  try {
    makeFolder(folder);
    sweep(folder);
    const probe = join(folder, temporaryName());
    writeNew(probe, Buffer.from('\n')); // a byte: a disk that is full still makes empty files
    rmSync(probe);
  } catch (error) {
    throw cannotWrite(folder, error, `choose another folder with ${option}`);
  }
}

/** Writes a whole file, in a folder that is made if need be.
 * @throws OutputError */
export async function writeText(file: string, text: string, option = '--out'): Promise<void> {
  await writeBytes(file, Buffer.from(text), option);
}

/** The same for bytes. In one go: a signal between two parts of it would leave the temporary file behind. @throws OutputError */
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
 * Where a link leads to, and the rights of the file that is replaced.
 * @throws where there is something that is not a file (renaming would put one in the place of /dev/null), or a file that is protected
 */
function target(file: string): { place: string; mode: number | undefined } {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { place: file, mode: undefined };
  if (stat.isDirectory()) throw Object.assign(new Error('a folder is there'), { code: 'EISDIR' });
  if (!stat.isFile()) throw new Error('what is there is not a file');
  if ((stat.mode & 0o222) === 0) throw Object.assign(new Error('it is read-only'), { code: 'EACCES' });
  return { place: realpathSync(file), mode: stat.mode };
}

/** All bytes of a new file, on the disk. A write may take fewer bytes than it is given: a disk that fills up takes what fits. */
function writeNew(file: string, bytes: Uint8Array, mode?: number): void {
  const descriptor = openSync(file, 'wx');
  try {
    for (let at = 0; at < bytes.length;) {
      const taken = writeSync(descriptor, bytes, at, bytes.length - at);
      if (taken === 0) throw new Error(`${at} of ${bytes.length} bytes written`);
      at += taken;
    }
    if (mode !== undefined) fchmodSync(descriptor, mode & 0o777);
    fsyncSync(descriptor); // some file systems say only now that there is no room
    const { size } = fstatSync(descriptor);
    if (size !== bytes.length) throw new Error(`${size} of ${bytes.length} bytes written`);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Of this machine: process ids say nothing about the processes of another one that shares the folder. */
const MACHINE = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const TEMPORARY = new RegExp(`^\\.backproof-${MACHINE}-(\\d+)-[0-9a-f]{8}\\.tmp$`);

function temporaryName(): string {
  return `.backproof-${MACHINE}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
}

/** Removes the temporary files of processes that are gone. One that cannot be removed is in nobody's way. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(TEMPORARY.exec(name)?.[1] ?? NaN);
    if (Number.isNaN(pid) || isRunning(pid)) continue;
    const file = join(folder, name);
    try {
      const { uid } = lstatSync(file);
      if (process.getuid === undefined || uid === process.getuid()) rmSync(file);
    } catch {
      // gone already, or not ours to remove
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'; // EPERM: somebody else's
  }
}

/** Folder by folder: mkdir's own `recursive` never comes back where the system makes no folders (/proc). */
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

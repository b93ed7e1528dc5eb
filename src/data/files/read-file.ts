// Reads whole files, and nothing else: what has no end, or keeps whoever opens it waiting, is refused before it is opened.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { freemem } from 'node:os';
import { DataError } from '../../errors.ts';
import { formatCount } from '../../text.ts';

/** The other end of a pipe of the shell: standard input, and what <(command) stands for. Somebody writes into it. */
const SHELL_PIPE = /^\/(dev\/(stdin|fd\/\d+)|proc\/(self|\d+)\/fd\/\d+)$/;

const CHUNK = 1 << 20;

/** All bytes of a file. @throws DataError where it cannot be read, is something else, or has more than `most` bytes */
export function readFile(file: string, most: number, hint?: string): Buffer {
  try {
    const stat = statSync(file);
    requireFileLike(stat, file, hint);
    if (stat.size > most) throw tooLarge(file, stat.size, most);
    return readUpTo(file, stat.size, most);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${file}: cannot be read (${reason(error)})`, hint);
  }
}

/** Not by the size that is said alone: a pipe says none, and a file may grow. */
function readUpTo(file: string, size: number, most: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    let bytes = Buffer.allocUnsafe(size + 1); // one more, to see the end
    let length = 0;
    for (;;) {
      if (length === bytes.length) bytes = Buffer.concat([bytes], Math.max(2 * length, CHUNK));
      const taken = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (taken === 0) return bytes.subarray(0, length);
      length += taken;
      if (length > most) throw tooLarge(file, length, most);
    }
  } finally {
    closeSync(descriptor);
  }
}

function requireFileLike(stat: Stats, file: string, hint?: string): void {
  if (stat.isFile() || (stat.isFIFO() && SHELL_PIPE.test(file))) return;
  if (stat.isDirectory()) throw new DataError(`${file}: cannot be read (EISDIR)`, hint);
  const what = stat.isFIFO() ? 'named pipe' : stat.isSocket() ? 'socket' : 'device';
  throw new DataError(`${file}: a file expected, a ${what} found`, hint);
}

function tooLarge(file: string, found: number, most: number): DataError {
  return new DataError(`${file}: at most ${megabytes(most)} expected, ${megabytes(found)} found`);
}

export function megabytes(bytes: number): string {
  return `${formatCount(Math.round(bytes / 1e5) / 10)} MB`;
}

export function reason(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

/** Bytes that the system would still give: fewer than the machine has in a container. Not all versions of Node ask for that. */
export function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available?.call(process) ?? freemem();
}

// Reads whole files. Devices, sockets and named pipes are refused before they are opened: reading
// them might never end.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { freemem } from 'node:os';
import { DataError } from '../../errors.ts';
import { formatCount } from '../../text.ts';

/** A pipe of the shell, which has a writer: standard input, or <(command). */
const SHELL_PIPE = /^\/(dev\/(stdin|fd\/\d+)|proc\/(self|\d+)\/fd\/\d+)$/;

const CHUNK = 1 << 20;

/**
 * All bytes of a file.
 * @throws DataError where it cannot be read, is not a file, or has more than `most` bytes
 */
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

/** Does not rely on the reported size: a pipe has none, and a file may grow. */
function readUpTo(file: string, size: number, most: number): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    let bytes = Buffer.allocUnsafe(size + 1); // one more, to detect the end
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
  throw new DataError(`${file}: expected a file, got a ${what}`, hint);
}

function tooLarge(file: string, found: number, most: number): DataError {
  return new DataError(`${file}: expected at most ${megabytes(most)}, got ${megabytes(found)}`);
}

export function megabytes(bytes: number): string {
  return `${formatCount(Math.round(bytes / 1e5) / 10)} MB`;
}

export function reason(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}

/**
 * Bytes of memory that are still available; in a container, within its limit. Older versions of
 * Node know only the free memory.
 */
export function availableMemory(): number {
  const { availableMemory: available } = process as { availableMemory?: () => number };
  return available?.call(process) ?? freemem();
}

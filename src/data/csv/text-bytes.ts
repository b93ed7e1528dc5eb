// The bytes of a table as UTF-8: unpacked, without a byte order mark; or what the file is instead.
import { constants, gunzipSync } from 'node:zlib';
import { DataError } from '../../errors.ts';
import { availableMemory, megabytes, readFile } from '../files/read-file.ts';
import { adviceOn, isGzip, whatIs } from '../files/what-is.ts';
import { MOST_BYTES } from '../idx.ts';

/** Bytes in memory per byte of a table: its text, the numbers while they grow, and as examples. */
const COPIES = 8;

/** What is read as a table; whatever else is recognised is refused by its name. */
const TEXT = /^a (CSV table|text file|file of another format)( in gzip)?$/;

/**
 * @throws DataError if the file cannot be read or unpacked, is too large, or is no text
 */
export function readTableBytes(file: string): Uint8Array {
  const packed = readFile(file, MOST_BYTES);
  const what = whatIs(packed);
  const decoded = utf8Of(packed);
  if (decoded === null && !TEXT.test(what) && what !== 'a damaged gzip file')
    throw new DataError(`${file}: expected a CSV table, got ${what}`, adviceOn(what));
  const bytes = decoded ?? (isGzip(packed) ? utf8Of(unpack(packed, file)) : null) ?? unpack(packed, file);
  const most = Math.floor(availableMemory() / COPIES);
  if (bytes.length > most)
    throw new DataError(`${file}: expected at most ${megabytes(most)} of text, got ${megabytes(bytes.length)}`, 'use fewer rows'); // prettier-ignore
  requireText(bytes, file);
  return isMarked(bytes) ? bytes.subarray(3) : bytes;
}

/** Whether UTF-8 begins with a byte order mark. */
function isMarked(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Text in UTF-16 as UTF-8; null without the byte order mark of UTF-16. */
function utf8Of(bytes: Uint8Array): Uint8Array | null {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null; // prettier-ignore
  return encoding === null ? null : new TextEncoder().encode(new TextDecoder(encoding).decode(bytes));
}

function unpack(bytes: Uint8Array, file: string): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  const most = Math.min(MOST_BYTES, Math.floor(availableMemory() / COPIES));
  try {
    return gunzipSync(bytes, { maxOutputLength: most, finishFlush: constants.Z_FINISH });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new DataError(`${file}: expected at most ${megabytes(most)} of text, got more`, 'use fewer rows');
    throw new DataError(
      `${file}: cannot be unpacked (${error instanceof Error ? error.message : String(error)})`,
      'the file is damaged or cut short; fetch it again',
    );
  }
}

/** @throws DataError on a byte 0, which text does not have */
function requireText(bytes: Uint8Array, file: string): void {
  const at = bytes.indexOf(0);
  if (at < 0) return;
  const before = bytes.subarray(0, at);
  const line = before.reduce((count, byte) => count + Number(byte === 10), 1);
  const column = at - before.lastIndexOf(10);
  const wide = at < 4 && bytes.length > at + 2 && bytes[at + 2] === 0;
  throw new DataError(
    `${file}:${line}:${column}: expected text, got a NUL byte`,
    wide ? 'the file looks like UTF-16; save it as UTF-8' : 'the file is damaged or is not text',
  );
}

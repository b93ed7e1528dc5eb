// Reads the IDX format (Yann LeCun's MNIST page): a big-endian header, then the numbers.
//   bytes 0-1: 0   byte 2: type (8: unsigned byte)   byte 3: number of dimensions n
//   then n sizes of 4 bytes each, then the data
import { constants, gunzipSync } from 'node:zlib';
import { DataError } from '../errors.ts';
import { formatCount } from '../text.ts';
import { availableMemory, megabytes } from './files/read-file.ts';
import { adviceOn, isGzip, whatIs } from './files/what-is.ts';

/** The numbers of an IDX file; the last dimension varies fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** Type of the numbers, and dimensions. */
interface Format {
  readonly type: keyof typeof TYPES;
  readonly dimensions: number;
}

/** Bytes of a number, and what it is called, by the type in the header. */
const TYPES = {
  8: { bytes: 1, what: 'unsigned bytes' },
  12: { bytes: 4, what: '32-bit integers' },
} as const;

interface Header {
  readonly shape: readonly number[];
  /** Size of the whole file, unpacked. */
  readonly bytes: number;
}

const UNSIGNED_BYTE = 8;

/** Largest file, packed or not. EMNIST, the largest set in this format, has 0.64 GB. */
export const MOST_BYTES = 2 ** 30;

/** Largest picture: so many inputs already mean a million weights per unit of the first layer. */
const MOST_PIXELS = 2 ** 20;

/** How many copies of a file's numbers a run holds at its start. */
const COPIES = 4;

/**
 * Bytes of a packed file that are unpacked to read the header; deflate packs at most 1032 bytes
 * into one.
 */
const BEGINNING = 2048;
const MOST_PACKED = 1032;

/**
 * @param bytes the whole file, gzip'ed or not
 * @param name how messages name it
 * @param dimensions 3 for images, 1 for labels
 * @throws DataError saying what was expected and what was found
 */
export function parseIdx(bytes: Uint8Array, name: string, dimensions: number): IdxArray {
  return parseFormat(bytes, name, { type: UNSIGNED_BYTE, dimensions });
}

/**
 * Labels: unsigned bytes, or rows of 32-bit integers, of which the first is the label (QMNIST).
 * @throws DataError saying what was expected and what was found
 */
export function parseIdxLabels(bytes: Uint8Array, name: string): Int32Array {
  const rows: Format = { type: 12, dimensions: 2 };
  if (headerIn(isGzip(bytes) ? beginning(bytes, name) : bytes, rows) === null)
    return Int32Array.from(parseIdx(bytes, name, 1).data);
  const { shape, data } = parseFormat(bytes, name, rows);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Int32Array.from({ length: shape[0] }, (_, r) => view.getInt32(4 * shape[1] * r));
}

function parseFormat(bytes: Uint8Array, name: string, format: Format): IdxArray {
  const { dimensions } = format;
  const headerLength = 4 + 4 * dimensions;
  const header = headerIn(isGzip(bytes) ? beginning(bytes, name) : bytes, format);
  const raw = isGzip(bytes) ? unpack(bytes, name, header) : bytes;
  const what = whatIs(raw);
  if (raw.length > 0 && (raw[0] !== 0 || raw[1] !== 0)) {
    const packed = raw === bytes ? '' : ' in gzip';
    throw new DataError(`${name}: expected an IDX file, got ${what}${packed}`, adviceOn(what));
  }
  if (raw.length < headerLength) {
    throw new DataError(
      `${name}: expected an IDX header of ${headerLength} bytes, the file has ${raw.length}`,
      raw.length === 0 ? adviceOn(what) : 'the file is cut short; fetch it again',
    );
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const magic = view.getUint32(0);
  const wanted = magicOf(format);
  if (magic !== wanted) {
    throw new DataError(
      `${name}: expected magic number ${hex(wanted)} (${dimensions} dimension${dimensions > 1 ? 's' : ''} of ${TYPES[format.type].what}), got ${hex(magic)}`,
      magic >> 8 === UNSIGNED_BYTE ? 'are images and labels mixed up?' : adviceOn(what),
    );
  }
  const shape = shapeIn(view, dimensions);
  const size = sizeOf(shape) * TYPES[format.type].bytes;
  if (raw.length !== headerLength + size) {
    const length = raw.length < headerLength + size ? 'cut short' : 'too long';
    throw new DataError(
      `${name}: expected ${headerLength + size} bytes by its header, got ${raw.length}`,
      `the file is ${length}; fetch it again`,
    );
  }
  requireRoom({ shape, bytes: raw.length }, name);
  if (size === 0) throw new DataError(`${name}: has no examples (${shape.join(' x ')})`);
  return { shape, data: raw.subarray(headerLength) };
}

function magicOf({ type, dimensions }: Format): number {
  return (type << 8) | dimensions;
}

function shapeIn(view: DataView, dimensions: number): number[] {
  return Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
}

/** The header at the start of the bytes; null where they start otherwise. */
function headerIn(start: Uint8Array, format: Format): Header | null {
  const { dimensions, type } = format;
  const headerLength = 4 + 4 * dimensions;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < headerLength || view.getUint32(0) !== magicOf(format)) return null;
  const shape = shapeIn(view, dimensions);
  return { shape, bytes: headerLength + sizeOf(shape) * TYPES[type].bytes };
}

/** Checks by the header alone, so that nothing is unpacked that does not fit in memory. */
function requireRoom({ shape: [, rows = 1, cols = 1], bytes }: Header, name: string): void {
  if (rows * cols > MOST_PIXELS) {
    throw new DataError(
      `${name}: expected pictures of at most ${formatCount(MOST_PIXELS)} pixels, got ${rows} x ${cols}`,
      'make them smaller; each pixel is an input of the network',
    );
  }
  const most = Math.min(MOST_BYTES, Math.floor(availableMemory() / COPIES));
  if (bytes <= most) return;
  throw new DataError(
    `${name}: expected at most ${megabytes(most)}, got ${megabytes(bytes)} by its header`,
    'use fewer or smaller pictures',
  );
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** The first bytes of a packed file, unpacked. */
function beginning(bytes: Uint8Array, name: string): Uint8Array {
  return inflate(bytes.subarray(0, BEGINNING), name, { finishFlush: constants.Z_SYNC_FLUSH });
}

/**
 * Unpacks as many bytes as the header says, and one more to detect surplus. Without a header it
 * unpacks the beginning, which shows what the file is.
 */
function unpack(bytes: Uint8Array, name: string, header: Header | null): Uint8Array {
  if (header !== null && header.bytes > bytes.length * MOST_PACKED)
    throw notAsLong(name, header.bytes, 'fewer', 'cut short');
  if (header !== null) requireRoom(header, name);
  try {
    return inflate(bytes, name, { maxOutputLength: header === null ? BEGINNING : header.bytes + 1 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    if (header === null) return beginning(bytes, name);
    throw notAsLong(name, header.bytes, 'more', 'too long');
  }
}

function notAsLong(name: string, expected: number, found: string, what: string): DataError {
  return new DataError(
    `${name}: expected ${expected} bytes by its header, got ${found}`,
    `the file is ${what}; fetch it again`,
  );
}

function inflate(bytes: Uint8Array, name: string, options: Parameters<typeof gunzipSync>[1]): Uint8Array {
  try {
    return gunzipSync(bytes, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new DataError(
      `${name}: cannot be unpacked (${error instanceof Error ? error.message : String(error)})`,
      'the file is damaged or cut short; fetch it again',
    );
  }
}

function hex(n: number): string {
  return `0x${n.toString(16).padStart(8, '0')}`;
}

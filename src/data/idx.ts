// Reader of the IDX format (Yann LeCun's MNIST page): big-endian header, then the numbers.
//   bytes 0-1: 0   byte 2: type (8: unsigned byte)   byte 3: number of dimensions n   then n sizes of 4 bytes each   then data
import { gunzipSync } from 'node:zlib';
import { DataError } from '../errors.ts';
import { adviceOn, whatIs } from './what-is.ts';

/** The numbers of an IDX file, the last dimension fastest. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

const UNSIGNED_BYTE = 8;

/**
 * @param bytes the whole file, gzip'ed or not
 * @param name what messages call it
 * @param dimensions 3 for images, 1 for labels
 * @throws DataError saying what was expected and what was found
 */
export function parseIdx(bytes: Uint8Array, name: string, dimensions: number): IdxArray {
  const raw = isGzip(bytes) ? unpack(bytes, name) : bytes;
  const what = whatIs(raw);
  if (raw.length > 0 && (raw[0] !== 0 || raw[1] !== 0)) {
    const packed = raw === bytes ? '' : ' in gzip';
    throw new DataError(`${name}: an IDX file expected, ${what}${packed} found`, adviceOn(what));
  }
  const headerLength = 4 + 4 * dimensions;
  if (raw.length < headerLength) {
    throw new DataError(
      `${name}: an IDX header of ${headerLength} bytes expected, the file has ${raw.length}`,
      raw.length === 0 ? adviceOn(what) : 'the file is cut short; fetch it again',
    );
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const magic = view.getUint32(0);
  const expected = (UNSIGNED_BYTE << 8) | dimensions;
  if (magic !== expected) {
    throw new DataError(
      `${name}: magic number ${hex(expected)} expected (${dimensions} dimension${dimensions > 1 ? 's' : ''} of unsigned bytes), ${hex(magic)} found`,
      magic >> 8 === UNSIGNED_BYTE ? 'this is not such an IDX file; are images and labels mixed up?' : adviceOn(what),
    );
  }
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  const size = shape.reduce((product, n) => product * n, 1);
  if (raw.length !== headerLength + size) {
    const length = raw.length < headerLength + size ? 'cut short' : 'too long';
    throw new DataError(
      `${name}: ${headerLength + size} bytes expected from its header, ${raw.length} found`,
      `the file is ${length}; fetch it again`,
    );
  }
  if (size === 0) throw new DataError(`${name}: holds no examples (${shape.join(' x ')})`);
  return { shape, data: raw.subarray(headerLength) };
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array, name: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(
      `${name}: does not unpack (${error instanceof Error ? error.message : String(error)})`,
      'the file is damaged or cut short; fetch it again',
    );
  }
}

function hex(n: number): string {
  return `0x${n.toString(16).padStart(8, '0')}`;
}

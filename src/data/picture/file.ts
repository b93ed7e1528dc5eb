// Reads and writes picture files, PNG and JPEG, with the library `sharp`, which is loaded only
// when needed.
import { DataError } from '../../errors.ts';
import { readFile } from '../files/read-file.ts';
import { loadSharp } from './decoder.ts';
import { digitOf } from './digit.ts';
import type { PreparedDigit } from './digit.ts';
import type { Rgba } from './shades.ts';

/** Format of a picture file, by its first bytes. */
export type PictureFormat = 'PNG' | 'JPEG';

/** A prepared digit and the file that it comes from. */
export interface DigitPicture extends PreparedDigit {
  readonly file: string;
  readonly format: PictureFormat;
  /** Rows and columns of the picture, turned as its EXIF orientation says. */
  readonly rows: number;
  readonly cols: number;
}

/** 50 million pixels take 400 MB while they are processed. */
const MOST_PIXELS = 50_000_000;
const MOST_BYTES = 4 * MOST_PIXELS;
const LEAST_SIDE = 8;

/**
 * Reads a picture of one digit and prepares it as MNIST's digits were.
 * @throws DataError naming the file, in one line
 */
export async function readDigit(file: string): Promise<DigitPicture> {
  const bytes = readFile(file, MOST_BYTES, '--image takes a PNG or JPEG file');
  const format = formatOf(bytes, file);
  const picture = await decode(bytes, format, file);
  try {
    return { ...digitOf(picture), file, format, rows: picture.rows, cols: picture.cols };
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`${file}: ${error.message}`, error.hint);
    throw error;
  }
}

/** Encodes rows x cols bytes as a grey PNG, each pixel as a square of `enlarged` x `enlarged`. */
export async function encodePng(values: Uint8Array, rows: number, cols: number, enlarged: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return sharp(values, { raw: { width: cols, height: rows, channels: 1 } })
    .resize(cols * enlarged, rows * enlarged, { kernel: 'nearest' })
    .toColourspace('b-w')
    .png()
    .toBuffer();
}

/** First bytes of other formats, which messages name. */
const OTHERS: readonly [name: string, begins: RegExp][] = [
  ['GIF', /^GIF8/],
  ['WebP', /^RIFF....WEBP/s],
  ['TIFF', /^(II\*\0|MM\0\*)/],
  ['AVIF', /^....ftypavi/s],
  ['HEIC', /^....ftyp(he|mi|ms)/s],
  ['BMP', /^BM/],
  ['PDF', /^%PDF/],
  ['SVG', /^\s*(<\?xml[^>]*>\s*)?<svg/],
];

/** The format by content; the name of the file does not matter. */
function formatOf(bytes: Uint8Array, file: string): PictureFormat {
  const start = Buffer.from(bytes.subarray(0, 1000)).toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) {
    if (!isAnimated(bytes)) return 'PNG';
    throw new DataError(`${file}: expected PNG or JPEG, got an animated PNG`, 'save one of its frames');
  }
  const other = OTHERS.find(([, begins]) => begins.test(start))?.[0];
  const found = other ?? (bytes.length === 0 ? 'an empty file' : 'something else');
  throw new DataError(`${file}: expected PNG or JPEG, got ${found}`, 'save the picture as PNG');
}

/**
 * An animation has the chunk acTL before the first pixels (IDAT): W3C, PNG third edition, section
 * 11.3.6.1.
 */
function isAnimated(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = buffer.indexOf('IDAT', 0, 'latin1');
  return buffer.subarray(0, Math.max(0, pixels)).includes('acTL', 0, 'latin1');
}

/** Decodes to sRGB with 8 bits per channel, turned as the EXIF orientation says. */
async function decode(bytes: Uint8Array, format: PictureFormat, file: string): Promise<Rgba> {
  const sharp = await loadSharp();
  const damaged = (error: unknown): DataError => {
    const why = (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];
    return new DataError(`${file}: the ${format} cannot be decoded (${why})`, 'the file is damaged or cut short');
  };
  const { width, height } = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => Promise.reject(damaged(error)));
  requireSize(height, width, file);
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error' })
    .autoOrient()
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => Promise.reject(damaged(error)));
  return { rows: info.height, cols: info.width, data };
}

function requireSize(rows: number, cols: number, file: string): void {
  if (Math.min(rows, cols) < LEAST_SIDE) {
    throw new DataError(
      `${file}: expected at least ${LEAST_SIDE} x ${LEAST_SIDE} pixels, got ${cols} x ${rows}`,
      'use a larger picture',
    );
  }
  if (rows * cols > MOST_PIXELS) {
    throw new DataError(
      `${file}: expected at most ${MOST_PIXELS / 1e6} million pixels, got ${cols} x ${rows}`,
      'make it smaller; 200 x 200 is plenty',
    );
  }
}

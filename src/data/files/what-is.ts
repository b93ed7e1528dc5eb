// Says in words what a file is, by its first bytes, for messages about unexpected files.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';

/** Bytes that are looked at. */
const HEAD = 4096;

/** First bytes of known formats. */
const SIGNATURES: readonly (readonly [beginning: string, what: string, at?: number])[] = [
  ['PK\u0003\u0004', 'a ZIP archive'],
  ['PK\u0005\u0006', 'an empty ZIP archive'],
  ['7z\u00bc\u00af\u0027\u001c', 'a 7z archive'],
  ['Rar!\u001a\u0007', 'a RAR archive'],
  ['ustar', 'a TAR archive', 257],
  ['BZh', 'a bzip2 file'],
  ['\u00fd7zXZ\u0000', 'an xz file'],
  ['\u0028\u00b5\u002f\u00fd', 'a Zstandard file'],
  ['\u0089PNG\r\n', 'a PNG picture'],
  ['\u00ff\u00d8\u00ff', 'a JPEG picture'],
  ['GIF8', 'a GIF picture'],
  ['%PDF', 'a PDF document'],
  ['\u0093NUMPY', 'a NumPy array (.npy)'],
  ['PAR1', 'a Parquet table'],
  ['ARROW1', 'an Arrow table'],
  ['\u0089HDF', 'an HDF5 file'],
  ['MATLAB 5.0', 'a MATLAB file (.mat)'],
  ['SQLite format 3', 'an SQLite database'],
  ['version https://git-lfs', 'a Git LFS pointer, not the file itself'],
];

const IDX_TYPES: Readonly<Record<number, string>> = {
  8: 'unsigned bytes',
  9: 'signed bytes',
  11: '16-bit integers',
  12: '32-bit integers',
  13: '32-bit floats',
  14: '64-bit floats',
};

/** "a ZIP archive", "IDX, 2 dimensions of 32-bit integers", "a text file" */
export function whatIs(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'an empty file';
  if (isGzip(bytes)) return insideGzip(bytes);
  const head = bytes.subarray(0, HEAD);
  const latin = Buffer.from(head).toString('latin1');
  const known = SIGNATURES.find(([beginning, , at = 0]) => latin.startsWith(beginning, at));
  return known?.[1] ?? idxWords(head) ?? textWords(head) ?? 'a file of another format';
}

/** What a file on disk is; only its beginning is read. */
export function whatIsFile(file: string): string {
  // reading anything but a file might never end
  if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)) return 'not a regular file';
  const bytes = Buffer.alloc(HEAD);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    return whatIs(bytes.subarray(0, readSync(descriptor, bytes)));
  } catch {
    return 'a file that cannot be read';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** What to do about such a file, where a data file was expected. */
export function adviceOn(what: string): string {
  if (/archive/.test(what)) return 'unpack it first';
  if (/bzip2|xz file|Zstandard/.test(what)) return 'unpack it first; only gzip is supported';
  if (/HTML page|XML document|Git LFS/.test(what)) return 'the download failed; fetch the file again';
  if (/empty/.test(what)) return 'the file is empty; fetch it again';
  if (/picture/.test(what)) return 'data sets are IDX or CSV files; predict --image takes a single picture';
  if (/integers/.test(what)) return 'the file has integers, as labels of QMNIST do: are images and labels mixed up?';
  if (/^IDX/.test(what)) return `the file is ${what}; convert it: only unsigned bytes are supported`;
  return 'convert it: data sets are IDX files (images idx3-ubyte, labels idx1-ubyte) or CSV tables';
}

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function insideGzip(bytes: Uint8Array): string {
  try {
    const inside = gunzipSync(bytes.subarray(0, HEAD), { finishFlush: constants.Z_SYNC_FLUSH });
    return `${whatIs(inside)} in gzip`;
  } catch {
    return 'a damaged gzip file';
  }
}

function idxWords([first, second, type, dimensions]: Uint8Array): string | null {
  if (first !== 0 || second !== 0 || type === undefined || dimensions === undefined) return null;
  const numbers = IDX_TYPES[type];
  if (numbers === undefined || dimensions === 0) return null;
  return `IDX, ${dimensions} dimension${dimensions === 1 ? '' : 's'} of ${numbers}`;
}

function textWords(head: Uint8Array): string | null {
  const text = new TextDecoder().decode(head, { stream: true }); // the last character may be cut off
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000e-\u001a\ufffd]/.test(text)) return null;
  if (/^\s*<(!doctype html|html|head|body|!--)/i.test(text)) return 'an HTML page';
  if (/^\s*<\?xml/.test(text)) return 'an XML document';
  if (/^\s*[[{]\s*["[{\]}\d-]/.test(text)) return 'a JSON document';
  const columns = (line: string): number => line.split(/[,;\t]/).length;
  const [first, second] = text.split(/\r?\n/);
  const table = first !== undefined && second !== undefined && columns(first) > 1 && columns(first) === columns(second);
  return table || /^[^\n]*,[^\n]*,[^\n]*,/.test(text) ? 'a CSV table' : 'a text file';
}

// Bytes that one run keeps for the next, with their digest: damaged ones are as good as none.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { writeBytes } from './write.ts';

const DIGEST = 16;
const digestOf = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

/** undefined where nothing is kept. */
export function keptBytes(file: string): Buffer | undefined {
  try {
    const all = readFileSync(file);
    const bytes = all.subarray(DIGEST);
    return digestOf(bytes).equals(all.subarray(0, DIGEST)) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Also while the process ends. Where nothing can be written, nothing is kept. */
export function keepBytes(file: string, bytes: Buffer): void {
  writeBytes(file, Buffer.concat([digestOf(bytes), bytes])).catch(() => {});
}

/** Tells a file from the same one after a change. */
export function editionOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${size}.${Math.round(mtimeMs)}`;
}

// A hash of files by what is in them, for telling two versions of a program or a candidate apart.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of files one after the other, whatever they are called. */
export function fingerprintOfFiles(files: readonly string[], before = ''): string {
  const hash = createHash('sha256').update(before);
  for (const bytes of files.map((file) => readFileSync(file))) hash.update(`\n${bytes.length}\n`).update(bytes);
  return hash.digest('hex');
}

/** Of all files below a folder whose names fit, whatever their times. Links are not followed. */
export function fingerprintOf(folder: string, fits: (name: string) => boolean): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && fits(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readFileSync(file);
    hash.update(`${file.slice(folder.length).replaceAll('\\', '/')}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}

// Reads the digests in fixed-bits.json of everything that has the same bits in every runtime.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Digests = Record<string, string>;

export const FILE = join(import.meta.dirname, 'fixed-bits.json');
export const recorded = (): Digests => JSON.parse(readFileSync(FILE, 'utf8')) as Digests;

export function digestsOf(parts: Record<string, string>): Digests {
  return Object.fromEntries(
    Object.entries(parts).map(([name, hex]) => [name, createHash('sha256').update(hex, 'hex').digest('hex')]),
  );
}

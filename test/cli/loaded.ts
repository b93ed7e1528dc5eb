// What a run of the built program loads: packages, and sources of the project. The program runs in
// a process of its own that notes every file.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { newFolder, programWords } from './program.ts';

export interface Loaded {
  readonly code: number | null;
  readonly stderr: string;
  /** Names of packages, sorted. */
  readonly packages: readonly string[];
  /** Paths below src, sorted. */
  readonly sources: readonly string[];
}

/** Notes files that are imported; in Node 20 such hooks run in a thread of their own. */
const hooks = (notes: string): string => `
import { appendFileSync } from 'node:fs';
export async function load(url, context, next) {
  appendFileSync(${JSON.stringify(notes)}, url + '\\n');
  return next(url, context);
}`;

/** Registers them, and notes at the end what was required. */
const preload = (notes: string, file: string): string => `
import { appendFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
register(${JSON.stringify(pathToFileURL(file).href)});
const { cache } = createRequire(import.meta.url);
process.on('exit', () => appendFileSync(${JSON.stringify(notes)}, Object.keys(cache).join('\\n')));`;

export function loadedBy(words: readonly string[]): Loaded {
  const folder = newFolder();
  const [notes, hook, first] = ['notes', 'hooks.mjs', 'first.mjs'].map((name) => join(folder, name));
  writeFileSync(hook, hooks(notes));
  writeFileSync(first, preload(notes, hook));
  const [node, ...program] = programWords(words);
  const { status, stderr } = spawnSync(node, ['--import', pathToFileURL(first).href, ...program], { encoding: 'utf8' });
  const files = readFileSync(notes, 'utf8')
    .split('\n')
    .filter((line) => /^(file:|\/)/.test(line));
  rmSync(folder, { recursive: true });
  const parts = files.flatMap((file) => partsOf(file.startsWith('file:') ? new URL(file) : file));
  return {
    code: status,
    stderr,
    packages: unique(parts.map((part) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(part)?.[1])),
    sources: unique(parts.map((part) => /^src\/(.*)$/.exec(part)?.[1])),
  };
}

/** A file, or what was bundled into it: esbuild names it in comments. */
function partsOf(file: string | URL): string[] {
  const path = String(file);
  if (path.includes('node_modules/') || !path.includes('/dist/')) return [path];
  return Array.from(readFileSync(file, 'utf8').matchAll(/^\s*\/\/ ((?:src|node_modules)\/\S+)$/gm), ([, part]) => part);
}

function unique(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))].sort();
}

// The documents: every Markdown file of the project that a person wrote, by its path from the project's folder.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../package/pack.ts';

const FOLDERS = ['docs', 'examples', 'data', 'results'];
/** Made by programs or not ours. */
const LEFT_OUT = /(^|\/)(node_modules|api|reports)\//;

/** README.md, docs/protocol.md ... */
export function documents(): string[] {
  const inRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const below = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
      .filter((name) => name.endsWith('.md') && !LEFT_OUT.test(name)),
  );
  return [...inRoot, ...below].toSorted();
}

export function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

const NAMED = /^```[mc]?[tj]s\n\/\/ ([\w-]+\.[mc]?[tj]s)\n[^]*?^```$/gm;

/** Blocks of code that name a file in their first line, by that name. @throws Error where two documents name one file */
export function namedFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const document of documents().filter((name) => name.startsWith('docs/') || name === 'README.md'))
    for (const [block, name] of textOf(document).matchAll(NAMED)) {
      if (files.has(name)) throw new Error(`${document}: ${name} is the name of another block already`);
      files.set(name, block.split('\n').slice(1, -1).join('\n'));
    }
  return files;
}

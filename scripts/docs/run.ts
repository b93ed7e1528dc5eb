// Runs the commands of the transcripts, one after the other, in a folder of their own: what one
// writes, the next may read.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../package/pack.ts';
import { documents, namedFiles, textOf } from './documents.ts';
import { transcriptsOf } from './transcripts.ts';

const TSX = createRequire(import.meta.url).resolve('tsx');
/** What documents name by its path from the project's folder. */
const LINKED = ['data', 'examples', 'node_modules'];
const SOURCES = 'node scripts/run.mjs';

/** Every command once, in the order of the documents. */
export function commands(): string[] {
  const all = documents().flatMap((document) => transcriptsOf(textOf(document), document));
  return [...new Set(all.map(({ command }) => command))];
}

/** A folder with what commands read: folders of the project, and the files that documents show. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-transcripts-'));
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(folder, name));
  for (const [name, text] of namedFiles()) writeFileSync(join(folder, name), `${text}\n`);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  mkdirSync(join(folder, 'results'));
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * The words that start it.
 * @param built the folder whose dist/ `npx backproof` runs
 * @throws Error for anything but the program and scripts of this folder
 */
export function startOf(command: string, built: string): string[] {
  const words = Array.from(command.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);
  if (words[0] === 'node' && words[1]?.startsWith('scripts/docs/')) return ['--import', TSX, join(ROOT, words[1])];
  if (words[0] === 'npx' && words[1] === 'backproof') return [join(built, 'dist/cli/main.js'), ...words.slice(2)];
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = words[0] === 'npm' && words[1] === 'run' ? scripts[words[2]] : undefined;
  if (script?.startsWith(SOURCES) !== true)
    throw new Error(`${command}: a transcript is of "npx backproof ..." or "npm run ..." of one of its commands`);
  const own = script.slice(SOURCES.length).trim().split(' ').filter(Boolean);
  return [join(ROOT, 'scripts/run.mjs'), ...own, ...words.slice(words[3] === '--' ? 4 : 3)];
}

/**
 * What it prints: standard output, or standard error where there is none.
 * @throws Error where the program fails by itself
 */
export async function outputOf(command: string, folder: string, built: string): Promise<string> {
  const child = spawn(process.execPath, startOf(command, built), {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => (texts[stream] += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === null || code > 3) throw new Error(`${command} ended with ${code ?? 'a signal'}:\n${texts.stderr}`);
  return texts.stdout.trim() === '' ? texts.stderr : texts.stdout;
}

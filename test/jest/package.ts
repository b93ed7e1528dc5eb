// A user's project in a temporary folder, with backproof as npm would pack it and all other
// packages as they are installed here.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { wholeBuild } from '../whole-build.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** @returns the folder of the project */
export async function createProject(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-matchers-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'backproof'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'backproof') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  cpSync(await wholeBuild(), join(modules, 'backproof', 'dist'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(modules, 'backproof', 'package.json'));
  return folder;
}

/** A file of test/ as a user would have it: its imports from src become imports of the package. */
export function asOfUser(file: string, entry: string): string {
  return readFileSync(join(ROOT, 'test', file), 'utf8')
    .replaceAll(/'[./]+\/src\/jest.ts'/g, `'backproof/${entry}'`)
    .replaceAll(/'[./]+\/src\/[^']*'/g, "'backproof'")
    .replaceAll(/'[^']*\/implementations.ts'/g, "'./implementations.js'");
}

/** Compiles a source to JavaScript and writes it. */
export function writeScript(path: string, source: string, format: 'cjs' | 'esm'): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, transformSync(source, { loader: 'ts', format }).code);
}

/** Runs a program of node_modules, and returns its status and the output of both streams. */
export function run(
  cwd: string,
  script: string,
  args: readonly string[],
  env: Record<string, string> = {},
): { status: number | null; output: string } {
  const { NODE_OPTIONS: _, ...own } = process.env;
  const all = { ...own, NO_COLOR: '1', FORCE_COLOR: '0', CI: '1', ...env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules', script), ...args], {
    cwd,
    env: all,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

// A user's project in a temporary folder, with backproof as it would be packed and everything else
// as it is installed here.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The folder, in which dist is built anew. */
export function createProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backproof-matchers-'));
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, 'backproof'), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== 'backproof') symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  const build = ['--import', 'tsx', 'scripts/build.ts', join(modules, 'backproof', 'dist')];
  execFileSync(process.execPath, build, { cwd: ROOT });
  cpSync(join(ROOT, 'package.json'), join(modules, 'backproof', 'package.json'));
  return folder;
}

/** A file of test/ as a user would have it: what it imports of src comes from the package. */
export function asOfUser(file: string, entry: string): string {
  return readFileSync(join(ROOT, 'test', file), 'utf8')
    .replaceAll(/'[./]+\/src\/jest.ts'/g, `'backproof/${entry}'`)
    .replaceAll(/'[./]+\/src\/[^']*'/g, "'backproof'")
    .replaceAll(/'[^']*\/implementations.ts'/g, "'./implementations.js'");
}

/** Writes it as JavaScript. */
export function writeScript(path: string, source: string, format: 'cjs' | 'esm'): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, transformSync(source, { loader: 'ts', format }).code);
}

/** A program of node_modules, with what it printed on both streams. */
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

// npm's scripts start the program through scripts/run.mjs, which bundles the sources once: a copy
// of the project shows that a change is not missed, and what happens where nothing can be kept.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT, inTurn, startWords } from '../cli/program.ts';
import type { Outcome } from '../cli/program.ts';

const LIMIT = 120_000; // milliseconds; an idle machine needs some seconds
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What the program reads, with the packages as links. */
function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'backproof sources '));
  folders.push(folder);
  for (const part of [
    'src',
    'scripts/package',
    'scripts/run.mjs',
    'package.json',
    'data/datasets.json',
    'tsconfig.json',
  ])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(join(ROOT, 'node_modules')).filter((one) => one !== '.cache'))
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  return folder;
}

function run(folder: string, ...words: readonly string[]): Promise<Outcome> {
  const command = [process.execPath, join(folder, 'scripts/run.mjs'), ...words];
  return inTurn(() => startWords(command, { limit: LIMIT, cwd: folder }).outcome);
}

function change(folder: string, file: string, from: string, to: string): void {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toContain(from);
  writeFileSync(join(folder, file), text.replace(from, to));
}

const kept = (folder: string): string[] => readdirSync(join(folder, 'node_modules/.cache/backproof-sources'));

describe.concurrent('npm run', { timeout: LIMIT }, () => {
  it('keeps a bundle until a source changes; errors name lines of sources', async () => {
    const folder = copyOfProject();
    const first = await run(folder, 'faults', '--help');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('List the known mistakes');
    const [bundle, ...others] = kept(folder);
    expect(others).toEqual([]);
    change(folder, join('node_modules/.cache/backproof-sources', bundle, 'dist/cli/main.js'), 'await', 'EVEN;await');
    expect((await run(folder, 'faults', '--help')).stderr).toContain('EVEN is not defined'); // it is what is run

    change(folder, 'src/cli/command-table.ts', 'list the known mistakes', 'name the known mistakes');
    const second = await run(folder, 'faults', '--help');
    expect(second).toEqual({ code: 0, stderr: '', stdout: first.stdout.replace('List the', 'Name the') });
    expect(kept(folder)).toHaveLength(2); // a run may still load parts of the other

    change(
      folder,
      'src/cli/commands/faults.ts',
      'Promise<number> {\n',
      "Promise<number> {\n  throw new Error('a bug');\n",
    );
    const { code, stderr } = await run(folder, 'faults');
    expect(stderr).toMatch(/src\/cli\/commands\/faults\.ts:\d+/);
    expect(code).toBe(4);
  });

  it('runs without a bundle where none can be kept', async () => {
    const folder = copyOfProject();
    writeFileSync(join(folder, 'node_modules/.cache'), 'not a folder');
    const words = ['gradcheck', '--dataset', 'xor', '--reference', 'vector', '--out', join(folder, 'out')];
    const { code, stdout } = await run(folder, ...words);
    expect(stdout).toContain('npm run gradcheck -- --dataset xor --reference vector');
    expect(code).toBe(0);
  });

  it('runs without a bundle, and says why, where a source cannot be translated', async () => {
    const folder = copyOfProject();
    change(folder, 'src/cli/commands/faults.ts', 'export ', 'export export ');
    const { code, stderr } = await run(folder, 'faults');
    expect(stderr).toMatch(/faults\.ts/);
    expect([code, kept(folder)]).toEqual([4, []]);
  });
});

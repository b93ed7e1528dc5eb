// Native TensorFlow is requested but missing: in a copy of the program whose tfjs-node has no
// binding or is not installed.
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorDocument, gradcheckDocument } from './documents.ts';
import { BUILT, ROOT, SMALL, backproof, complaint, filesIn, newFolder } from './program.ts';

const SCOPE = '@tensorflow';

/** The program copied, packages linked, but for those in `without`, which are left out. */
function copyOfProgram(without: string): string {
  const copy = newFolder();
  for (const part of ['dist', 'data', 'package.json']) cpSync(join(BUILT, part), join(copy, part), { recursive: true });
  const link = (path: string): void => {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(copy, path));
  };
  const [packages, scoped] = ['node_modules', join('node_modules', SCOPE)];
  for (const name of readdirSync(join(ROOT, packages))) if (name !== SCOPE) link(join(packages, name));
  for (const name of readdirSync(join(ROOT, scoped))) if (name !== without) link(join(scoped, name));
  return copy;
}

let [noBinding, noPackage] = ['', ''];

beforeAll(() => {
  noPackage = copyOfProgram('tfjs-node');
  noBinding = copyOfProgram('tfjs-node');
  const tfjsNode = join('node_modules', SCOPE, 'tfjs-node');
  for (const part of ['package.json', 'dist', 'scripts']) {
    cpSync(join(ROOT, tfjsNode, part), join(noBinding, tfjsNode, part), { recursive: true });
  }
});

describe.concurrent('--backend node without its binding', () => {
  it.for(['compare', 'train', 'predict'])(
    'makes %s exit with 3 and name the command that sets it up',
    async (command) => {
      const out = newFolder();
      const engine = command === 'train' ? ['--engine', 'tfjs'] : [];
      const run = await backproof([command, ...SMALL, ...engine, '--backend', 'node', '--out', out], {
        root: noBinding,
      });
      expect(complaint(run)).toMatch(/the tfjs node backend is not available: .*binding.*; run: npm run setup:native/);
      expect(run.code).toBe(3);
      expect(filesIn(out)).toEqual([]);
    },
  );

  it('makes selftest exit with 3 where it is asked for', async () => {
    const asked = await backproof(['selftest', '--quick', '--backend', 'node', '--out', newFolder()], {
      root: noBinding,
    });
    expect(complaint(asked)).toMatch(/the tfjs node backend is not available: .*; run: npm run setup:native/);
    expect(asked.code).toBe(3);
  });

  it('is one JSON document with --json', async () => {
    const run = await backproof(['compare', ...SMALL, '--backend', 'node', '--json', '--out', newFolder()], {
      root: noBinding,
    });
    expect(errorDocument(run)).toMatchObject({ kind: 'error', code: 'engine-unavailable' });
    expect(run.code).toBe(3);
  });

  it('says how to install tfjs-node where that is missing altogether', async () => {
    const run = await backproof(['compare', ...SMALL, '--backend', 'node', '--out', newFolder()], { root: noPackage });
    expect(complaint(run)).toMatch(/npm install @tensorflow\/tfjs-node@4\.22\.0/);
    expect(run.code).toBe(3);
  });

  it('is not needed: auto takes wasm, and the command that repeats the run says so', async () => {
    const run = await backproof(['gradcheck', ...SMALL, '--json', '--out', newFolder()], { root: noBinding });
    const { reference, command } = gradcheckDocument(run.stdout);
    expect(reference.backend).toBe('wasm');
    expect(command).toContain('--backend wasm');
    expect(run.code).toBe(0);
  });
});

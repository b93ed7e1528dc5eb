// The real src keeps the order of folders, and the checker reports invented sources that break
// each rule.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { importsOf, violations } from './layers.ts';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('/assembly/')); // that is AssemblyScript
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));

/** The violations that appear when these sources are added or replaced. */
function withOthers(others: Record<string, string>): string[] {
  const before = new Set(violations(sources));
  return violations(new Map([...sources, ...Object.entries(others)])).filter((line) => !before.has(line));
}

describe('src', () => {
  it('keeps every rule of the layering', () => {
    expect(violations(sources)).toEqual([]);
  });

  it('is read completely, with its imports', () => {
    expect(files.length).toBeGreaterThan(40);
    for (const folder of [
      'numeric',
      'network',
      'data',
      'ops',
      'bounds',
      'engines',
      'candidates',
      'faults',
      'check',
      'selftest',
      'report',
      'cli',
      'playground',
    ]) {
      expect(files.some((file) => file.startsWith(`${folder}/`))).toBe(true);
    }
    expect(importsOf(sources.get('engines/tfjs/backend.ts') ?? '')).toContain('@tensorflow/tfjs');
    expect(importsOf(sources.get('check/compare.ts') ?? '')).toContain('../engines/engine.ts');
    expect(importsOf(sources.get('report/html/client/report.tsx') ?? '')).toContain('./sections/answer.tsx');
    expect(importsOf(sources.get('playground/own/runner.ts') ?? '')).toContain('./check-worker.ts?chunk');
  });
});

test('scripts do not import the command line: what both use is in program', () => {
  const commandLine = ['scripts', 'examples'].flatMap((folder) =>
    readdirSync(join(SRC, '..', folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('node_modules') && !file.includes('.venv'))
      .map((file) => join(folder, file))
      .filter((file) =>
        importsOf(readFileSync(join(SRC, '..', file), 'utf8')).some((name) => name.includes('/src/cli/')),
      ),
  );
  expect(commandLine).toEqual([]);
});

describe('the checker reports', () => {
  it.each([
    ['numeric/bad.ts', `import type { Batch } from '../network/batch.ts';`, 'network is not to the left of numeric'],
    ['errors.ts', `export * from './numeric/dtype.ts';`, 'numeric is not to the left of errors'],
    ['network/bad.ts', `export { oneHot } from '../data/batches.ts';`, 'data is not to the left of network'],
    ['ops/bad.ts', `import type { NetworkSpec } from '../network/spec.ts';`, 'network is not to the left of ops'],
    ['ops/bad.ts', `import { boundedGradients } from '../bounds/gradients.ts';`, 'bounds is not to the left of ops'],
    ['bounds/bad.ts', `import type { Engine } from '../engines/engine.ts';`, 'engines is not to the left of bounds'],
    ['engines/bad.ts', `import { x } from '../candidates/read.ts';`, 'candidates is not to the left of engines'],
    ['faults/bad.ts', `import { diagnose } from '../check/compare.ts';`, 'check is not to the left of faults'],
    ['engines/vector/bad.ts', `const m = await import('../../check/watch.ts');`, 'check is not to the left of engines'],
    ['check/bad.ts', `import type { Report } from '../report/report.ts';`, 'report is not to the left of check'],
    ['report/bad.ts', `import '../cli/run.ts';`, 'cli is not to the left of report'],
    [
      'check/bad.ts',
      `import { createEngine } from '../engines/registry.ts';`,
      'check knows engines/engine.ts, engines/portions.ts, candidates/engine.ts alone',
    ],
    [
      'check/bad.ts',
      `import { readNumbers } from '../candidates/read.ts';`,
      'check knows engines/engine.ts, engines/portions.ts, candidates/engine.ts alone',
    ],
    ['report/html/client/bad.tsx', `import { run } from '../../../cli/run.ts';`, 'cli is not to the left of report'],
    ['report/html/client/bad.tsx', `export { x } from './nowhere.tsx';`, 'there is no such file in src'],
    ['report/html/client/bad.tsx', `import { cpus } from 'node:os';`, 'nothing of Node runs in a browser'],
    ['cli/bad.ts', `import { x } from '../playground/work/link.ts';`, 'playground is not to the left of cli'],
    ['playground/bad.tsx', `import { cpus } from 'node:os';`, 'nothing of Node runs in a browser'],
    ['playground/bad.ts', `import * as tf from '@tensorflow/tfjs';`, 'only engines/tfjs imports TensorFlow.js'],
    ['playground/bad.ts', `import a from './nowhere.ts?chunk';`, 'there is no such file in src'],
    ['cli/bad.ts', `import { x } from '../index.ts';`, 'index.ts is for users of the package'],
    ['check/bad.ts', `export { x } from '../core.ts';`, 'core.ts is for users of the package'],
    ['core.ts', `export { x } from './index.ts';`, 'index.ts is for users of the package'],
    ['report/bad.ts', `import '../vitest.ts';`, 'vitest.ts is for users of the package'],
    ['cli/bad.ts', `import { x } from '../numeric/nowhere.ts';`, 'there is no such file in src'],
    ['extra/bad.ts', `import { x } from '../errors.ts';`, 'extra has no place in the order of folders'],
    [
      'engines/bad.ts',
      `import type { Tensor } from '@tensorflow/tfjs-core';`,
      'only engines/tfjs imports TensorFlow.js',
    ],
    ['check/bad.ts', `const tf = require('@tensorflow/tfjs');`, 'only engines/tfjs imports TensorFlow.js'],
    ['ops/bad.ts', `import * as tf from '@tensorflow/tfjs';`, 'only engines/tfjs imports TensorFlow.js'],
    ['ops/bad.ts', `const tf = await import('@tensorflow/tfjs');`, 'only engines/tfjs imports TensorFlow.js'],
    ['ops/bad.ts', `import { relu } from '@tensorflow/tfjs';`, 'only engines/tfjs imports TensorFlow.js'],
    ['check/bad.ts', `import type { Tensor } from '@tensorflow/tfjs';`, 'only engines/tfjs imports TensorFlow.js'],
    ['report/bad.ts', `import yargs from 'yargs';`, 'only cli imports yargs'],
    ['report/bad.ts', `import { hideBin } from 'yargs/helpers';`, 'only cli imports yargs'],
    ['cli/bad.ts', `const sharp = await import('sharp');`, 'only data reads pictures'],
    ['cli/bad.ts', `import { readFileSync } from 'node:fs';`, 'only data touches the file system'],
    ['ops/bad.ts', `import { open } from 'fs/promises';`, 'only data touches the file system'],
  ])('%s with %s', (file, text, rule) => {
    expect(withOthers({ [file]: text })).toEqual([expect.stringMatching(new RegExp(`^${file} imports .*: ${rule}$`))]);
  });

  it.each(['export const answer = 42;', `export * from './errors.ts';`, `console.log('here');`])(
    'an entry with %s',
    (text) => {
      expect(withOthers({ 'core.ts': text })).toEqual(['core.ts: named re-exports and no code']);
    },
  );

  it('cycles of one, two or three files', () => {
    expect(withOthers({ 'ops/a.ts': `import './a.ts';` })).toEqual(['cycle: ops/a.ts -> ops/a.ts']);
    expect(withOthers({ 'ops/a.ts': `import './b.ts';`, 'ops/b.ts': `import type { A } from './a.ts';` })).toEqual([
      'cycle: ops/a.ts -> ops/b.ts -> ops/a.ts',
    ]);
    const three = {
      'ops/a.ts': `export * from './b.ts';`,
      'ops/b.ts': `import './c.ts';`,
      'ops/c.ts': `import './a.ts';`,
    };
    expect(withOthers(three)).toEqual(['cycle: ops/a.ts -> ops/b.ts -> ops/c.ts -> ops/a.ts']);
  });

  it('a cycle through a page', () => {
    const [page, part] = ['report/html/client/page.tsx', 'report/html/client/part.ts'];
    const text = `export const Page = () => <p>{part}</p>;\nimport { part } from './part.ts';`;
    expect(withOthers({ [page]: text, [part]: `import './page.tsx';` })).toEqual([
      `cycle: ${page} -> ${part} -> ${page}`,
    ]);
  });

  it('nothing that is allowed', () => {
    const allowed = {
      'data/good.ts': `import { readFileSync } from 'node:fs'; import type { Batch } from '../network/batch.ts';`,
      'engines/tfjs/good.ts': `import type { Tensor } from '@tensorflow/tfjs'; import { adam } from '../../ops/optimizers/adam.ts';`,
      'ops/good.ts': `import type * as TensorFlow from '@tensorflow/tfjs';`,
      'check/good.ts': `import type { Engine } from '../engines/engine.ts'; import { asCandidate } from '../candidates/engine.ts'; // import '../cli/run.ts'`,
      'cli/good.ts': `import yargs from 'yargs'; import { x } from '../check/compare.ts'; import { y } from './run.ts';`,
    };
    expect(withOthers(allowed)).toEqual([]);
  });
});

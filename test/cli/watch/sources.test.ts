// Which files are watched: those named, and the user's modules that they import.
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sourcesOf } from '../../../src/cli/watch/sources.ts';
import { folderWith } from '../program.ts';

function allOf(folder: string, options: Parameters<typeof sourcesOf>[0]): string[] {
  return sourcesOf(options)
    .all.map((file) => relative(folder, file))
    .sort();
}

describe('a module', () => {
  it('is watched with what it imports, however it is written, and what that imports', () => {
    const folder = folderWith({
      'own.ts':
        "import { a } from './a.js';\nimport \"./b\";\nexport * from './c/index.mjs';\nimport 'node:fs'; import 'zod';",
      'a.ts': "const d = await import('./d.mjs'); export type { T } from './own.ts';",
      'b.ts': "const e = require('./data.json');",
      'c/index.mjs': '',
      'd.mjs': '',
      'data.json': '{}',
      'unused.mjs': '',
    });
    const found = ['a.ts', 'b.ts', 'c/index.mjs', 'd.mjs', 'data.json', 'own.ts'];
    expect(allOf(folder, { candidate: join(folder, 'own.ts') })).toEqual(found);
  });

  it('is watched with what it would import if it were there', () => {
    const folder = folderWith({ 'own.mjs': "import './later.mjs';" });
    expect(allOf(folder, { candidate: join(folder, 'own.mjs') })).toContain('later.mjs');
  });

  it('that imports an installed package is watched without it', () => {
    const folder = folderWith({
      'own.mjs': "import 'installed';",
      'node_modules/installed/package.json': '{"name":"installed","main":"index.js"}',
      'node_modules/installed/index.js': '',
    });
    expect(allOf(folder, { candidate: join(folder, 'own.mjs') })).toEqual(['own.mjs']);
  });
});

describe('a command', () => {
  it('is watched by the files among its words, and those of their language beside them', () => {
    const folder = folderWith({ 'my mlp.py': '', 'layers.py': '', 'notes.txt': '', tool: '' });
    const command = `python3 -u "${join(folder, 'my mlp.py')}" && '${join(folder, 'tool')}'`;
    expect(allOf(folder, { 'candidate-command': command })).toEqual(['layers.py', 'my mlp.py']);
    expect(allOf(folder, { 'candidate-command': `'${join(folder, 'tool')}'` })).toEqual(['tool']);
  });

  it('without a file is refused, and so is a run without anything to watch', () => {
    expect(() => sourcesOf({ 'candidate-command': 'python3 -m own' })).toThrow(
      'no word of --candidate-command is a file',
    );
    expect(() => sourcesOf({})).toThrow('--watch needs a candidate');
  });
});

it('a case file is watched, and so is a folder of them', () => {
  const folder = folderWith({ 'a.json': '{}', 'b.json': '{}' });
  expect(allOf(folder, { case: join(folder, 'a.json') })).toEqual(['a.json']);
  expect(allOf(folder, { case: folder })).toEqual(['', 'a.json', 'b.json']);
});

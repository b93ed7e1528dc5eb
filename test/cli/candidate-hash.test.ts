// What the hash of a candidate, by which a queue tells candidates apart, covers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hashOf } from '../../src/cli/fuzz/subject.ts';
import { folderWith } from './program.ts';

const FILES = {
  'mine.ts': "import { dense } from './layers/dense.js';\nimport { z } from 'zod';\nexport default dense;\n",
  'layers/dense.ts': "import { sum } from '../sum.ts';\nexport const dense = sum;\n",
  'sum.ts': 'export const sum = 1;\n',
  'beside.ts': 'export const other = 1;\n',
};
const hashed = (files: Readonly<Record<string, string>>): string | undefined =>
  hashOf({ candidate: join(folderWith(files), 'mine.ts') });

it('is the same for the same files, wherever they are', () => {
  expect(hashed(FILES)).toMatch(/^[0-9a-f]{64}$/);
  expect(hashed(FILES)).toBe(hashed(FILES));
});

it.each(['mine.ts', 'layers/dense.ts', 'sum.ts'] as const)('is another if %s is, which it imports', (name) => {
  expect(hashed({ ...FILES, [name]: `${FILES[name]}//\n` })).not.toBe(hashed(FILES));
});

it('is the same if a file beside it is another', () => {
  expect(hashed({ ...FILES, 'beside.ts': '' })).toBe(hashed(FILES));
});

it('is of the words of a command, and of the files that these are', () => {
  const file = join(folderWith({ 'mine.py': 'print(1)\n' }), 'mine.py');
  const command = `python3 "${file}"`;
  const [before, other] = [hashOf({ 'candidate-command': command }), hashOf({ 'candidate-command': `${command} -v` })];
  expect(other).not.toBe(before);
  writeFileSync(file, 'print(2)\n');
  expect(hashOf({ 'candidate-command': command })).not.toBe(before);
  expect(hashOf({})).toBeUndefined();
});

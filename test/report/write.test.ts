// Files are whole or not there.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputError } from '../../src/errors.ts';
import { requireWritable, writeText } from '../../src/report/write.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backproof-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('writes, overwrites, and leaves no temporary file', async () => {
  await writeText(join(folder, 'a.json'), 'one');
  await writeText(join(folder, 'a.json'), 'two');
  expect(readFileSync(join(folder, 'a.json'), 'utf8')).toBe('two');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('makes the folder before the run, and leaves nothing in it', () => {
  requireWritable(join(folder, 'new', 'deep'));
  expect(readdirSync(join(folder, 'new', 'deep'))).toEqual([]);
});

test('a file in the way, or a folder that is not there, is one clear error', async () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => requireWritable(join(folder, 'file'))).toThrow(OutputError);
  expect(() => requireWritable(join(folder, 'file', 'below'))).toThrow(/cannot be written \(ENOTDIR\)/);
  await expect(writeText(join(folder, 'file', 'a.json'), '')).rejects.toThrow(OutputError);
});

// Files are written whole or not at all.
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OutputError } from '../../src/errors.ts';
import { requireWritable, writeText } from '../../src/data/files/write.ts';

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

test('a link stays a link, and a file keeps its rights', async () => {
  const [file, link] = [join(folder, 'file'), join(folder, 'link')];
  writeFileSync(file, 'old', { mode: 0o640 });
  symlinkSync('file', link);
  await writeText(link, 'new');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['new', 0o640]);
});

test('anything but a regular file, and a read-only file, is not replaced', async () => {
  mkdirSync(join(folder, 'index.html'));
  await expect(writeText(join(folder, 'index.html'), '')).rejects.toThrow(/index\.html: cannot be written \(EISDIR\)/);
  writeFileSync(join(folder, 'mine'), 'mine');
  chmodSync(join(folder, 'mine'), 0o444);
  await expect(writeText(join(folder, 'mine'), '')).rejects.toThrow(/mine: cannot be written \(EACCES\)/);
  symlinkSync('/dev/null', join(folder, 'device'));
  await expect(writeText(join(folder, 'device'), '')).rejects.toThrow(/it is not a regular file/);
  expect(readFileSync(join(folder, 'mine'), 'utf8')).toBe('mine');
  expect(readdirSync(folder).sort()).toEqual(['device', 'index.html', 'mine']);
});

test('temporary files of runs that were killed are swept up, and nothing else', () => {
  const gone = 2 ** 30; // more than any system counts to
  const machine = (name: string): string => createHash('sha256').update(name).digest('hex').slice(0, 8);
  const temporary = (pid: number, host = hostname()): string => `.backproof-${machine(host)}-${pid}-0123abcd.tmp`;
  const kept = [
    temporary(process.pid), // of a run that goes on
    temporary(gone, 'another machine'),
    `.backproof-${gone}.tmp`,
    `x${temporary(gone)}`,
    'mine.tmp',
  ];
  for (const name of [temporary(gone), ...kept]) writeFileSync(join(folder, name), '');
  requireWritable(folder);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());
});

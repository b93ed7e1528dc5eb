// The note of a run that goes on: whole lines count, a line that was cut short does not.
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openJournal } from '../../src/data/files/journal.ts';

const folder = mkdtempSync(join(tmpdir(), 'backproof journal '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  await (await openJournal(file, (line) => void lines.push(line))).close();
  return lines;
}

test('lines are there again, in order, and the file is removed at the end', async () => {
  const file = join(folder, 'below', 'a.jsonl');
  const journal = await openJournal(file, () => expect.unreachable());
  await journal.add(['one', 'two']);
  await journal.add(['ü'.repeat(1 << 20)]); // more than is read at once, and two bytes each
  await journal.close();
  expect(await linesOf(file)).toEqual(['one', 'two', 'ü'.repeat(1 << 20)]);
  await (await openJournal(file, () => {})).remove();
  expect(existsSync(file)).toBe(false);
});

test('a last line without an end is left out, and the next one does not continue it', async () => {
  const file = join(folder, 'b.jsonl');
  writeFileSync(file, 'one\n');
  appendFileSync(file, '{"from": 20, "resu');
  const lines: string[] = [];
  const journal = await openJournal(file, (line) => void lines.push(line));
  expect(lines).toEqual(['one']);
  await journal.add(['two']);
  await journal.close();
  expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
});

test('a place that cannot be written is said', async () => {
  writeFileSync(join(folder, 'file'), '');
  await expect(openJournal(join(folder, 'file', 'c.jsonl'), () => {})).rejects.toThrow(/c\.jsonl: cannot be written/);
});

// V8 notes the first buffer that a thread detaches, and asks for it at every access to an array
// from then on: loops over numbers take a fifth longer. So none is detached where they run.
import { expect, it } from 'vitest';
import { newFolder, programWords, startWords } from './program.ts';

const NOTED = 'ArrayBufferDetaching';

/** What V8 says while it runs this. */
async function said(words: readonly string[]): Promise<string> {
  const { outcome } = startWords([process.execPath, '--trace-protector-invalidation', ...words]);
  const { code, stdout } = await outcome;
  expect(code).toBe(0);
  return stdout;
}

it.each([
  ['where engines train in threads', 'compare', '--dataset', 'moons', '--train-size', '320', '--backend', 'cpu'],
  ['where products need more memory', 'gradcheck', '--hidden', '256', '--reference', 'vector'],
])('no buffer is detached %s', { timeout: 60_000 }, async (_where, ...words) => {
  const [, ...program] = programWords([...words, '--out', newFolder()]);
  expect(await said(program)).not.toContain(NOTED);
});

it('V8 would say so', async () => {
  const transfer = 'const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] });';
  expect(await said(['-e', transfer])).toContain(NOTED);
});

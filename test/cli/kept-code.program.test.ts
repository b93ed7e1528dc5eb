// The compiled code of TensorFlow.js is kept for the next run, where Node does not keep it itself.
import * as module from 'node:module';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newFolder, programWords, startWords } from './program.ts';

const WORDS = programWords(['gradcheck', '--dataset', 'xor', '--backend', 'cpu', '--out', newFolder()]);

async function check(env: NodeJS.ProcessEnv): Promise<void> {
  const { code, stderr } = await startWords(WORDS, { env: { ...process.env, ...env } }).outcome;
  expect(code).toBe(0);
  expect(stderr).not.toContain('rror');
}

const keptIn = (folder: string): string[] => readdirSync(folder).map((name) => join(folder, name));
const core = (folder: string): string => keptIn(folder).find((file) => file.includes('tf-core')) ?? 'nothing kept';

describe.skipIf('enableCompileCache' in module)('compiled code', { timeout: 60_000 }, () => {
  it('is kept once and used from then on', async () => {
    const NODE_COMPILE_CACHE = newFolder();
    await check({ NODE_COMPILE_CACHE });
    const written = keptIn(NODE_COMPILE_CACHE).map((file) => [file, statSync(file).mtimeMs]);
    expect(written.length).toBeGreaterThan(4);
    await check({ NODE_COMPILE_CACHE });
    expect(keptIn(NODE_COMPILE_CACHE).map((file) => [file, statSync(file).mtimeMs])).toEqual(written);
  });

  it('that is damaged is made anew', async () => {
    const NODE_COMPILE_CACHE = newFolder();
    await check({ NODE_COMPILE_CACHE });
    const [file, right] = [core(NODE_COMPILE_CACHE), readFileSync(core(NODE_COMPILE_CACHE))];
    const turned = Buffer.from(right);
    for (let at = 5000; at < turned.length; at += 1000) turned[at] ^= 255;
    for (const wrong of [Buffer.from('nothing that V8 wrote'), right.subarray(0, right.length / 2), turned]) {
      writeFileSync(file, wrong);
      await check({ NODE_COMPILE_CACHE });
      expect(readFileSync(file).equals(wrong)).toBe(false);
    }
  });

  it('is not kept where nothing can be written, or it shall not be', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    await check({ NODE_COMPILE_CACHE: join(folder, 'file') });
    mkdirSync(join(folder, 'empty'));
    await check({ NODE_COMPILE_CACHE: join(folder, 'empty'), NODE_DISABLE_COMPILE_CACHE: '1' });
    expect(readdirSync(join(folder, 'empty'))).toEqual([]);
  });
});

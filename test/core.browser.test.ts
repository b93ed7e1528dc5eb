// backproof/core in a browser. Bundled with every import included, it gives the same binary64 bits
// in Chromium as in Node. And it stays small.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/package/pack.ts';
import { NO_BROWSER, visit } from './browser.ts';
import { bundle } from './bundle.ts';
import { RIGHT, coreProgram } from './core-program.ts';
import type { Answers } from './core-program.ts';
import { ownFolder } from './installed.ts';

/**
 * Size limit of all of backproof/core, in bytes, minified and gzipped. The pages with their
 * TensorFlow.js twins, texts and mistakes are included. The README states the size.
 */
const LIMIT = 114_000;

describe('the bundle', () => {
  it('holds only files of src, leaves nothing out, and is as small as docs/packaging.md says', async () => {
    const { text, warnings, metafile } = await bundle(`export * from './src/core.ts';`);
    expect(warnings).toEqual([]);
    const inputs = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
    expect(inputs.length).toBeGreaterThan(50);
    expect(inputs.filter((file) => !file.startsWith('src/'))).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    const size = gzipSync(text, { level: 9 }).length;
    expect(size).toBeLessThan(LIMIT);
    const stated = /(\d+) kB minified and gzipped/.exec(readFileSync(join(ROOT, 'docs/packaging.md'), 'utf8'));
    expect(Math.abs(Number(stated?.[1]) - size / 1000)).toBeLessThan(3);
  });

  it('is refused for code that needs Node', async () => {
    await expect(bundle(`export * from './src/index.ts';`)).rejects.toThrow(/Could not resolve/);
  });
});

describe.skipIf(NO_BROWSER !== null)(`in a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`, () => {
  it('every binary64 number has the same bits as in Node, every binary32 number is within its bound', async () => {
    const { text } = await bundle(
      `import { coreProgram } from './test/core-program.ts'; globalThis.answers = coreProgram();`,
    );
    const file = join(ownFolder(), 'core.html');
    writeFileSync(file, `<!doctype html><meta charset="utf-8"><script type="module">${text}</script>`);
    const { page, complaints, requests } = await visit(pathToFileURL(file).href);
    const answers = await page.evaluate<string>('globalThis.answers');
    expect({ complaints, requests }).toEqual({ complaints: [], requests: [] });
    const { exact, single } = JSON.parse(answers) as Answers;
    expect(exact).toEqual((JSON.parse(await coreProgram()) as Answers).exact);
    expect(single).toEqual(RIGHT);
  });
});

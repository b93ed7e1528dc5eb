// backproof/core in a browser. Bundled with every import included, it gives the same binary64 bits
// in Chromium as in Node. And it stays small.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/package/pack.ts';
import { NO_BROWSER, visit } from './browser.ts';
import { bundle } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { RIGHT, coreProgram } from './core-program.ts';
import type { Answers } from './core-program.ts';
import { ownFolder } from './installed.ts';

/**
 * Size limits of backproof/core, in bytes, minified and gzipped: all of it, and without the
 * experiments, which only a wrong network loads. The pages with their TensorFlow.js twins, texts
 * and mistakes are included. docs/packaging.md states the sizes.
 */
const LIMITS = { all: 220_000, upFront: 122_000 };

/** What is imported when it is needed is left out. */
const WITHOUT_LATER: Plugin = {
  name: 'without what is loaded later',
  setup: (build) => {
    build.onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** Bytes, minified and gzipped. */
function sizeOf({ text }: Bundle): number {
  return gzipSync(text, { level: 9 }).length;
}

describe('the bundle', () => {
  it('holds only files of src, leaves nothing out, and is as small as docs/packaging.md says', async () => {
    const all = await bundle(`export * from './src/core.ts';`);
    const { warnings, metafile } = all;
    expect(warnings).toEqual([]);
    const inputs = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
    expect(inputs.length).toBeGreaterThan(50);
    expect(inputs.filter((file) => !file.startsWith('src/'))).toEqual([]);
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    const sizes = [sizeOf(all), sizeOf(await bundle(`export * from './src/core.ts';`, [WITHOUT_LATER]))];
    expect(sizes[0]).toBeLessThan(LIMITS.all);
    expect(sizes[1]).toBeLessThan(LIMITS.upFront);
    const text = readFileSync(join(ROOT, 'docs/packaging.md'), 'utf8');
    const stated = /(\d+) kB minified and gzipped, (\d+) kB/.exec(text)?.slice(1) ?? [];
    expect(stated.map((kB, i) => Math.abs(Number(kB) - sizes[i] / 1000) < 3)).toEqual([true, true]);
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

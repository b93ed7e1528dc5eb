// What the bundled matchers import: no TensorFlow.js, no file system, no other Node module.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it.each(['vitest', 'jest'])('%s.ts imports only zod and the test runner', async (entry) => {
  const { metafile, warnings } = await build({
    ...{ entryPoints: [fileURLToPath(new URL(`../../src/${entry}.ts`, import.meta.url))], metafile: true },
    ...{ bundle: true, write: false, format: 'esm', platform: 'browser', packages: 'external' },
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  expect([...new Set(imports)].sort()).toEqual([entry === 'jest' ? '@jest/globals' : 'vitest', 'zod']);
  expect(warnings).toEqual([]);
});

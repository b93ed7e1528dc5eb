// The digests of fixed-bits.json in a browser; and a check that functions with other bits are
// noticed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { describe, expect, it, test } from 'vitest';
import { NO_BROWSER, visit } from './browser.ts';
import { bundle } from './bundle.ts';
import { FILE, digestsOf, recorded } from './fixed-bits.ts';
import type { Digests } from './fixed-bits.ts';
import { ownFolder } from './installed.ts';

/** The names of the parts that differ from the record. */
function otherThanRecorded(digests: Digests): string[] {
  const expected = recorded();
  expect(Object.keys(digests)).toEqual(Object.keys(expected));
  return Object.keys(digests).filter((name) => digests[name] !== expected[name]);
}

/** Replaces the functions of numeric/elementary, which have fixed bits: `other(own, Math's)`. */
function withOther(other: string): Plugin {
  const names = ['exp', 'expm1', 'log', 'log1p', 'tanh', 'sin', 'cos'];
  const contents = `
    import * as own from './src/numeric/elementary.ts';
    export * from './src/numeric/elementary.ts';
    const other = ${other};
    ${names.map((name) => `export const ${name} = other(own.${name}, Math.${name});`).join('\n')}
    export const elementaryOf = (values) =>
      values instanceof Float32Array ? own.RUNTIME : { exp, expm1, log, log1p, tanh };
  `;
  return {
    name: 'other functions',
    setup(build) {
      build.onResolve({ filter: /elementary\.ts$/ }, ({ importer }) =>
        importer === 'other' ? undefined : { path: 'other', namespace: 'other' },
      );
      build.onLoad({ filter: /.*/, namespace: 'other' }, () => ({ contents, resolveDir: join(FILE, '../..') }));
    },
  };
}

async function programText(plugins: Plugin[] = []): Promise<string> {
  const { text } = await bundle(
    `import { fixedBitsProgram } from './test/fixed-bits-program.ts';
     export const parts = fixedBitsProgram(); globalThis.parts = parts;`,
    plugins,
  );
  return text;
}

async function inNode(text: string): Promise<Digests> {
  const file = join(ownFolder(), 'program.mjs');
  writeFileSync(file, text);
  const { parts } = (await import(pathToFileURL(file).href)) as { parts: Promise<Record<string, string>> };
  return digestsOf(await parts);
}

async function inBrowser(text: string): Promise<Digests> {
  const file = join(ownFolder(), 'program.html');
  writeFileSync(file, `<!doctype html><meta charset="utf-8"><script type="module">${text}</script>`);
  const { page, complaints } = await visit(pathToFileURL(file).href);
  const parts = await page.evaluate<Record<string, string>>('globalThis.parts');
  expect(complaints).toEqual([]);
  return digestsOf(parts);
}

/** Parts without elementary functions: their bits are the same whatever those are. */
const WITHOUT_FUNCTIONS = [
  'random numbers',
  'order of batches',
  'initial weights: glorot-uniform',
  'initial weights: he-uniform',
  'initial weights: lecun-uniform',
  'initial weights: zeros',
  'initial weights: constant',
  'initial weights: uniform',
];
/** Columns are divided by their norm: one factor in all normal numbers cancels. */
const SCALE_FREE = ['initial weights: orthogonal'];
/** Parts whose functions are rounded to binary32, which hides the last bit. */
const IN_BINARY32 = [
  'generated data',
  'generated data for regression',
  'scaled batches',
  'initial weights: glorot-normal',
  'initial weights: he-normal',
  'initial weights: lecun-normal',
  'initial weights: normal',
  'random problems',
  'exact updates and their bounds',
];

test('functions with another last bit are noticed in every part that uses one', async () => {
  expect(otherThanRecorded(await inNode(await programText()))).toEqual([]);
  const off = async (factor: number): Promise<string[]> =>
    otherThanRecorded(await inNode(await programText([withOther(`(own) => (x) => own(x) * ${factor}`)])));
  const withFunctions = Object.keys(recorded()).filter((name) => ![...WITHOUT_FUNCTIONS, ...SCALE_FREE].includes(name));
  expect(await off(1 + 2 ** -23)).toEqual(withFunctions);
  expect(await off(1 + 2 ** -52)).toEqual(withFunctions.filter((name) => !IN_BINARY32.includes(name)));
});

describe.skipIf(NO_BROWSER !== null)(`in a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`, () => {
  it('the bits are the same', async () => {
    expect(otherThanRecorded(await inBrowser(await programText()))).toEqual([]);
  });

  it("the browser's own functions are noticed, if their bits differ", async () => {
    const others = otherThanRecorded(await inBrowser(await programText([withOther('(own, its) => its')])));
    const differ = others.includes('elementary functions');
    expect(others.includes('exact gradients')).toBe(differ);
    expect(others.includes('bounds of gradients')).toBe(differ);
    expect(others.includes('normal random numbers')).toBe(differ);
    expect(others.filter((name) => WITHOUT_FUNCTIONS.includes(name))).toEqual([]);
  });
});

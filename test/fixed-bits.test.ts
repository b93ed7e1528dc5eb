// What a seed determines, and the exact run with its bounds, has the same bits in every runtime: those whose digests are in fixed-bits.json, which
// came about under Node 20. A change of the maths changes them too, and is written there by `npx vitest run test/fixed-bits.test.ts -u`.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { describe, expect, it, test } from 'vitest';
import { createWasmEngine } from '../src/engines/wasm/wasm.ts';
import { optimizerSpec } from '../src/ops/optimizers/registry.ts';
import { NO_BROWSER, visit } from './browser.ts';
import { bundle } from './bundle.ts';
import { flat, network, randomBatch, startOf } from './fixtures.ts';
import { fixedBitsProgram } from './fixed-bits-program.ts';
import { ownFolder } from './installed.ts';

type Digests = Record<string, string>;

const FILE = join(import.meta.dirname, 'fixed-bits.json');
const recorded = (): Digests => JSON.parse(readFileSync(FILE, 'utf8')) as Digests;

function digestsOf(parts: Record<string, string>): Digests {
  return Object.fromEntries(
    Object.entries(parts).map(([name, hex]) => [name, createHash('sha256').update(hex, 'hex').digest('hex')]),
  );
}

/** The names of the parts that are not as recorded. */
function otherThanRecorded(digests: Digests): string[] {
  const expected = recorded();
  expect(Object.keys(digests)).toEqual(Object.keys(expected));
  return Object.keys(digests).filter((name) => digests[name] !== expected[name]);
}

/** numeric/elementary with other functions in the place of those with fixed bits: `other(own, Math's)`. */
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

/** Parts that take no elementary function: they have the same bits whatever those are. */
const WITHOUT_FUNCTIONS = [
  ...['random numbers', 'order of batches', 'initial weights: glorot-uniform', 'initial weights: he-uniform'],
];
/** Parts whose functions are rounded to binary32, which hides the last bit. */
const IN_BINARY32 = [
  ...['generated data', 'scaled batches', 'initial weights: glorot-normal', 'initial weights: he-normal'],
  ...['random problems', 'exact updates and their bounds'],
];

test(`in this runtime, Node ${process.versions.node}`, async () => {
  const digests = digestsOf(await fixedBitsProgram());
  await expect(`${JSON.stringify(digests, null, 2)}\n`).toMatchFileSnapshot(FILE);
});

test('functions with another last bit are noticed in every part that takes one', async () => {
  expect(otherThanRecorded(await inNode(await programText()))).toEqual([]);
  const off = async (factor: number): Promise<string[]> =>
    otherThanRecorded(await inNode(await programText([withOther(`(own) => (x) => own(x) * ${factor}`)])));
  const withFunctions = Object.keys(recorded()).filter((name) => !WITHOUT_FUNCTIONS.includes(name));
  expect(await off(1 + 2 ** -23)).toEqual(withFunctions);
  expect(await off(1 + 2 ** -52)).toEqual(withFunctions.filter((name) => !IN_BINARY32.includes(name)));
});

describe.skipIf(NO_BROWSER !== null)(`in a browser${NO_BROWSER === null ? '' : ` (skipped: ${NO_BROWSER})`}`, () => {
  it('the same', async () => {
    expect(otherThanRecorded(await inBrowser(await programText()))).toEqual([]);
  });

  it("the browser's own functions are noticed, where they have other bits", async () => {
    const others = otherThanRecorded(await inBrowser(await programText([withOther('(own, its) => its')])));
    const differ = others.includes('elementary functions');
    expect(others.includes('exact gradients')).toBe(differ);
    expect(others.includes('bounds of gradients')).toBe(differ);
    expect(others.includes('normal random numbers')).toBe(differ);
    expect(others.filter((name) => WITHOUT_FUNCTIONS.includes(name))).toEqual([]);
  });
});

test('the WebAssembly kernels without relaxed SIMD: they have functions of their own', async () => {
  const train = async (seed: number): Promise<string> => {
    const spec = network(20, [18, 9], 'gelu', 5, 'softmax', 'cross-entropy');
    const engine = await createWasmEngine(spec, optimizerSpec('adam'), { threads: 1, relaxed: false });
    await engine.load(startOf(spec));
    const losses: number[] = [];
    for (let step = 0; step < 12; step++) losses.push(await engine.trainStep(randomBatch(spec, 11, seed + step)));
    const numbers = Float64Array.from([...losses, ...flat(await engine.parameters())]);
    await engine.dispose();
    return createHash('sha256').update(new Uint8Array(numbers.buffer)).digest('hex');
  };
  expect(await train(0)).toMatchInlineSnapshot(`"421573703b4c4ee1cb049f2a8e7f8910748d0966827eff23054f7370193eeaf5"`);
  expect(await train(0)).not.toBe(await train(1));
});

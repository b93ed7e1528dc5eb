// Everything that a seed determines, and the exact run with its bounds, has the same bits in every
// runtime. fixed-bits.json holds their digests, recorded under Node 20. A change of the maths
// changes them: `npx vitest run test/fixed-bits.test.ts -u` records the new ones.
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createWasmEngine } from '../src/engines/wasm/wasm.ts';
import { optimizerSpec } from '../src/ops/optimizers/registry.ts';
import { flat, network, randomBatch, startOf } from './fixtures.ts';
import { FILE, digestsOf } from './fixed-bits.ts';
import { fixedBitsProgram } from './fixed-bits-program.ts';

test(`in this runtime, Node ${process.versions.node}`, async () => {
  const digests = digestsOf(await fixedBitsProgram());
  await expect(`${JSON.stringify(digests, null, 2)}\n`).toMatchFileSnapshot(FILE);
});

test('the WebAssembly kernels without relaxed SIMD, which have their own functions', async () => {
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

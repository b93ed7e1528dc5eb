// Reading a drawn digit, in Node: which pixels spoke for an answer is a derivative, and drawings of
// nothing are said to be so.
import { expect, test } from 'vitest';
import { SMALL } from '../../scripts/playground/digits.ts';
import { loadDataset } from '../../src/data/load.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import { zeros } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { read, trained } from '../../src/playground/draw/reader.ts';
import { spokeFor } from '../../src/playground/draw/speak.ts';
import { DEFAULT_CHOICES, runOf } from '../../src/playground/train/choices.ts';

const digits = loadDataset({ dataset: 'mnist', data: SMALL, seed: 1 });
const run = runOf({ ...DEFAULT_CHOICES, hidden: [16], activation: 'tanh' }, digits);

test('what a pixel speaks for is the slope of log p, by central differences', async () => {
  const exact = createVectorEngine(run.network, run.optimizer, { dtype: 'f64' });
  await exact.load(run.initial);
  const inputs = zeros('f64', 1, 784);
  inputs.data.set(run.batches.batch(0).inputs.data.subarray(0, 784));
  const answer = 3;
  const spoke = spokeFor(run.network, run.initial, inputs, answer);
  const logP = async (x: Matrix): Promise<number> => Math.log((await exact.predict(x)).data[answer]);
  for (const pixel of [200, 378, 406, 600]) {
    const [h, up, down] = [1e-5, { ...inputs, data: inputs.data.slice() }, { ...inputs, data: inputs.data.slice() }];
    up.data[pixel] += h;
    down.data[pixel] -= h;
    const slope = ((await logP(up)) - (await logP(down))) / (2 * h);
    expect(Math.abs(slope)).toBeGreaterThan(1e-4);
    expect(Math.abs(spoke.data[pixel] - slope)).toBeLessThan(1e-8); // h² and rounding / h
    // the control: the answer is part of the question
    expect(Math.abs(spokeFor(run.network, run.initial, inputs, 5).data[pixel] - slope)).toBeGreaterThan(1e-4);
  }
});

test('a network trained in the background reads test digits; a blank sheet is none', async () => {
  const hand = createVectorEngine(run.network, run.optimizer, { dtype: 'f32' });
  const shares: number[] = [];
  const { parameters, accuracy } = await trained(hand, run, 2, (share) => shares.push(share));
  expect(accuracy).toBeGreaterThan(0.75);
  expect(shares.at(-1)).toBe(1);
  const reading = { network: run.network, parameters, digits, hand, reference: hand };
  const right: boolean[] = [];
  for (let index = 0; index < 20; index++) {
    const { predicted, label, both } = await read(reading, { kind: 'example', index });
    right.push(predicted === label);
    expect(both?.verdict).toBe('identical');
  }
  expect(right.filter(Boolean).length).toBeGreaterThan(14);
  const blank = { kind: 'drawing', rows: 40, cols: 40, data: new Uint8Array(6400).fill(255) } as const;
  await expect(read(reading, blank)).rejects.toThrow(/nothing stands out/);
});

// What an update is, found by asking: wrong ones are told with their formula, right ones are not.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../../src/check/probe/asker.ts';
import { probeUpdates } from '../../../../src/check/probe/optimizer/updates.ts';
import type { Told } from '../../../../src/check/probe/told.ts';
import { UNWATCHED } from '../../../../src/check/watch.ts';
import type { Engine } from '../../../../src/engines/engine.ts';
import { createEngine } from '../../../../src/engines/registry.ts';
import { DTYPES } from '../../../../src/numeric/dtype.ts';
import type { Dtype } from '../../../../src/numeric/dtype.ts';
import { OPTIMIZERS } from '../../../../src/ops/optimizers/optimizer.ts';
import type { OptimizerId } from '../../../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../../../src/ops/optimizers/registry.ts';
import { network } from '../../../fixtures.ts';
import { MISTAKES } from './mistakes.ts';
import { updating } from './updating.ts';
import type { Update } from './updating.ts';

/** No time passes: what is found does not depend on how busy the machine is. */
const STILL = { ...UNWATCHED, now: () => 0 };
const NETWORK = network(2, [8], 'tanh', 2, 'softmax', 'cross-entropy');
const LR = 0.01;
/** 2-4-4-2, and the rows of each of its tensors: b1 and b2 have one shape, no weights have. */
const EQUAL_WIDTHS = {
  network: network(2, [4, 4], 'tanh', 2, 'softmax', 'cross-entropy'),
  rows: [2, 1, 4, 1, 4, 1],
};

async function probe(
  id: OptimizerId,
  engine: Engine,
  network = NETWORK,
): Promise<{ told: readonly Told[]; asked: number }> {
  const asker = new Asker(engine, STILL);
  const optimizer = optimizerSpec(id, { learningRate: LR });
  const told = await probeUpdates({ network, optimizer, asker, watch: STILL });
  return { told, asked: asker.asked };
}

describe.each(DTYPES)('in %s', (dtype) => {
  test.each(Object.keys(MISTAKES))('%s', async (name) => {
    const { declared, told: expected, update } = MISTAKES[name];
    const { told, asked } = await probe(declared, updating(dtype, update));
    expect(told).toHaveLength(1);
    expect(`${told[0].text} ${told[0].used}`).toMatch(expected);
    expect(told[0].used).not.toBe(told[0].right);
    expect(asked).toBeLessThanOrEqual(30);
  });

  test.each(OPTIMIZERS)('a right %s leads to nothing', async (id) => {
    const engine = await createEngine('vector', NETWORK, optimizerSpec(id, { learningRate: LR }), { dtype });
    expect((await probe(id, engine)).told).toEqual([]);
    await engine.dispose();
  });
});

test('a velocity that tensors of one shape share is told, and one that all biases share is not told so', async () => {
  const shared = async (key: (role: string, rows: number, cols: number) => string) => {
    const update: Update = (w, g, _s, { stateOf, tensor, index, cols, role }) => {
      const s = stateOf(`${key(role, EQUAL_WIDTHS.rows[tensor], cols)} ${index}`);
      s.m = 0.9 * s.m + g;
      return w - LR * s.m;
    };
    const { told } = await probe('momentum', updating('f64', update), EQUAL_WIDTHS.network);
    return told.map(({ text }) => text).join(' ');
  };
  expect(await shared((_, rows, cols) => `${rows} ${cols}`)).toContain('all tensors of the same shape use one state');
  expect(await shared((role) => role)).toContain('all weights use one state, and all biases another');
});

test('a velocity that tensors of one size share is told as that, and not where shapes are the key', async () => {
  const sizes = [8, 4, 16, 4, 8, 2]; // W1 and W3 are not of one shape
  const update: Update = (w, g, _s, { stateOf, tensor, index }) => {
    const s = stateOf(`${sizes[tensor]} ${index}`);
    s.m = 0.9 * s.m + g;
    return w - LR * s.m;
  };
  const { told } = await probe('momentum', updating('f64', update), EQUAL_WIDTHS.network);
  expect(told.map(({ text }) => text)).toEqual([
    'In the update of W1, b1, b2, W3, all tensors of equally many numbers use one state.',
  ]);
});

test.each([
  ['columns', [4, 4, 4, 4, 2, 2]],
  ['rows', [2, 1, 4, 3, 4, 5]], // each bias has its own
])('a velocity that weights of equally many %s share', async (which, counts) => {
  const update: Update = (w, g, _s, { stateOf, tensor, index, cols, role }) => {
    const s = stateOf(`${role} ${counts[tensor]} ${Math.floor(index / cols)} ${index % cols}`);
    s.m = 0.9 * s.m + g;
    return w - LR * s.m;
  };
  const { told } = await probe('momentum', updating('f64', update), EQUAL_WIDTHS.network);
  expect(told[0].text).toContain(`all tensors of equally many ${which} use one state by row and column`);
});

test('every step three times is not told as twice', async () => {
  const update: Update = (w, g, s) => {
    for (const _ of [1, 2, 3]) {
      s.v = 0.9 * s.v + g;
      w -= LR * s.v;
    }
    return w;
  };
  const { told } = await probe('momentum', updating('f64', update));
  expect(told.map(({ text }) => text).join(' ')).not.toMatch(/twice/);
});

test("Nesterov's step as it is written with the velocity before leads to nothing", async () => {
  const update: Update = (w, g, s) => {
    const old = s.v;
    s.v = 0.9 * old + g;
    return w - LR * (1.9 * s.v - 0.9 * old);
  };
  expect((await probe('nesterov', updating('f64', update))).told).toEqual([]);
});

test('a sum that starts at 0.1 is told apart from an ε of 0.1 where single precision does not hide it', async () => {
  const { update } = MISTAKES['adagrad: the sum starts at 0.1'];
  const text = async (dtype: Dtype): Promise<string> => (await probe('adagrad', updating(dtype, update))).told[0].text;
  expect(await text('f64')).toBe('In the update, the running value of g² starts at 0.1.');
  expect(await text('f32')).toMatch(/either .*starts at 0\.1; or ε is 0\.1|either ε is 0\.1; or .*starts at 0\.1/);
});

// Updates that no rule gives, chance, and state that is not fresh: nothing untrue is told.
import { expect, test } from 'vitest';
import { Asker } from '../../../../src/check/probe/asker.ts';
import { probeUpdates } from '../../../../src/check/probe/optimizer/updates.ts';
import type { Told } from '../../../../src/check/probe/told.ts';
import { UNWATCHED } from '../../../../src/check/watch.ts';
import type { Engine } from '../../../../src/engines/engine.ts';
import { optimizerSpec } from '../../../../src/ops/optimizers/registry.ts';
import { network } from '../../../fixtures.ts';
import { updating } from './updating.ts';
import type { Update } from './updating.ts';

/** No time passes: what is found does not depend on how busy the machine is. */
const STILL = { ...UNWATCHED, now: () => 0 };
const NETWORK = network(2, [8], 'tanh', 2, 'softmax', 'cross-entropy');

async function told(engine: Engine): Promise<readonly Told[]> {
  const optimizer = optimizerSpec('momentum', { learningRate: 0.01 });
  return probeUpdates({ network: NETWORK, optimizer, asker: new Asker(engine, STILL), watch: STILL });
}

const UNKNOWN: Readonly<Record<string, Update>> = {
  'a function of g': (w, g) => w - 0.01 * Math.tanh(g),
  'the cube of the velocity': (w, g, s) => {
    s.v = 0.9 * s.v + g;
    return w - 0.01 * s.v ** 3;
  },
  'the rate depends on w': (w, g) => w - 0.01 * g * (1 + w * w),
  'two rows in turn use one velocity': (w, g, _s, { stateOf, tensor, index, cols }) => {
    const of = stateOf(`${tensor} ${Math.floor(index / cols) % 2} ${index % cols}`);
    of.v = 0.9 * of.v + g;
    return w - 0.01 * of.v;
  },
  'a neighbour is updated': (w, g, _s, { stateOf, tensor, index }) => {
    const of = stateOf(`${tensor} ${index - (index % 2)}`);
    of.x += g;
    return w - 0.01 * of.x * (index % 2);
  },
};

test.each(Object.entries(UNKNOWN))('%s: nothing is told', async (_, update) => {
  expect(await told(updating('f32', update))).toEqual([]);
});

test('one that is wrong in a single tensor is told there, whatever another does', async () => {
  const update: Update = (w, g, s, { tensor }) => {
    s.v = (tensor === 0 ? 0.5 : 0.9) * s.v + g;
    return w - 0.01 * s.v;
  };
  const [only, ...others] = await told(updating('f64', update));
  expect(others).toEqual([]);
  expect(only.place).toBe('W1');
  expect(only.used).toBe('v ← 0.5·v + g,  w ← w - lr·v');
});

test('state that outlives its parameters is told before anything else', async () => {
  let v = 0;
  const [only] = await told(updating('f64', (w, g) => w - 0.01 * (v = 0.9 * v + g)));
  expect(only.kind).toBe('state');
  expect(only.used).toBeNull();
});

test('a tensor that is never updated is told apart from what is wrong in the others', async () => {
  const update: Update = (w, g, s, { tensor }) => {
    s.v = 0.5 * s.v + g;
    return tensor === 3 ? w : w - 0.01 * s.v;
  };
  const found = await told(updating('f64', update));
  expect(found.map(({ place, used }) => [place, used])).toEqual([
    ['b2', 'w ← w'],
    ['W1, b1, W2', 'v ← 0.5·v + g,  w ← w - lr·v'],
  ]);
});

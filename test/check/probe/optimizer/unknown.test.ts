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

/** What is told of updates that no rule gives: what was measured. */
const UNKNOWN: Readonly<Record<string, readonly [update: Update, told: string]>> = {
  'a function of g': [
    (w, g) => w - 0.01 * Math.tanh(g),
    'The steps do not depend on the gradients of the steps before: the right ones do. ' +
      'With twice the gradients the steps change by no fixed factor; the right ones are 2 times as long.',
  ],
  'the cube of the velocity': [
    (w, g, s) => {
      s.v = 0.9 * s.v + g;
      return w - 0.01 * s.v ** 3;
    },
    'With twice the gradients the steps are 8 times as long; the right ones are 2 times as long.',
  ],
  'the rate depends on w': [
    (w, g) => w - 0.01 * g * (1 + w * w),
    'The steps depend on the weights: with the same gradients, other weights move differently.',
  ],
  'two rows in turn use one velocity': [
    (w, g, _s, { stateOf, tensor, index, cols }) => {
      const of = stateOf(`${tensor} ${Math.floor(index / cols) % 2} ${index % cols}`);
      of.v = 0.9 * of.v + g;
      return w - 0.01 * of.v;
    },
    'The step of an entry depends on the gradients of other entries.',
  ],
  'a neighbour is updated': [
    (w, g, _s, { stateOf, tensor, index }) => {
      const of = stateOf(`${tensor} ${index - (index % 2)}`);
      of.x += g;
      return w - 0.01 * of.x * (index % 2);
    },
    'The step of an entry depends on the gradients of other entries.',
  ],
  'a velocity that is forgotten at step 5': [
    (w, g, s, { t }) => {
      s.v = (t === 5 ? 0 : 0.9 * s.v) + g;
      return w - 0.01 * s.v;
    },
    'Steps 1 to 4 are right, step 5 is wrong. ' +
      'The steps depend on t: after two gradients of 0, the same gradients lead to other steps.',
  ],
  'two gradients back': [
    (w, g, s) => {
      const now = w - 0.01 * (g + 0.5 * s.v + 0.25 * s.u);
      [s.u, s.v] = [s.v, g];
      return now;
    },
    'Step 1 is right, step 2 is wrong. Steps are sums of the gradients so far: ' +
      'one gradient g adds lr·g times 1, 0.5, 0.25, 0, 0 to its own step and the next ones; ' +
      'right is 1, 0.9, 0.81, 0.729, 0.6561.',
  ],
};

test.each(Object.entries(UNKNOWN))('%s: what was measured is told, and no formula', async (_, [update, text]) => {
  const [only, ...others] = await told(updating('f32', update));
  expect(others).toEqual([]);
  expect(only.text.replace(/^No known rule gives the updates( of [Wb12, ]+)?\. /, '')).toBe(text);
  expect([only.used, only.fix]).toEqual([null, null]);
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

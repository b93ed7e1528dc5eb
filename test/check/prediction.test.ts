// Outputs of two engines for one example: right engines agree, and one that is off by more than
// rounding is found and named.
import { afterAll, describe, expect, it } from 'vitest';
import { predictBoth } from '../../src/check/prediction.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { NETWORK, randomBatch, startOf } from '../fixtures.ts';

const sgd = optimizerSpec('sgd', {});
const [vector, wasm, graph] = [
  await createEngine('vector', NETWORK, sgd),
  await createEngine('wasm', NETWORK, sgd),
  await createEngine('autograd', NETWORK, sgd),
];
afterAll(async () => {
  for (const engine of [vector, wasm, graph]) await engine.dispose();
});
const parameters = startOf(NETWORK);
const { inputs } = randomBatch(NETWORK, 1);

/** The engine with a change to its first output. */
function spoilt(engine: Engine, change: (x: number) => number): Engine {
  return {
    ...engine,
    load: (p) => engine.load(p),
    async predict(x) {
      const out = await engine.predict(x);
      out.data[0] = change(out.data[0]);
      return out;
    },
  };
}

describe('predictBoth', () => {
  it('is identical for equal engines, and agrees for others, double precision included', async () => {
    expect((await predictBoth(NETWORK, parameters, inputs, { candidate: vector, reference: vector })).verdict).toBe(
      'identical',
    );
    for (const other of [wasm, graph]) {
      const { verdict, largestDifference, candidate, reference } = await predictBoth(
        ...([NETWORK, parameters, inputs] as const),
        { candidate: vector, reference: other },
      );
      expect(['agree', 'identical']).toContain(verdict);
      expect(largestDifference.difference).toBeLessThanOrEqual(largestDifference.bound);
      expect(candidate.predicted).toBe(reference.predicted);
    }
  });

  it.for([
    ['is off by 1e-4', (x: number) => x + 1e-4],
    ['is not a number', () => NaN],
    ['is infinite', () => Infinity],
  ] as const)('disagrees if one output %s, and says who is wrong', async ([, change]) => {
    const wrong = await predictBoth(NETWORK, parameters, inputs, {
      candidate: vector,
      reference: spoilt(wasm, change),
    });
    expect(wrong.verdict).toBe('disagree');
    expect(wrong.worst.left).toBe('reference');
    expect(wrong.largestDifference.class).toBe(0);
    expect(wrong.largestDifference.difference).not.toBeLessThanOrEqual(wrong.largestDifference.bound);
    const other = await predictBoth(NETWORK, parameters, inputs, {
      candidate: spoilt(vector, change),
      reference: wasm,
    });
    expect([other.verdict, other.worst.left]).toEqual(['disagree', 'candidate']);
  });
});

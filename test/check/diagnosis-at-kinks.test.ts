// Where single precision does not decide an example, a mistake is named from the others, but only
// if what is left undecided does not contradict it.
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { twoInjected } from '../../src/faults/two.ts';
import { denseLayers } from '../../src/network/parameters.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const NETWORK = network(5, [6, 6], 'relu', 3, 'softmax', 'cross-entropy');
const SETTING = { network: NETWORK, optimizer: optimizerSpec('sgd'), scaling: { mean: 0, deviation: 1 } };

/** The names of what is found; `zeros` of nine examples lie at a kink of every unit of layer 1. */
async function namesOf(faults: readonly [string, string?], zeros: number): Promise<string[]> {
  const start = startOf(NETWORK, 5);
  denseLayers(start)[0].bias.fill(0);
  const batch = randomBatch(NETWORK, 9, 5);
  batch.inputs.data.fill(0, 0, 5 * zeros);
  const [one, two = one] = faults.map((name) => parseFault(name as string, SETTING));
  const injection = faults.length === 1 ? injectionOf(one, SETTING) : twoInjected(one, two, SETTING);
  const engines = {
    candidate: await createEngine('vector', NETWORK, SETTING.optimizer, { injection }),
    reference: await createEngine('vector', NETWORK, SETTING.optimizer),
  };
  const inject = (other: typeof injection) =>
    createEngine('vector', NETWORK, SETTING.optimizer, { dtype: 'f64', injection: other });
  const check = await gradientCheck(NETWORK, start, batch, engines, { injector: { setting: SETTING, inject } });
  expect(check.verdict.kind).toBe('disagree');
  const { kinks } = boundedGradients(NETWORK, start, batch);
  expect(new Set(kinks.map(({ example }) => example)).size).toBe(zeros);
  const { mistakes = [], pairs = [] } = check.diagnosis ?? {};
  return [...mistakes, ...pairs.flat()].map(({ fault }) => fault).toSorted();
}

test.each([3, 9])('one mistake is named, with %i of 9 examples at a kink', async (zeros) => {
  expect(await namesOf(['transposed-product@2'], zeros)).toEqual(['transposed-product']);
  expect(await namesOf(['gradients-accumulated'], zeros)).toEqual(['gradients-accumulated']);
});

test.each([3, 9])('of two, none is named alone, with %i of 9 examples at a kink', async (zeros) => {
  const found = await namesOf(['bias-averaged@1', 'stale-activations@2'], zeros);
  expect([[], ['bias-averaged', 'stale-activations']]).toContainEqual(found);
});

// Every known mistake, at every layer where it can be made, is caught in the place where it was put.
import { expect, test } from 'vitest';
import { FAULT_IDS, faultRules } from '../../src/check/faults.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/optimizers/registry.ts';
import { HEADS, network, randomBatch, startOf } from '../fixtures.ts';

/** The tensors each mistake makes wrong when it is made at layer `at` of `layers`: that layer's, or all from it down. */
const WRONG: Record<(typeof FAULT_IDS)[number], (at: number, layers: number) => string[]> = {
  sign: (at) => [`W${at}`, `b${at}`],
  'missing-batch-mean': (_at, layers) => Array.from({ length: layers }, (_, l) => [`W${l + 1}`, `b${l + 1}`]).flat(),
  'missing-activation-derivative': (at) => Array.from({ length: at }, (_, l) => [`W${l + 1}`, `b${l + 1}`]).flat(),
  'transposed-product': (at) => [`W${at}`],
  'bias-not-summed': (at) => [`b${at}`],
};

const CASES = HEADS.flatMap(([output, loss]) =>
  FAULT_IDS.flatMap((fault) => [1, 2, 3].map((layer) => ({ output, loss, fault, layer }))),
);

test.each(CASES)('$fault@$layer, $output output, $loss', async ({ output, loss, fault, layer }) => {
  const spec = network(7, [6, 5], 'tanh', 4, output, loss);
  let rules;
  try {
    rules = faultRules(spec, `${fault}@${layer}`);
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError); // cannot be made there
    return;
  }
  const candidate = await createEngine('vector', spec, optimizerSpec('sgd'), { rules });
  const reference = await createEngine('tfjs', spec, optimizerSpec('sgd'), { backend: 'cpu' });
  const result = await gradientCheck(spec, startOf(spec, 4), randomBatch(spec, 11, 4), candidate, reference);
  await reference.dispose();
  expect(result.verdict.kind).toBe('disagree');
  const off = result.parameters.filter((m) => m.left !== null);
  expect(off.map((m) => m.left)).toEqual(off.map(() => 'candidate'));
  expect(off.map((m) => m.parameter)).toEqual(WRONG[fault](layer, 3));
});

test('most mistakes can be made at most layers: the test above is not empty', () => {
  const possible = CASES.filter(({ output, loss, fault, layer }) => {
    try {
      faultRules(network(7, [6, 5], 'tanh', 4, output, loss), `${fault}@${layer}`);
      return true;
    } catch {
      return false;
    }
  });
  expect(possible.length).toBeGreaterThan(CASES.length / 2);
});

test('an unknown mistake lists the choices, an impossible layer those that are possible', () => {
  const spec = network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy');
  expect(() => faultRules(spec, 'typo')).toThrow(/unknown fault "typo"/);
  expect(() => faultRules(spec, 'missing-activation-derivative@2')).toThrow(UsageError);
});

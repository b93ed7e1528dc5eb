// Every known mistake, at every layer where it can be made, is caught in the place where it was put.
import { expect, test } from 'vitest';
import { boundedGradients } from '../../src/check/bounded-backprop.ts';
import { diagnose } from '../../src/check/diagnose.ts';
import type { MistakenFactory } from '../../src/check/diagnose.ts';
import type { FaultId } from '../../src/check/faults.ts';
import { FAULTS, FAULT_IDS, faultLayers, faultRules } from '../../src/check/faults.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { UsageError } from '../../src/errors.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { BackwardRules } from '../../src/ops/backward-rules.ts';
import { optimizerSpec } from '../../src/optimizers/registry.ts';
import { HEADS, network, randomBatch, startOf } from '../fixtures.ts';

/** The tensors each mistake makes wrong when it is made at layer `at` of `layers`: that layer's, or all from it down. */
const own = (at: number): string[] => [`W${at}`, `b${at}`];
const downFrom = (at: number): string[] => Array.from({ length: at }, (_, l) => own(l + 1)).flat();

const WRONG: Record<FaultId, (at: number) => string[]> = {
  sign: own,
  ascent: downFrom,
  'missing-batch-mean': downFrom,
  'batch-mean-twice': downFrom,
  'missing-output-mean': downFrom,
  'missing-factor-two': downFrom,
  'missing-activation-derivative': downFrom,
  'derivative-at-z': downFrom,
  'relu-derivative': downFrom,
  'sigmoid-derivative': downFrom,
  'softmax-elementwise': downFrom,
  'mse-as-cross-entropy': downFrom,
  'targets-shifted': downFrom,
  'transposed-product': (at) => [`W${at}`],
  'bias-not-summed': (at) => [`b${at}`],
  'bias-averaged': (at) => [`b${at}`],
  'zero-gradient': own,
};

const CASES = HEADS.flatMap(([output, loss]) => {
  const spec = network(7, [6, 5], 'tanh', 4, output, loss);
  return FAULT_IDS.flatMap((fault) =>
    faultLayers(spec, fault).map((l) => ({ spec, output, loss, fault, layer: l + 1 })),
  );
});

const mistaken =
  (spec: NetworkSpec): MistakenFactory =>
  (rules) =>
    createEngine('vector', spec, optimizerSpec('sgd'), { dtype: 'f64', rules });

async function check(spec: NetworkSpec, rules: Partial<BackwardRules>) {
  const candidate = await createEngine('vector', spec, optimizerSpec('sgd'), { rules });
  const reference = await createEngine('tfjs', spec, optimizerSpec('sgd'), { backend: 'cpu' });
  const helpers = { mistaken: mistaken(spec) };
  const result = await gradientCheck(spec, startOf(spec, 4), randomBatch(spec, 11, 4), candidate, reference, helpers);
  await reference.dispose();
  return result;
}

test.each(CASES)(
  '$fault@$layer, $output output, $loss: caught where it is, and named',
  async ({ spec, fault, layer }) => {
    const result = await check(spec, faultRules(spec, `${fault}@${layer}`));
    expect(result.verdict.kind).toBe('disagree');
    const off = result.parameters.filter((m) => m.left !== null);
    expect(off.map((m) => m.left)).toEqual(off.map(() => 'candidate'));
    expect(off.map((m) => m.parameter)).toEqual(WRONG[fault](layer));
    expect(result.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault, layer }] });
  },
);

test('every mistake can be made somewhere: the test above leaves none out', () => {
  expect(new Set(CASES.map(({ fault }) => fault))).toEqual(new Set(FAULT_IDS));
  expect(CASES.length).toBeGreaterThan(150);
});

test('two mistakes at once are caught, and not named', async () => {
  const spec = network(7, [6, 5], 'tanh', 4, 'softmax', 'mse');
  const [one, two] = [FAULTS['missing-factor-two'].rules(), FAULTS['bias-averaged'].rules(0)];
  const result = await check(spec, { ...one, ...two });
  expect(result.verdict.kind).toBe('disagree');
  expect(result.diagnosis).toEqual({ engine: 'candidate', mistakes: [] });
});

test('where nothing is wrong nothing is diagnosed', async () => {
  const spec = network(7, [6, 5], 'tanh', 4, 'softmax', 'mse');
  expect(await check(spec, {})).toMatchObject({ verdict: { kind: 'identical' }, diagnosis: null });
});

test('mistakes that come to the same on a batch are all given', async () => {
  const spec = network(3, [4], 'tanh', 1, 'linear', 'mse');
  const [start, batch] = [startOf(spec), randomBatch(spec, 2)];
  const wrong = await createEngine('vector', spec, optimizerSpec('sgd'), {
    rules: faultRules(spec, 'missing-factor-two'),
  });
  await wrong.load(start);
  const { gradients } = await wrong.lossAndGradients(batch);
  const found = await diagnose(spec, start, batch, gradients, boundedGradients(spec, start, batch), mistaken(spec));
  // half of the gradient: the 2 forgotten, or two examples averaged once more
  expect(found.map((d) => d.fault)).toEqual(['batch-mean-twice', 'missing-factor-two']);
});

test('an unknown mistake lists the choices, an impossible layer those that are possible', () => {
  const spec = network(7, [6], 'tanh', 4, 'softmax', 'cross-entropy');
  expect(() => faultRules(spec, 'typo')).toThrow(/unknown fault "typo"/);
  expect(() => faultRules(spec, 'missing-activation-derivative@2')).toThrow(UsageError);
});

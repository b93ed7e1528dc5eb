// Names with numbers in them: `leaky-relu:0.01` is a page of its own wherever pages are named.
import { expect, test } from 'vitest';
import { networkSchema, parseAs } from '../../src/network/schema.ts';
import { checkNetwork } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { formulaAt } from '../../src/network/formulas.ts';
import { numberIn } from '../../src/ops/family.ts';
import { activation } from '../../src/ops/activations/page.ts';
import { ACTIVATION_PAGES, LOSS_PAGES, activationOf, activationPages, register } from '../../src/ops/registry.ts';
import type { ActivationId } from '../../src/ops/registry.ts';
import { lackOf } from '../../src/engines/registry.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { describeNetwork } from '../../src/network/spec.ts';
import { network } from '../fixtures.ts';

const LEAKY = network(2, [3], 'leaky-relu:0.01', 2, 'softmax', 'cross-entropy');
const SGD = optimizerSpec('sgd');
const named = (id: string): NetworkSpec => network(2, [3], id as ActivationId, 2, 'softmax', 'cross-entropy');

test('a page is made once for each name, which is its id', () => {
  const page = activationOf('leaky-relu:0.01');
  expect(page.id).toBe('leaky-relu:0.01');
  expect(activationOf('leaky-relu:0.01')).toBe(page);
  expect(activationOf('leaky-relu:0.02')).not.toBe(page);
  expect(activationPages().map(({ id }) => id)).not.toContain('leaky-relu:0.01');
  expect(activationOf('leaky-relu')).toBe(ACTIVATION_PAGES[2]);
});

test('every example of every family is a page', () => {
  const pages = [...ACTIVATION_PAGES, ...LOSS_PAGES].filter(({ family }) => family !== undefined);
  expect(pages.length).toBeGreaterThan(1);
  for (const { id, family } of pages)
    for (const text of family?.examples ?? []) expect(family?.of(`${id}:${text}`, text).id).toBe(`${id}:${text}`);
});

test('formulas and the name of the network have the number', () => {
  expect(formulaAt('a1', LEAKY)).toBe('a1 = z where z > 0, else 0.01 z');
  expect(formulaAt('dz1', LEAKY)).toContain('1 where z > 0, else 0.01');
  expect(describeNetwork(LEAKY)).toBe('2-3-2, leaky-relu:0.01, softmax, cross-entropy');
});

test('files may have them', () => {
  expect(parseAs(networkSchema, JSON.parse(JSON.stringify(LEAKY)), 'case.json')).toEqual(LEAKY);
  expect(() => parseAs(networkSchema, named('leaky-relu:x'), 'case.json')).toThrow(
    'case.json: layers[0].activation: leaky-relu:x: expected a number from 0 to below 1 after the colon, got "x"',
  );
  expect(() => parseAs(networkSchema, named('relu:0.1'), 'case.json')).toThrow('"leaky-relu[:slope]"|"elu[:alpha]"');
});

test('a network with a number that does not fit is refused, with the place', () => {
  expect(() => checkNetwork(LEAKY)).not.toThrow();
  for (const text of ['', 'x', '-0.1', '1', 'Infinity', 'NaN', '0.1:2', ' 0.1', '0x1', '1e999'])
    expect(() => checkNetwork(named(`leaky-relu:${text}`)), text).toThrow(
      `network.layers[0].activation: leaky-relu:${text}: expected a number from 0 to below 1`,
    );
  expect(() => checkNetwork(named('tanh:1'))).toThrow('network.layers[0].activation: unknown name "tanh:1"');
});

test('the number is read as it is written', () => {
  expect([1e-3, 0.5, 0].map((x) => numberIn('a', String(x), '', () => true))).toEqual([1e-3, 0.5, 0]);
});

test('wasm says that it has no kernel for another slope than 0.2', () => {
  expect(lackOf('wasm', LEAKY, SGD)).toEqual([{ of: 'activation', id: 'leaky-relu:0.01' }]);
  expect(lackOf('wasm', named('leaky-relu'), SGD)).toEqual([]);
});

test('a family of a user is gone when its page is taken out', () => {
  const line = activation({
    id: 'line',
    formula: { forward: '2 z', derivative: '2' },
    writtenIn: 'either',
    kink: null,
    forward: (a, z) => a.set(z.map((x) => 2 * x)),
    backward: (dz, da) => dz.set(da.map((x) => 2 * x)),
    graph: (z) => z.plus(z),
    tfjs: (tf, z) => tf.mul(2, z),
  });
  const takeOut = register({
    ...line,
    family: { usage: '[:n]', examples: ['3'], of: (id) => ({ ...line, id }) },
  });
  expect(activationOf('line:3').id).toBe('line:3');
  takeOut();
  expect(() => activationOf('line:3')).toThrow('unknown activation "line:3"');
});

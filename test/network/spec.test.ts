// Networks: descriptions, widths, and the refusal of invalid networks.
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { choicesOf } from '../../src/ops/family.ts';
import { ACTIVATIONS, ACTIVATION_PAGES, LOSS_PAGES, isRowActivation } from '../../src/ops/registry.ts';
import { checkNetwork, describeNetwork, lastLayer, outputs, widthInto } from '../../src/network/spec.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { LayerSpec, NetworkSpec } from '../../src/network/spec.ts';
import { refusal } from '../refusal.ts';

/**
 * A name or number that TypeScript would refuse, as it can come from a file or from JavaScript.
 */
const untyped = <T>(value: unknown): T => value as T;

const GOOD: NetworkSpec = {
  inputs: 784,
  layers: [
    { units: 128, activation: 'relu' },
    { units: 10, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

const withLayers = (...layers: LayerSpec[]): NetworkSpec => ({ ...GOOD, layers });
const SOFTMAX: LayerSpec = { units: 10, activation: 'softmax' };

describe('a network', () => {
  it('is accepted with any elementwise hidden activation and any output that its loss allows', () => {
    expect(() => checkNetwork(GOOD)).not.toThrow();
    for (const activation of ACTIVATIONS) {
      const output: NetworkSpec = { inputs: 1, layers: [{ units: 1, activation }], loss: 'mse' };
      expect(() => checkNetwork(output)).not.toThrow();
      if (isRowActivation(activation)) continue;
      expect(() => checkNetwork(withLayers({ units: 1, activation }, { units: 1, activation }, SOFTMAX))).not.toThrow();
    }
  });

  it('knows the input width of each layer and the output width', () => {
    expect([widthInto(GOOD, 0), widthInto(GOOD, 1), outputs(GOOD)]).toEqual([784, 128, 10]);
    expect(lastLayer(GOOD)).toMatchObject({ inputs: 128, units: 10, activation: 'softmax' });
  });

  it('is described in one line', () => {
    expect(describeNetwork(GOOD)).toBe('784-128-10, relu, softmax, cross-entropy');
    expect(describeNetwork(withLayers(SOFTMAX))).toBe('784-10, softmax, cross-entropy');
    const mixed = withLayers({ units: 3, activation: 'relu' }, { units: 2, activation: 'tanh' }, SOFTMAX);
    expect(describeNetwork(mixed)).toBe('784-3-2-10, relu/tanh, softmax, cross-entropy');
  });
});

describe('a network is refused', () => {
  it.each<[unknown, string]>([
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    [2 ** 53, '9007199254740992'],
    ['3', '"3"'],
    [null, 'null'],
    [undefined, 'nothing'],
  ])('with %j inputs or units', (count, found) => {
    const expected = `expected a whole number of at least 1, got ${found}`;
    const inputs = { ...GOOD, inputs: untyped<number>(count) };
    expect(refusal(DataError, () => checkNetwork(inputs))).toBe(`network.inputs: ${expected}`);
    const units = withLayers({ units: untyped<number>(count), activation: 'relu' }, SOFTMAX);
    expect(refusal(DataError, () => checkNetwork(units))).toBe(`network.layers[0].units: ${expected}`);
  });

  it('with NaN or infinity as the number of units', () => {
    for (const units of [NaN, Infinity]) {
      expect(refusal(DataError, () => checkNetwork(withLayers({ units, activation: 'softmax' })))).toContain('units');
    }
  });

  it('without layers', () => {
    const expected = 'network.layers: expected at least one layer, got none';
    expect(refusal(DataError, () => checkNetwork(withLayers()))).toBe(expected);
  });

  it('with an unknown activation, listing the choices', () => {
    for (const name of ['rellu', 'toString', '']) {
      const layers = withLayers(SOFTMAX, { units: 2, activation: untyped<ActivationId>(name) });
      const text = refusal(UsageError, () => checkNetwork({ ...layers, layers: layers.layers.slice(1) }));
      expect(text).toBe(
        `network.layers[0].activation: unknown name "${name}" | choose one of ${choicesOf(ACTIVATION_PAGES).join(', ')}, softmax, ratio`,
      );
    }
  });

  it('with an unknown loss, listing the choices', () => {
    const text = refusal(UsageError, () => checkNetwork({ ...GOOD, loss: untyped<LossId>('mae') }));
    expect(text).toBe(`network.loss: unknown name "mae" | choose one of ${choicesOf(LOSS_PAGES).join(', ')}`);
  });

  it.each(['softmax', 'ratio'] as const)('with %s before the last layer', (activation) => {
    const text = refusal(UsageError, () => checkNetwork(withLayers({ units: 5, activation }, SOFTMAX)));
    expect(text).toBe(
      `network.layers[0]: ${activation} is for the last layer only | choose one of ${choicesOf(ACTIVATION_PAGES).join(', ')}`,
    );
  });

  it('with softmax before the last layer, even if one object describes both layers', () => {
    expect(refusal(UsageError, () => checkNetwork(withLayers(SOFTMAX, SOFTMAX)))).toContain(
      'network.layers[0]: softmax',
    );
  });

  it.each(ACTIVATIONS.filter((id) => id !== 'softmax'))('with cross-entropy on %s', (activation) => {
    const text = refusal(UsageError, () => checkNetwork(withLayers({ units: 10, activation })));
    expect(text).toMatch(`cross-entropy is defined on a softmax output, not on ${activation} | use --output softmax`);
  });
});

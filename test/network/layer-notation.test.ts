// Layers as people write them on a command line, and networks that read pictures.
import { describe, expect, it, test } from 'vitest';
import { formatParameterFile, parseParameterFile } from '../../src/network/parameter-file.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { formatLayer, parseLayer, parseLayers } from '../../src/network/layer-notation.ts';
import { copyParameters } from '../../src/network/parameters.ts';
import { networkSchema, parseAs } from '../../src/network/schema.ts';
import { checkNetwork, countMultiplications, describeNetwork, layersOf, pictureLayer } from '../../src/network/spec.ts';
import type { LayerSpec, NetworkSpec } from '../../src/network/spec.ts';

test.each([
  ['dense:64:tanh', { units: 64, activation: 'tanh' }],
  ['dense:64', { units: 64, activation: 'linear' }],
  ['conv:8x3', { kind: 'conv2d', filters: 8, kernel: 3, activation: 'linear' }],
  [
    'conv:8x3x5:relu:stride=2:same',
    { kind: 'conv2d', filters: 8, kernel: [3, 5], activation: 'relu', stride: 2, padding: 'same' },
  ],
  ['conv2d:filters=8:kernel=3', { kind: 'conv2d', filters: 8, kernel: 3, activation: 'linear' }],
  ['max-pool:2', { kind: 'max-pool', size: 2 }],
  ['average-pool:2x3:stride=1x2:valid', { kind: 'average-pool', size: [2, 3], stride: [1, 2], padding: 'valid' }],
  ['flatten', { kind: 'flatten' }],
])('%s', (text, layer) => {
  expect(parseLayer(text)).toEqual(layer);
  expect(parseLayer(formatLayer(layer))).toEqual(layer);
});

test('layers with weights get the activation of hidden layers, the last that of outputs', () => {
  expect(parseLayers('conv:8x3,max-pool:2,flatten,dense:5:tanh,dense:10', 'relu', 'softmax')).toEqual([
    { kind: 'conv2d', filters: 8, kernel: 3, activation: 'relu' },
    { kind: 'max-pool', size: 2 },
    { kind: 'flatten' },
    { units: 5, activation: 'tanh' },
    { units: 10, activation: 'softmax' },
  ]);
});

test.each([
  ['cnv:8x3', /layer "cnv:8x3": unknown kind "cnv"/],
  ['conv:8', /layer "conv:8": "8" is not known/],
  ['conv', /layer "conv": no filters/],
  ['max-pool', /layer "max-pool": no size/],
  ['flatten:3', /layer "flatten:3": "3" is not known/],
  ['dense:64:reul', /layer "dense:64:reul": "reul" is not known/],
])('%s is refused', (text, message) => {
  expect(() => parseLayer(text)).toThrow(message);
});

const PICTURES: NetworkSpec = {
  inputs: 28 * 28,
  inputShape: [28, 28, 1],
  layers: [
    pictureLayer({ kind: 'conv2d', filters: 8, kernel: 3, activation: 'relu' }),
    pictureLayer({ kind: 'max-pool', size: 2 }),
    pictureLayer({ kind: 'flatten' }),
    { units: 10, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

describe('a network that reads pictures', () => {
  it('knows the shape of every layer', () => {
    expect(() => checkNetwork(PICTURES)).not.toThrow();
    expect(layersOf(PICTURES).map(({ shape, units }) => [shape, units])).toEqual([
      [[26, 26, 8], 5408],
      [[13, 13, 8], 1352],
      [undefined, 1352],
      [undefined, 10],
    ]);
    expect(describeNetwork(PICTURES)).toBe(
      '28x28x1, conv:8x3:relu, max-pool:2, flatten, dense:10:softmax, cross-entropy',
    );
    expect(countMultiplications(PICTURES)).toBe(26 * 26 * 9 * 8 + 13 * 13 * 8 * 4 + 1352 + 1352 * 10 + 10);
  });

  it('goes into a file and comes back, with its parameters', () => {
    expect(parseAs(networkSchema, JSON.parse(JSON.stringify(PICTURES)), 'n.json')).toEqual(PICTURES);
    const scaling = { id: 'unit', mean: 0, deviation: 255 } as const;
    const parameters = initialParameters(PICTURES, 'glorot-uniform', 1);
    const read = parseParameterFile(
      formatParameterFile({ network: PICTURES, scaling, dataset: 'mnist', parameters }),
      'p.json',
    );
    expect(read.network).toEqual(PICTURES);
    expect(copyParameters(read.parameters, 'f32')).toEqual(parameters);
  });

  const with0 = (layer: object, more: object = {}): NetworkSpec => {
    return { ...PICTURES, ...more, layers: [layer as LayerSpec, ...PICTURES.layers.slice(2)] };
  };
  const { inputShape: _, ...shapeless } = PICTURES;
  it.each([
    [shapeless, /network\.layers\[0\]: conv2d reads pictures \(height, width, channels\), but gets 784 numbers/],
    [{ ...PICTURES, inputShape: [28, 27, 1] }, /network\.inputShape: .* product 784 of network\.inputs, got 28, 27, 1/],
    [{ ...PICTURES, inputShape: [28, 28] }, /network\.inputShape: /],
    [
      with0({ kind: 'conv2d', filters: 8, kernel: 0 }),
      /network\.layers\[0\]\.kernel: expected a whole number .*, got 0/,
    ],
    [with0({ kind: 'conv2d', kernel: 3 }), /network\.layers\[0\]\.filters: /],
    [with0({ kind: 'max-pool', size: 2, padding: 'full' }), /padding: expected "same" or "valid", got "full"/],
    [with0({ kind: 'max-pool', size: 29 }), /network\.layers\[0\]: a window of 29x29 does not fit into 28x28/],
    [
      { ...PICTURES, layers: [PICTURES.layers[2], ...PICTURES.layers] },
      /network\.layers\[1\]: conv2d reads pictures .* but gets 784 numbers/,
    ],
  ] as [NetworkSpec, RegExp][])('is refused if it makes no sense: %#', (network, message) => {
    expect(() => {
      checkNetwork(network);
    }).toThrow(message);
  });
});

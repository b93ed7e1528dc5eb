// --layers and --network: networks that read pictures, by hand and in TensorFlow.js, and what is
// refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { inProcess as backproof, complaint, newFolder } from './program.ts';

const SMALL = ['--train-size', '32', '--test-size', '20', '--batch-size', '8', '--backend', 'cpu'];
const LAYERS = 'conv:2x5:stride=2,max-pool:2,flatten,dense:10';

function networkFile(network: object): string {
  const file = join(newFolder(), 'network.json');
  writeFileSync(file, JSON.stringify(network));
  return file;
}

const OF_LAYERS = {
  inputs: 784,
  layers: [
    { kind: 'conv2d', filters: 2, kernel: 5, stride: 2, activation: 'relu' },
    { kind: 'max-pool', size: 2 },
    { kind: 'flatten' },
    { units: 10, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

describe('a convolutional network on MNIST', () => {
  test('trains by hand and in TensorFlow.js with the same bits', async () => {
    const run = await backproof(['compare', '--layers', LAYERS, ...SMALL, '--out', newFolder()]);
    expect(run.stdout).toMatch(/^IDENTICAL/m);
    expect(run.stdout).toContain('28x28x1, conv:2x5:relu:stride=2, max-pool:2, flatten, dense:10:softmax');
    expect(run.code).toBe(0);
  }, 60_000);

  test('from a file is the same network, and the shape of its pictures is that of the data set', async () => {
    const file = networkFile(OF_LAYERS);
    const [one, other] = await Promise.all(
      [
        ['--layers', LAYERS],
        ['--network', file],
      ].map(async (network) => {
        const run = await backproof(['gradcheck', ...network, ...SMALL, '--json', '--out', newFolder()]);
        return JSON.parse(run.stdout) as { settings: { network: object }; gradientCheck: { verdict: object } };
      }),
    );
    expect(one.settings.network).toEqual({ ...OF_LAYERS, inputShape: [28, 28, 1] });
    expect(other.settings.network).toEqual(one.settings.network);
    expect(one.gradientCheck.verdict).toMatchObject({ kind: 'identical' });
  }, 60_000);

  it.each([
    ['max-gradient-to-all@2', 'Every cell of a window gets the whole gradient'],
    ['kernel-gradient-turned@1', 'The gradient of the kernel is turned by half a turn'],
  ])(
    'the mistake %s is named',
    async (fault, said) => {
      const run = await backproof(['gradcheck', '--layers', LAYERS, '--fault', fault, ...SMALL, '--out', newFolder()]);
      expect(run.stdout).toContain(said);
      expect(run.code).toBe(1);
    },
    60_000,
  );

  test('is trained, saved, and predicts', async () => {
    const out = newFolder();
    const trained = await backproof(['train', '--layers', LAYERS, ...SMALL, '--out', out]);
    expect(trained.stdout).toContain('28x28x1, conv:2x5:relu:stride=2');
    const load = join(out, 'parameters.json');
    const run = await backproof(['predict', '--load', load, '--test-size', '20', '--backend', 'cpu', '--out', out]);
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('28x28x1, conv:2x5:relu:stride=2');
  }, 60_000);
});

describe('is refused in one line', () => {
  it.each([
    ['--layers dense:10 --hidden 5', /--hidden does not go with --layers, which has all layers/],
    ['--layers dense:10 --network n.json', /--layers does not go with --network, which has all layers/],
    ['--layers conv:8,flatten,dense:10', /layer "conv:8": "8" is not known/],
    ['--layers conv:8x3,flatten,dense:9', /--layers: the last layer has 9 units, but mnist has 10 classes/],
    ['--layers conv:8x3,dense:10,max-pool:2', /network\.layers\[2\]: max-pool reads pictures .* but gets 10 numbers/],
    ['--layers conv:8x29,flatten,dense:10', /network\.layers\[0\]: a window of 29x29 does not fit into 28x28/],
    [
      '--dataset moons --layers conv:2x1,flatten,dense:2',
      /network\.layers\[0\]: conv2d reads pictures .* but gets 2 numbers without that shape/,
    ],
    ['--network nowhere.json', /nowhere\.json/],
    ['--layers conv:2x5,flatten,dense:10 --engine wasm', /wasm has no kernel for layer conv2d, layer flatten/],
  ] as [string, RegExp][])('%s', async (words, message) => {
    const run = await backproof(['gradcheck', ...words.split(' '), '--train-size', '8', '--out', newFolder()]);
    expect(complaint(run)).toMatch(message);
    expect(run.code).toBe(2);
  });

  it('a file whose network does not fit the data set', async () => {
    const file = networkFile({ ...OF_LAYERS, inputs: 400, inputShape: [20, 20, 1] });
    const run = await backproof(['gradcheck', '--network', file, '--train-size', '8', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/the network has 400 inputs, mnist has 784 numbers per example/);
    expect(run.code).toBe(2);
  });
});

// A right backward pass: exit code 0 with every optimizer, output and backend.
import { describe, expect, it } from 'vitest';
import { compareDocument, gradcheckDocument } from './documents.ts';
import { CPU, SMALL, inProcess as backproof, nativeMissing, newFolder, withoutProgress } from './program.ts';
import { RIGHT_IN_TFJS } from '../fixtures.ts';

const OUTPUTS = ['ratio', 'linear', 'sigmoid'] as const; // softmax is the default

describe.concurrent('a right backward pass', () => {
  it.for(RIGHT_IN_TFJS)('trained with %s is identical to tfjs cpu to the last bit', async (optimizer) => {
    const run = await backproof(['compare', ...CPU, '--optimizer', optimizer, '--json', '--out', newFolder()]);
    const { verdict, freeRun, settings } = compareDocument(run.stdout);
    expect(verdict).toEqual({ kind: 'identical' });
    expect(settings.optimizer.id).toBe(optimizer);
    expect(freeRun.loss.candidate).toEqual(freeRun.loss.reference);
    expect(freeRun.labelledDifferently).toBe(0);
    expect(run.code).toBe(0);
  });

  it.for(OUTPUTS)('with a %s output is identical to tfjs cpu to the last bit', async (output) => {
    const run = await backproof(['compare', ...CPU, '--output', output, '--json', '--out', newFolder()]);
    const { verdict, settings } = compareDocument(run.stdout);
    expect(verdict).toEqual({ kind: 'identical' });
    expect(settings.network.layers.at(-1)).toEqual({ units: 2, activation: output });
    expect(settings.network.loss).toBe('mse');
    expect(run.code).toBe(0);
  });

  it('trained on MNIST is identical to tfjs cpu to the last bit', async () => {
    const sizes = ['--train-size', '320', '--test-size', '100', '--hidden', '16', '--backend', 'cpu'];
    const run = await backproof(['compare', ...sizes, '--json', '--out', newFolder()]);
    const { verdict, settings } = compareDocument(run.stdout);
    expect(verdict).toEqual({ kind: 'identical' });
    expect(settings.network.layers.at(-1)).toEqual({ units: 10, activation: 'softmax' });
    expect(settings.network.loss).toBe('cross-entropy');
    expect(run.code).toBe(0);
  });

  it('with a softmax output may have a squared error as its loss', async () => {
    const run = await backproof(['compare', ...CPU, '--loss', 'mse', '--json', '--out', newFolder()]);
    expect(compareDocument(run.stdout).settings.network.loss).toBe('mse');
    expect(run.code).toBe(0);
  });

  it('agrees with tfjs wasm, which sums in another order', async () => {
    const run = await backproof(['compare', ...SMALL, '--backend', 'wasm', '--json', '--out', newFolder()]);
    const { verdict, reference } = compareDocument(run.stdout);
    expect(reference.backend).toBe('wasm');
    expect(verdict.kind).toBe('agree');
    expect(run.code).toBe(0);
  });

  it('has the right gradients without hidden layers, for one example at a time', async () => {
    const one = ['--hidden', 'none', '--batch-size', '1', '--train-size', '1', '--test-size', '1'];
    const run = await backproof([
      'gradcheck',
      '--dataset',
      'xor',
      ...one,
      '--backend',
      'cpu',
      '--json',
      '--out',
      newFolder(),
    ]);
    const { verdict, gradientCheck } = gradcheckDocument(run.stdout);
    expect(verdict.kind).toBe('identical');
    expect(gradientCheck?.parameters.map((m) => m.parameter)).toEqual(['W1', 'b1']);
    expect(run.code).toBe(0);
  });

  it('trains on the remaining examples at the end of each epoch', async () => {
    const odd = ['--train-size', '10', '--batch-size', '4', '--epochs', '3', '--test-size', '1'];
    const run = await backproof([
      'compare',
      '--dataset',
      'xor',
      ...odd,
      '--backend',
      'cpu',
      '--json',
      '--out',
      newFolder(),
    ]);
    const { settings, freeRun, lockstep } = compareDocument(run.stdout);
    expect(settings.steps).toBe(9);
    expect(freeRun.loss.candidate).toHaveLength(9);
    expect(lockstep.steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(run.code).toBe(0);
  });
});

const missing = nativeMissing();
describe('native TensorFlow', () => {
  it('agrees with a right backward pass', async ({ skip }) => {
    if (missing !== null) skip(missing);
    const run = await backproof(['compare', ...SMALL, '--backend', 'node', '--json', '--out', newFolder()]);
    const { verdict, reference } = compareDocument(run.stdout);
    expect(reference).toMatchObject({ backend: 'node', versions: { tensorflow: expect.any(String) as string } });
    expect(verdict.kind).toBe('agree');
    expect(withoutProgress(run.stderr)).toMatch(/^Reports: [^\n]+\n$/); // TensorFlow's own log lines are kept away
    expect(run.code).toBe(0);
  });
});

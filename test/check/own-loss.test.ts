// Slopes of a candidate's own loss: they convict wrong gradients, acquit gradients of another loss,
// and decide nothing if their error is too large, in both precisions.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { checkOwnLoss } from '../../src/check/slopes/own-loss.ts';
import type { OwnLoss } from '../../src/check/slopes/own-loss.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { altered } from './sabotage.ts';

const SPEC = network(4, [5], 'tanh', 3, 'softmax', 'cross-entropy');

type Change = (loss: number, gradients: Parameters, parameters: Parameters) => number;

/**
 * An engine that computes in this precision but calls itself double precision, as programs do that
 * declare nothing.
 */
async function silent(dtype: Dtype, change: Change): Promise<Engine> {
  const engine = await createEngine('vector', SPEC, optimizerSpec('sgd'), { dtype });
  const round = dtype === 'f32' ? Math.fround : (x: number) => x;
  return altered(engine, {
    dtype: 'f64',
    lossAndGradients: async (batch) => {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      const own = copyParameters(gradients, 'f64');
      const changed = change(loss, own, await engine.parameters());
      for (const { values } of namedTensors(own)) for (let i = 0; i < values.length; i++) values[i] = round(values[i]);
      return { loss: round(changed), gradients: own };
    },
  });
}

async function ownLossOf(dtype: Dtype, seed: number, change: Change, watch = UNWATCHED): Promise<OwnLoss | null> {
  const [parameters, batch] = [startOf(SPEC, seed), randomBatch(SPEC, 6, seed)];
  const question = { name: 'given', parameters, batch, exact: boundedGradients(SPEC, parameters, batch) } as const;
  return checkOwnLoss(await silent(dtype, change), SPEC, question, watch);
}

const each = (gradients: Parameters, f: (g: number, name: string, i: number) => number): void => {
  for (const { name, values } of namedTensors(gradients))
    for (let i = 0; i < values.length; i++) values[i] = f(values[i], name, i);
};

const L2 = 0.05;
const decayed: Change = (loss, gradients, parameters) => {
  let penalty = 0;
  const ws = namedTensors(parameters);
  namedTensors(gradients).forEach(({ name, values }, t) => {
    for (let i = 0; i < values.length && name.startsWith('W'); i++) {
      penalty += L2 * ws[t].values[i] ** 2;
      values[i] += 2 * L2 * ws[t].values[i];
    }
  });
  return loss + penalty;
};

const OTHER_LOSSES: [string, Change][] = [
  ['half the loss', (loss, gradients) => (each(gradients, (g) => g / 2), loss / 2)],
  ['ten times the loss', (loss, gradients) => (each(gradients, (g) => 10 * g), 10 * loss)],
  ['the loss with L2', decayed],
];

const WRONG: [string, Change][] = [
  ['all zero', (loss, gradients) => (each(gradients, () => 0), loss)],
  ['with the wrong sign', (loss, gradients) => (each(gradients, (g) => -g), loss)],
  ['twice too large', (loss, gradients) => (each(gradients, (g) => 2 * g), loss)],
  [
    'wrong in the biases of layer 1',
    (loss, gradients) => (each(gradients, (g, name) => (name === 'b1' ? g / 3 : g)), loss),
  ],
  ['with L2, without the loss of L2', (loss, gradients, parameters) => (decayed(loss, gradients, parameters), loss)],
];

describe.each(['f64', 'f32'] as const)('in %s', (dtype) => {
  const seeds = [1, 2, 3, 4, 5];

  test.each(OTHER_LOSSES)('the right gradient of %s is never convicted', async (_what, change) => {
    const kinds = await Promise.all(seeds.map(async (seed) => (await ownLossOf(dtype, seed, change))?.kind));
    expect(kinds).not.toContain('not-slope');
    if (dtype === 'f64') expect(kinds).toEqual(seeds.map(() => 'slope'));
    else expect(kinds).toContain('slope');
  });

  test.each(WRONG)('a gradient %s is never acquitted', async (_what, change) => {
    const kinds = await Promise.all(seeds.map(async (seed) => (await ownLossOf(dtype, seed, change))?.kind));
    expect(kinds).not.toContain('slope');
    if (dtype === 'f64') expect(kinds).toEqual(seeds.map(() => 'not-slope'));
    else expect(kinds).toContain('not-slope');
  });

  test('that of half the loss, wrong in entries that are hardly far from the right ones, is not acquitted', async () => {
    const halved: Change = (loss, gradients) => {
      each(gradients, (g) => g / 2);
      for (const { values } of namedTensors(gradients)) {
        const sizes = Array.from(values, Math.abs).sort((a, b) => b - a);
        // not among the four that are furthest from the right gradient
        for (let i = 0; i < values.length; i++) if (Math.abs(values[i]) < sizes[4]) values[i] *= 0.9;
      }
      return loss / 2;
    };
    const kinds = await Promise.all(seeds.map(async (seed) => (await ownLossOf(dtype, seed, halved))?.kind));
    if (dtype === 'f64') expect(kinds).not.toContain('slope');
    else expect(kinds.filter((kind) => kind === 'slope').length).toBeLessThan(seeds.length);
  });

  test('the right gradient of the right loss is neither: there is no wrong gradient to distinguish it from', async () => {
    for (const seed of seeds)
      expect((await ownLossOf(dtype, seed, (loss) => loss))?.kind ?? 'undecided').toBe('undecided');
  });

  test('a gradient that is off by less than the slopes can show is not acquitted', async () => {
    const off = dtype === 'f64' ? 1e-10 : 1e-5;
    for (const seed of seeds) {
      const own = await ownLossOf(dtype, seed, (loss, gradients) => (each(gradients, (g) => g * (1 + off)), loss));
      expect(own?.kind ?? 'undecided').toBe('undecided');
    }
  });
});

test('a slow candidate ends the check after ten seconds of its clock', async () => {
  let [time, calls] = [0, 0];
  const slow: Change = (loss) => {
    calls++;
    time += 700;
    return loss;
  };
  expect(await ownLossOf('f64', 1, slow, { ...UNWATCHED, now: () => time })).toBeNull();
  expect([calls, time]).toEqual([15, 10_500]);
});

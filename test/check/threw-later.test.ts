// A candidate that throws at a later question: what was wrong before is told, with the error; one
// that was right until then fails as a whole.
import { expect, test } from 'vitest';
import type { FaultInjector } from '../../src/check/diagnosis/diagnose.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { CandidateError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { randomBatch, startOf } from '../fixtures.ts';
import { SPEC, engineOf, stepping, sums } from './probe/mlp.ts';

const SGD = optimizerSpec('sgd');

/** @param factor of the bias gradients */
async function check(factor: number, answers: number): Promise<GradientCheck> {
  const own = engineOf(stepping({ db: (dz) => sums(dz).map((x) => factor * x) }));
  let count = 0;
  const candidate: Engine = {
    ...own,
    async lossAndGradients(batch) {
      if (++count > answers) throw new CandidateError('out of slots');
      return own.lossAndGradients(batch);
    },
  };
  const reference = await createEngine('vector', SPEC, SGD);
  const injector: FaultInjector = {
    setting: { network: SPEC, optimizer: SGD, scaling: { mean: 0, deviation: 1 } },
    inject: (injection) => createEngine('vector', SPEC, SGD, { dtype: 'f64', injection }),
  };
  return gradientCheck(SPEC, startOf(SPEC), randomBatch(SPEC, 6, 1), { candidate, reference }, { injector });
}

test.each([1, 2, 4, 6])('wrong answers before it are told, %i of them', async (answers) => {
  const { verdict, threw, questions, parameters } = await check(1.7, answers);
  expect(verdict.kind).toBe('disagree');
  expect(threw?.message).toBe('out of slots');
  expect(threw?.hint).toMatch(new RegExp(`^this was call ${answers + 1}, `));
  expect(questions).toHaveLength(answers - 1);
  expect(parameters.filter(({ left }) => left === 'candidate').map(({ parameter }) => parameter)).toEqual(['b1', 'b2']);
});

test.each([7, 8, 9, 10, 14, 20, 30])('so are they where it throws while asked why, after %i', async (answers) => {
  const { verdict, parameters, threw } = await check(1.7, answers);
  expect(verdict.kind).toBe('disagree');
  expect(threw).toEqual({ message: 'out of slots', hint: null });
  expect(parameters.filter(({ left }) => left === 'candidate').map(({ parameter }) => parameter)).toEqual(['b1', 'b2']);
});

test('right answers before it prove nothing', async () => {
  await expect(check(1, 4)).rejects.toThrow('out of slots');
});

test('no answer at all is an error', async () => {
  await expect(check(1.7, 0)).rejects.toThrow('out of slots');
});

test('nothing is added where all is answered', async () => {
  expect(await check(1.7, Infinity)).not.toHaveProperty('threw');
});

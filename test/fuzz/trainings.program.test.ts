// Mistakes of training that show after some steps, or with some additions to the optimizer alone,
// are found and shrunk to the smallest training that shows them; right trainings pass.
import { describe, expect, it, test } from 'vitest';
import '../../src/vitest.ts';
import type { CandidateUpdate } from '../../src/candidates/candidate.ts';
import { caseText, problemOfCase } from '../../src/fuzz/case-text.ts';
import type { Found } from '../../src/fuzz/fuzz.ts';
import { replay } from '../../src/fuzz/fuzz.ts';
import { ADDITIONS, additionsOf } from '../../src/fuzz/training.ts';
import { spaceOf } from '../../src/fuzz/space.ts';
import { localSubject } from '../../src/matchers/implementation.ts';
import { parseCase } from '../../src/network/case.ts';
import { messageOf } from '../matchers/problems.ts';
import { REGRESSION, fuzzed } from './fuzzed.ts';
import { WRONG_TRAININGS, training } from './wrong-trainings.ts';

const { additions: _none, ...rest } = REGRESSION;
const TRAINED = spaceOf({ ...rest, optimizers: ['sgd', 'momentum', 'adam'] });
const right = training({});

describe.each(Object.entries(WRONG_TRAININGS))('%s', (_name, { spoil, steps, optimizer, additions, mistakes }) => {
  it('is found within 1,000 networks, in its smallest training, and the case file shows it again', async () => {
    const wrong = training(spoil);
    const { verdict, tally, found } = await fuzzed(wrong, { space: TRAINED });
    expect(verdict).toEqual({ kind: 'disagree' });
    expect(tally.runs).toBeLessThan(1000);
    const { smallest, case: file, ...more } = found as Found;
    expect(more.failure.stage).toBe('training');
    expect({
      steps: smallest.steps,
      optimizer: smallest.optimizer.id,
      additions: additionsOf(smallest.optimizer),
    }).toEqual({
      steps,
      optimizer,
      additions,
    });
    expect(more.mistakes).toEqual(mistakes);
    expect(smallest.text).toMatch(new RegExp(`, ${steps} steps? of ${optimizer}, learning rate`));
    const problem = problemOfCase(parseCase(caseText(file), 'case'));
    const again = await replay(localSubject(wrong), problem);
    expect(again.found?.headline).toBe(more.headline);
    expect((await replay(localSubject(right), problem)).verdict).toEqual({ kind: 'agree' });
  });
});

test('right trainings are right, with any seed, and the report counts what was tried', async () => {
  const { verdict, tally, found } = await fuzzed(right, { space: TRAINED, runs: 80, seed: 5000 });
  expect({ verdict, found }).toEqual({ verdict: { kind: 'agree' }, found: null });
  expect(tally).toMatchObject({ runs: 80, refused: 0 });
  expect(Object.keys(tally.coverage.steps)).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(Object.keys(tally.coverage.additions)).toEqual(ADDITIONS.toSorted());
});

test('a candidate that knows nothing of clipping is not asked for it', async () => {
  const unclipped = {
    ...right,
    applyGradients: (update: CandidateUpdate) =>
      right.applyGradients({
        ...update,
        optimizer: { ...update.optimizer, clipNorm: undefined, clipValue: undefined },
      }),
  };
  const { verdict, tally, refused } = await fuzzed(unclipped, { space: TRAINED, runs: 40 });
  expect(verdict).toEqual({ kind: 'agree' });
  expect(refused).toEqual([
    { what: 'addition clip-norm', said: 'its updates are the same without it' },
    { what: 'addition clip-value', said: 'its updates are the same without it' },
  ]);
  expect(tally.coverage.additions).toHaveProperty('weight-decay');
  expect(tally.coverage.additions).not.toHaveProperty('clip-norm');
});

test('toBackpropagate takes the number of steps', async () => {
  const network = { inputs: 1, layers: [{ units: 1, activation: 'linear' }], loss: 'mse' } as const;
  const { spoil } = WRONG_TRAININGS['the bias correction of adam stops at the fourth step'];
  const wrong = training(spoil);
  await expect(wrong).toBackpropagate(network, { optimizer: 'adam', steps: 4 });
  const message = await messageOf(() => expect(wrong).toBackpropagate(network, { optimizer: 'adam', steps: 5 }));
  expect(message).toMatch(/after update 5 with the same gradients is wrong/);
  expect(message).toMatch(/Repeat: toBackpropagate\(network, \{ .*steps: 5 \}\)/);
  expect(await messageOf(() => expect(right).toBackpropagate(network, { steps: 0 }))).toMatch(
    /steps: expected a whole number from 1 to 100, got 0/,
  );
});

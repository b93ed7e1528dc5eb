// Answers with the same bits to a repeated question are kept and compared once; one that differs in
// a bit is kept, compared and told by itself.
import { expect, test } from 'vitest';
import { compareAll } from '../../src/check/gradients/results.ts';
import { answersOf } from '../../src/check/questions/ask.ts';
import { givenQuestions } from '../../src/check/questions/protocol.ts';
import type { Engine, LossAndGradients } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { askEngine, engineThrough, identityOf } from '../../src/engines/through.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const NETWORK = network(3, [5], 'tanh', 2, 'softmax', 'cross-entropy');
const QUESTIONS = givenQuestions(NETWORK, startOf(NETWORK), randomBatch(NETWORK, 4)); // given, repeated, other, again
const vector = (): Promise<Engine> => createEngine('vector', NETWORK, optimizerSpec('sgd'));

/** An engine whose gradient of W1 changes at some calls, from 1. */
async function changingAt(isChanged: (call: number) => boolean, by: (x: number) => number): Promise<Engine> {
  const engine = await vector();
  let calls = 0;
  return engineThrough(identityOf(engine), async (method, args) => {
    const value = await askEngine(engine, method, args);
    if (method === 'lossAndGradients' && isChanged(++calls)) {
      const [{ values }] = (value as LossAndGradients).gradients;
      values[3] = by(values[3]);
    }
    return value;
  });
}

test('the same bits are one answer, and its comparison is one', async () => {
  const [own, other] = [await vector(), await vector()];
  const answers = { candidate: await answersOf(own, QUESTIONS), reference: await answersOf(other, QUESTIONS) };
  const [given, repeated, another, again] = answers.candidate;
  expect([repeated, again].every((one) => one === given)).toBe(true);
  expect(another).not.toBe(given);
  const results = compareAll(QUESTIONS, answers, { candidate: 'f32', reference: 'f32' });
  expect(results.map(({ question }) => question.name)).toEqual(['given', 'repeated', 'other', 'again']);
  expect(results[3].gradients).toBe(results[0].gradients);
  expect(results[2].gradients).not.toBe(results[0].gradients);
});

test.each<[string, (x: number) => number]>([
  ['twice as large', (x) => 2 * x],
  ['NaN', () => NaN],
])('a later answer that is %s is told of that question alone', async (_, by) => {
  const answers = {
    candidate: await answersOf(await changingAt((call) => call === 4, by), QUESTIONS),
    reference: await answersOf(await vector(), QUESTIONS),
  };
  expect(answers.candidate[3]).not.toBe(answers.candidate[0]);
  const results = compareAll(QUESTIONS, answers, { candidate: 'f32', reference: 'f32' });
  expect(results.map(({ findings }) => findings.length)).toEqual([0, 0, 0, 1]);
});

test('answers that are wrong alike are told of each question', async () => {
  const doubled = await changingAt(
    () => true,
    (x) => 2 * x,
  );
  const answers = {
    candidate: await answersOf(doubled, QUESTIONS),
    reference: await answersOf(await vector(), QUESTIONS),
  };
  expect(answers.candidate[1]).toBe(answers.candidate[0]);
  const results = compareAll(QUESTIONS, answers, { candidate: 'f32', reference: 'f32' });
  const told = results.flatMap(({ findings }) => findings.map((one) => ('question' in one ? one.question : 'given')));
  expect(told).toEqual(['given', 'repeated', 'other', 'again']);
});

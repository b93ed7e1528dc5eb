// The thread that works out parts of a gradient check gives what the check itself would.
import { availableParallelism } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { gradientCheck, withOracleCheck } from '../../src/check/gradient-check.ts';
import { generalQuestions } from '../../src/check/questions/protocol.ts';
import type { Question } from '../../src/check/questions/protocol.ts';
import { checkOracle } from '../../src/check/slopes/oracle-check.ts';
import type { OracleCheck } from '../../src/check/slopes/oracle-check.ts';
import { sequencesOf } from '../../src/check/update-sequences.ts';
import { UNWATCHED } from '../../src/check/watch.ts';
import type { Work } from '../../src/cli/beside/protocol.ts';
import { ThreadBeside, isWorthThread } from '../../src/cli/beside/thread.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { DataError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';

const SPEC = network(3, [5, 4], 'relu', 3, 'softmax', 'cross-entropy');
const WORK: Work = {
  network: SPEC,
  optimizer: optimizerSpec('sgd'),
  parameters: startOf(SPEC),
  batch: randomBatch(SPEC, 6),
};

/** Gradients of the batch. */
const OWN = WORK.parameters.map((tensor) => ({ ...tensor, values: tensor.values.map((x, i) => x / 8 + i / 64) }));

const threads: ThreadBeside[] = [];
afterAll(() => Promise.all(threads.map((thread) => thread.end())));

function started(work: Work): ThreadBeside {
  const thread = new ThreadBeside(work);
  threads.push(thread);
  return thread;
}

const exactEngine = (): Promise<Engine> => createEngine('vector', SPEC, WORK.optimizer, { dtype: 'f64' });

/** Without what is a function. */
const data = (questions: readonly Question[]): unknown =>
  questions.map((question) => ({ ...question, exact: { ...question.exact, align: null } }));

describe('the thread beside a gradient check', () => {
  const thread = started(WORK);

  test('has the same questions at the general point, and one set of parameters for all', async () => {
    const questions = await thread.questions();
    expect(data(questions)).toEqual(data(generalQuestions(SPEC, WORK.batch)));
    expect(new Set(questions.map(({ parameters }) => parameters)).size).toBe(1);
  });

  test('checks the exact gradients with the same result, and tells how far it is', async () => {
    const done: number[] = [];
    const another = started(WORK);
    const watch = { ...UNWATCHED, progress: (_phase: unknown, step: number) => void done.push(step) };
    another.goOn(OWN);
    const found = await another.oracleCheck(watch);
    expect(found).toEqual(await checkOracle({ ...WORK, exact: await exactEngine() }));
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('makes the same updates to check the optimizer on, except for too many parameters', async () => {
    const [another, large] = [started(WORK), started(WORK)];
    another.goOn(OWN);
    expect(await another.sequences()).toEqual(sequencesOf({ network: SPEC, start: WORK.parameters }, OWN));
    large.goOn([{ ...OWN[0], values: new Float32Array(4_000_001) }]);
    expect(await large.sequences()).toBeUndefined();
  });

  test('throws what the check throws', async () => {
    const parameters = WORK.parameters.map((tensor) => ({ ...tensor, values: tensor.values.map(() => NaN) }));
    const wrong = { ...WORK, parameters };
    const expected = await checkOracle({ ...wrong, exact: await exactEngine() }).catch((error: unknown) => error);
    expect(expected).toBeInstanceOf(DataError);
    const failing = started(wrong);
    failing.goOn(OWN);
    await expect(failing.oracleCheck(UNWATCHED)).rejects.toEqual(expected);
  });

  test('ends with Ctrl-C, and with its owner', async () => {
    const stop = new AbortController();
    const own = started(WORK);
    own.goOn(OWN);
    const checked = own.oracleCheck({ ...UNWATCHED, signal: stop.signal });
    stop.abort();
    expect(await checked).toBeNull();
    expect(await own.oracleCheck({ ...UNWATCHED, signal: stop.signal })).toBeNull();
    const ended = started(WORK);
    const questions = ended.questions();
    const refused = expect(questions).rejects.toThrow('the thread of a check ended');
    await ended.end();
    await refused;
  });

  test('is started for large networks alone', () => {
    const large = network(784, [1024, 1024], 'relu', 10, 'softmax', 'cross-entropy');
    expect(isWorthThread(WORK)).toBe(false);
    expect(isWorthThread({ network: large, batch: WORK.batch })).toBe(availableParallelism() > 1);
  });
});

describe('a gradient check whose exact gradients are checked apart from it', () => {
  const { network: spec, parameters, batch, optimizer } = WORK;
  const check = async (exact?: Engine) => {
    const [candidate, reference] = [await createEngine('vector', spec, optimizer), await exactEngine()];
    return gradientCheck(spec, parameters, batch, { candidate, reference }, { exact });
  };

  test('has the same result', async () => {
    const whole = await check(await exactEngine());
    expect(withOracleCheck(await check(), whole.oracleCheck, UNWATCHED)).toEqual(whole);
  });

  test('takes the questions at the general point from elsewhere', async () => {
    const [candidate, reference] = [await createEngine('vector', spec, optimizer), await exactEngine()];
    const general = async () => generalQuestions(spec, batch).slice(0, 1);
    const found = await gradientCheck(spec, parameters, batch, { candidate, reference }, { general });
    expect(found.questions.map(({ question }) => question)).toEqual(['repeated', 'other', 'again', 'real']);
  });

  test('is wrong if they are, and inconclusive if it was interrupted', async () => {
    const measured = await check();
    const verdict = { kind: 'disagree', findings: [{ kind: 'taylor', order: 1 }] } as const;
    const wrong = { ...(await checkOracle({ ...WORK, exact: await exactEngine() })), verdict } as OracleCheck;
    expect(withOracleCheck(measured, wrong, UNWATCHED).verdict).toMatchObject({ kind: 'disagree' });
    const interrupted = { ...UNWATCHED, signal: AbortSignal.abort() };
    const ended = withOracleCheck(measured, null, interrupted);
    expect(ended.verdict).toEqual({ kind: 'inconclusive', reason: 'interrupted' });
  });
});

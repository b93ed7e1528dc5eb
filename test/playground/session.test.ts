// The training of the playground, in Node: its checks are those of `compare`, and a wrong network
// does not pass them.
import { beforeAll, describe, expect, test } from 'vitest';
import { SMALL } from '../../scripts/playground/digits.ts';
import { LockstepCheck } from '../../src/check/run/lockstep.ts';
import type { Pair } from '../../src/check/pair.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/load.ts';
import type { Engine, EngineFactory } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { DEFAULT_CHOICES, choicesFrom, commandOf, networkOf, runOf } from '../../src/playground/train/choices.ts';
import type { Run } from '../../src/playground/train/choices.ts';
import { Session, summary } from '../../src/playground/train/session.ts';
import type { Stepped } from '../../src/playground/train/session.ts';

const CHOICES = { ...DEFAULT_CHOICES, hidden: [8], every: 3 };
let run: Run;
beforeAll(() => {
  const digits: Dataset = loadDataset({ dataset: 'mnist', data: SMALL, seed: 1 });
  run = runOf(CHOICES, digits);
});

const vector: () => EngineFactory = () => async () => createVectorEngine(run.network, run.optimizer, { dtype: 'f32' });
const tfjs: () => EngineFactory = () => () => createEngine('tfjs', run.network, run.optimizer, { backend: 'cpu' });

async function stepped(factories: Pair<EngineFactory>, steps: number): Promise<{ steps: Stepped[]; session: Session }> {
  const session = await Session.open(run, CHOICES.every, factories);
  const all: Stepped[] = [];
  for (let i = 0; i < steps; i++) all.push(await session.step());
  return { steps: all, session };
}

describe('a session', () => {
  test('trains both to the last bit, checks every third step, and finds what lockstep finds', async () => {
    const { steps, session } = await stepped({ candidate: vector(), reference: tfjs() }, 7);
    expect(steps.map(({ check }) => check !== null)).toEqual([true, false, false, true, false, false, true]);
    for (const { losses } of steps) expect(losses.candidate).toBe(losses.reference);
    const checks = steps.flatMap(({ check }) => check ?? []);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['identical', 'identical', 'identical']);
    expect(summary(checks).wrong).toBeNull();

    const engines: Pair<Engine> = { candidate: await vector()(), reference: await tfjs()() };
    const lockstep = new LockstepCheck({ ...run, engines });
    const trained = await vector()();
    await trained.load(run.initial);
    for (let step = 0; step < 7; step++) {
      if (step % 3 === 0) await lockstep.at(step, await trained.parameters());
      expect(await trained.trainStep(run.batches.batch(step))).toBe(steps[step].losses.candidate);
    }
    expect(summary(checks).gradients).toEqual(lockstep.result(null).gradients);
    expect((await session.accuracy()).candidate).toBe((await session.accuracy()).reference);
    await session.dispose();
  });

  test('a mistake in the hand-written network is found at the first check, and where', async () => {
    const setting = { ...run, scaling: run.batches.scaling };
    const injection = injectionOf(parseFault('bias-not-summed@1', setting), setting);
    const wrong: EngineFactory = async () =>
      createVectorEngine(run.network, run.optimizer, { dtype: 'f32', injection });
    const { steps, session } = await stepped({ candidate: wrong, reference: tfjs() }, 1);
    const check = steps[0].check;
    expect(check?.verdict).toBe('disagree');
    expect(check?.sentence).toMatch(/the gradient of b1\[\d+\].* vector f32 \(candidate\) is wrong/);
    expect(check?.used).toBeGreaterThan(1);
    await session.dispose();
  });

  test('a rate that is far too large ends in an overflow, not in an error', async () => {
    const hot = { ...run, optimizer: { ...run.optimizer, learningRate: 1e30 } };
    const factory: EngineFactory = async () => createVectorEngine(hot.network, hot.optimizer, { dtype: 'f32' });
    const session = await Session.open(hot, 1, { candidate: factory, reference: factory });
    for (let i = 0; i < 4 && (await session.isOver()) === null; i++) await session.step();
    expect(await session.isOver()).toBe('overflow');
    await session.dispose();
  });
});

describe('choices', () => {
  test('what a link says is read, and what is wrong in it is named', () => {
    const { choices, wrong } = choicesFrom({ hidden: [16, 8], loss: 'mse', batchSize: -3, backend: 'quantum' });
    expect(choices).toEqual({ ...DEFAULT_CHOICES, hidden: [16, 8], loss: 'mse' });
    expect(wrong).toEqual(['batchSize', 'backend']);
    expect(choicesFrom('nonsense')).toEqual({ choices: DEFAULT_CHOICES, wrong: [] });
  });

  test('pieces that do not fit together are refused in words; shaders are judged as shaders', () => {
    expect(() => networkOf({ ...DEFAULT_CHOICES, output: 'relu' })).toThrow(/cross-entropy/);
    expect(networkOf(DEFAULT_CHOICES).arithmetic).toBeUndefined();
    expect(networkOf({ ...DEFAULT_CHOICES, backend: 'webgpu' }).arithmetic).toBe('gpu');
  });

  test('the command makes the same run', () => {
    expect(commandOf(CHOICES, 2)).toBe(
      'npm run compare -- --data data/mnist-small --hidden 8 --activation relu --output softmax --loss cross-entropy' +
        ' --optimizer sgd --learning-rate 0.2 --batch-size 32 --epochs 2 --seed 1 --engine vector --backend cpu',
    );
  });
});

// The optimizer alone, and the training step as a whole: who is wrong, and which mistake it is.
import { describe, expect, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { FaultInjector, UpdateSequence } from '../../src/check/diagnosis/diagnose.ts';
import type { Setting } from '../../src/faults/fault.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import type { UpdateCheck } from '../../src/check/update-check.ts';
import { MORE_UPDATES, UPDATES, isKept, sequencesOf } from '../../src/check/update-sequences.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { CandidateError } from '../../src/errors.ts';
import { withoutExamples } from '../../src/check/questions/protocol.ts';
import type { Batch } from '../../src/network/batch.ts';
import { copyParameters, namedTensors, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { difference } from '../../src/numeric/difference.ts';
import type { OptimizerId } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { RIGHT_IN_TFJS, network, randomBatch, startOf } from '../fixtures.ts';
import { altered } from './sabotage.ts';

const SPEC = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');
const BATCH = randomBatch(SPEC, 8, 5);
const settingOf = (id: OptimizerId): Setting => ({
  network: SPEC,
  optimizer: optimizerSpec(id, { learningRate: 0.05 }),
  scaling: { mean: 0, deviation: 255 },
});

function own(setting: Setting, fault?: string): Promise<Engine> {
  const injection = fault === undefined ? {} : injectionOf(parseFault(fault, setting), setting);
  return createEngine('vector', SPEC, setting.optimizer, { injection });
}

function tfjs({ optimizer }: Setting, backend: 'cpu' | 'wasm' = 'cpu'): Promise<Engine> {
  return createEngine('tfjs', SPEC, optimizer, { backend });
}

async function check(
  setting: Setting,
  candidate: Engine,
  reference: Engine,
  gradientsAreRight?: (side: 'candidate' | 'reference') => boolean,
  batch = BATCH,
): Promise<UpdateCheck> {
  const { optimizer } = setting;
  const injector: FaultInjector = {
    setting,
    inject: (injection) => createEngine('vector', SPEC, optimizer, { dtype: 'f64', injection }),
  };
  const problem = { network: SPEC, optimizer, start: startOf(SPEC) };
  const result = await updateCheck(problem, batch, { candidate, reference }, injector, gradientsAreRight);
  for (const engine of [candidate, reference]) await engine.dispose();
  return result;
}

const namesOf = ({ diagnosis }: UpdateCheck): string[] | undefined => diagnosis?.mistakes.map((m) => m.fault);
const lefts = (measures: UpdateCheck['updates']): unknown[] => [...new Set(measures.map((m) => m.left))];

describe.each(RIGHT_IN_TFJS)('%s', (id) => {
  test.each(['cpu', 'wasm'] as const)('is the same in tfjs %s and in the hand-written engine', async (backend) => {
    const setting = settingOf(id);
    const result = await check(setting, await own(setting), await tfjs(setting, backend));
    // on cpu to the last bit; wasm sums gradients in another order
    expect(result.verdict.kind).toMatch(backend === 'cpu' ? /^identical$/ : /^(identical|agree)$/);
    expect(result.diagnosis).toBeNull();
    expect(result.updates.map((m) => m.entries)).toEqual(
      [30, 6, 18, 3].map((entries) => (UPDATES + MORE_UPDATES) * entries),
    );
    expect(result.trainSteps.map((m) => m.entries)).toEqual([30, 6, 18, 3]);
    expect([lefts(result.updates), lefts(result.trainSteps)]).toEqual([[null], [null]]);
  });
});

/** One mistake per optimizer, and some that show only from the second step. */
const WRONG: readonly [OptimizerId, string][] = [
  ['sgd', 'learning-rate-twice'],
  ['momentum', 'momentum-missing'],
  ['momentum', 'momentum-dampened-after-first'],
  ['nesterov', 'nesterov-as-momentum'],
  ['rmsprop', 'rmsprop-epsilon-outside-root'],
  ['adam', 'adam-no-bias-correction'],
  ['adam', 'state-of-another-parameter'],
];

describe.each(WRONG)('%s with %s', (id, fault) => {
  const setting = settingOf(id);

  test('in the candidate is blamed on the candidate', async () => {
    const result = await check(setting, await own(setting, fault), await tfjs(setting));
    expect(result.verdict.kind).toBe('disagree');
    expect(result.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault }] });
    expect(lefts([...result.updates, ...result.trainSteps])).not.toContain('reference');
  });

  test('in the reference is blamed on the reference', async () => {
    const result = await check(setting, await tfjs(setting), await own(setting, fault));
    expect(result.verdict.kind).toBe('disagree');
    expect(result.diagnosis).toMatchObject({ engine: 'reference', mistakes: [{ fault }] });
    expect(lefts(result.updates)).toContain('reference');
    expect(lefts([...result.updates, ...result.trainSteps])).not.toContain('candidate');
  });

  test('in both is blamed on both, and the candidate is explained', async () => {
    const result = await check(setting, await own(setting, fault), await own(setting, fault));
    expect(result.verdict.kind).toBe('disagree'); // although no number differs
    expect(result.updates.every((m) => m.identical)).toBe(true);
    expect(lefts(result.updates).filter((left) => left !== null)).toEqual(['both']);
    expect(result.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault }] });
  });
});

test.each(['momentum', 'nesterov', 'rmsprop', 'adam'] as const)(
  'the mistake of %s is named, although it moves weights that should not move at all',
  async (id) => {
    const setting = settingOf(id);
    const batch = randomBatch(SPEC, 8, 5);
    for (let i = 0; i < batch.inputs.data.length; i += SPEC.inputs) batch.inputs.data[i] = 0; // its weights get none
    const candidate = await own(setting, 'state-not-fresh');
    const result = await check(setting, candidate, await tfjs(setting), undefined, batch);
    expect(result.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault: 'state-not-fresh' }] });
  },
);

test('an optimizer with an unknown mistake is caught, but not named', async () => {
  const setting = settingOf('adam');
  const other = { ...setting.optimizer, beta2: 0.9 };
  const result = await check(setting, await createEngine('vector', SPEC, other), await tfjs(setting));
  expect(result.verdict.kind).toBe('disagree');
  expect(result.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [] });
  expect(result.diagnosis?.probed?.told[0].text).toBe('In the update, β₁ is used where β₂ belongs.');
});

describe('gradients that are not finite', () => {
  test('in both engines, from numbers beyond the range of single precision, blame nobody', async () => {
    const spec = network(2, [3], 'linear', 1, 'linear', 'mse');
    const start = startOf(spec);
    for (const { values } of namedTensors(start)) values.fill(1e20);
    const optimizer = optimizerSpec('sgd');
    const open = () => createEngine('vector', spec, optimizer);
    const problem = { network: spec, optimizer, start };
    const result = await updateCheck(problem, randomBatch(spec, 4, 1), {
      candidate: await open(),
      reference: await open(),
    });
    expect(result.verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range' });
    expect(lefts(result.trainSteps)).toEqual([null]);
    expect(result.updates).toEqual([]);
  });
});

describe('a wrong training step with right gradients and updates', () => {
  const setting = settingOf('momentum');

  test('has its mistake named if it is known, on either side', async () => {
    const named = { mistakes: [{ fault: 'updated-before-used', layer: 2 }] };
    const one = await check(setting, await own(setting, 'updated-before-used@2'), await tfjs(setting));
    expect(lefts(one.updates)).toEqual([null]);
    expect(one.trainSteps.map((m) => m.left)).toEqual(['candidate', 'candidate', null, null]); // all below layer 2
    expect(one.diagnosis).toMatchObject({ engine: 'candidate', ...named });
    const other = await check(setting, await tfjs(setting), await own(setting, 'updated-before-used@2'));
    expect(other.diagnosis).toMatchObject({ engine: 'reference', ...named });
  });

  test('is caught but not named if its mistake is unknown', async () => {
    const right = await own(setting);
    const short = altered(right, {
      trainStep: (batch) => right.trainStep(withoutExamples(batch, new Set([7])) as Batch),
    });
    const result = await check(setting, short, await tfjs(setting));
    expect(result.verdict.kind).toBe('disagree');
    expect(lefts(result.updates)).toEqual([null]);
    expect(lefts(result.trainSteps)).toEqual(['candidate']);
    expect(result.diagnosis).toEqual({ engine: 'candidate', mistakes: [] });
  });

  test('that reports another loss is caught, although the parameters are right', async () => {
    const right = await own(setting);
    const after = altered(right, {
      async trainStep(batch) {
        await right.trainStep(batch);
        return (await right.lossAndGradients(batch)).loss; // the loss after the update, not before
      },
    });
    const { verdict, trainSteps } = await check(setting, after, await tfjs(setting));
    expect(lefts(trainSteps)).toEqual([null]);
    const findings = verdict.kind === 'disagree' ? verdict.findings : [];
    expect(findings).toMatchObject([{ what: 'loss', measure: { left: 'candidate' } }]);
  });

  test('is not explained if the gradients were wrong already', async () => {
    const signed = await own(setting, 'sign@1');
    const result = await check(setting, signed, await tfjs(setting), (side) => side === 'reference');
    expect(lefts(result.updates)).toEqual([null]);
    expect(lefts(result.trainSteps)).toContain('candidate');
    expect(namesOf(result)).toBeUndefined();
  });

  test('that follows its wrong gradients gets their name if they were not checked', async () => {
    const right = await own(setting);
    const wrong = await own(setting, 'sign@1');
    const hidden = altered(right, {
      async load(parameters) {
        await right.load(copyParameters(parameters, 'f32'));
        await wrong.load(parameters);
      },
      trainStep: async (batch) => {
        const loss = await wrong.trainStep(batch);
        await right.load(await wrong.parameters());
        return loss;
      },
    });
    expect(namesOf(await check(setting, hidden, await tfjs(setting)))).toEqual(['sign']);
  });
});

test('a mistake is named without what engines had after each update of a large network', async () => {
  const setting = settingOf('adam');
  const exact = boundedGradients(SPEC, startOf(SPEC), BATCH);
  const sequences = sequencesOf({ network: SPEC, start: startOf(SPEC) }, exact.gradients);
  const checked = async (all: readonly UpdateSequence[]): Promise<UpdateCheck> => {
    const inject: FaultInjector['inject'] = (injection) =>
      createEngine('vector', SPEC, setting.optimizer, { dtype: 'f64', injection });
    const problem = { network: SPEC, optimizer: setting.optimizer, start: startOf(SPEC), kept: { sequences: all } };
    const engines = { candidate: await own(setting, 'adam-no-bias-correction'), reference: await own(setting) };
    return updateCheck(problem, BATCH, engines, { setting, inject });
  };
  const kept = await checked(sequences);
  expect(kept.diagnosis?.mistakes).toMatchObject([{ fault: 'adam-no-bias-correction' }]);
  expect(await checked(sequences.map((one) => ({ ...one, gradients: new Set(one.gradients) })))).toEqual(kept);
});

test('the gradients of a large network are made anew each time they are gone through, with the same bits', () => {
  const sequenceOf = (inputs: number, keptUpTo?: number) => {
    const spec = network(inputs, [1000], 'tanh', 2, 'softmax', 'cross-entropy');
    const start = zeroParameters(spec, 'f32');
    return sequencesOf({ network: spec, start }, start, false, UPDATES, keptUpTo)[0];
  };
  const second = (gradients: Iterable<Parameters>): Parameters => {
    const all = gradients[Symbol.iterator]();
    all.next();
    return all.next().value as Parameters;
  };
  const [small, large] = [4, 14].map((inputs) => sequenceOf(inputs, 10_000).gradients);
  expect(second(small)).toBe(second(small));
  const [first, anew] = [second(large), second(large)];
  expect(anew).not.toBe(first);
  const [once, again] = [first, anew].map(([{ values }]) => values);
  expect(difference(once, again).identical).toBe(true);
  expect(once[0]).not.toBe(0);
  expect([4, 4001].map((inputs) => isKept(sequenceOf(inputs)))).toEqual([true, false]);
});

describe('a candidate that throws', () => {
  const setting = settingOf('momentum');
  /** The rate is right for a factor of 1. */
  const failing = async (factor: number, updates: number): Promise<Engine> => {
    const optimizer = optimizerSpec('momentum', { learningRate: 0.05 * factor });
    const engine = await createEngine('vector', SPEC, optimizer);
    let count = 0;
    const fail = (): never => {
      throw new CandidateError('out of slots');
    };
    return altered(engine, {
      applyGradients: async (gradients: Parameters) => (++count > updates ? fail() : engine.applyGradients(gradients)),
      trainStep: async () => fail(),
    });
  };

  test.each([8, 9, 30])('after %i updates, of which some were wrong, keeps what was found', async (updates) => {
    const {
      verdict,
      updates: found,
      trainSteps,
    } = await check(setting, await failing(1.3, updates), await own(setting));
    expect(verdict.kind).toBe('disagree');
    expect(lefts(found)).toContain('candidate');
    expect(trainSteps).toEqual([]);
  });

  test.each<[number, number]>([
    [1, 8],
    [1.3, 7],
  ])('is an error where its updates are right, or not all were asked: %f, %i', async (factor, updates) => {
    await expect(check(setting, await failing(factor, updates), await own(setting))).rejects.toThrow('out of slots');
  });
});

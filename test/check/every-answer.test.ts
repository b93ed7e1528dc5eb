// A rule for all checks: every quantity that an engine returns, in every call, is compared with
// something. Each one is made wrong in turn; one that is never compared would pass.
import { describe, expect, test } from 'vitest';
import { compare } from '../../src/check/compare.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import type { Verdict } from '../../src/check/verdict.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { createExperiment } from '../../src/cli/experiment.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { altered } from './sabotage.ts';

/** The named numbers of an answer. They share memory with it where possible. */
interface Answered {
  readonly name: string;
  /** Makes one of the numbers wrong; with several numbers, always the same one. */
  spoil(): void;
}

/** Records the quantities of every call, and makes one of them wrong. */
class Spoiler {
  readonly seen: string[] = [];
  readonly target: number | null;
  constructor(target: number | null) {
    this.target = target;
  }

  pass(call: string, quantities: readonly Answered[]): void {
    for (const { name, spoil } of quantities) {
      if (this.seen.push(`${call}: ${name}`) - 1 === this.target) spoil();
    }
  }
}

/** Spoils the largest of these numbers by a tenth of it, or a little if it is 0. */
function inPlace(name: string, values: Float32Array | Float64Array): Answered {
  const spoil = (): void => {
    let at = 0;
    for (let i = 1; i < values.length; i++) if (Math.abs(values[i]) > Math.abs(values[at])) at = i;
    values[at] = values[at] * 1.1 + 0.05;
  };
  return { name, spoil };
}

const tensors = (p: Parameters): Answered[] =>
  namedTensors(p).map(({ name, values }) => inPlace(name, values as Float64Array));

function spoilt(engine: Engine, spoiler: Spoiler): Engine {
  return altered(engine, {
    lossAndGradients: async (batch) => {
      const { loss, gradients } = await engine.lossAndGradients(batch);
      const own = { loss: Float64Array.of(loss), gradients: copyParameters(gradients, engine.dtype) };
      spoiler.pass('lossAndGradients', [inPlace('loss', own.loss), ...tensors(own.gradients)]);
      return { loss: own.loss[0], gradients: own.gradients };
    },
    predict: async (inputs) => {
      const outputs = await engine.predict(inputs);
      spoiler.pass('predict', [inPlace('outputs', outputs.data)]);
      return outputs;
    },
    trainStep: async (batch) => {
      const loss = Float64Array.of(await engine.trainStep(batch));
      spoiler.pass('trainStep', [inPlace('loss', loss)]);
      return loss[0];
    },
    parameters: async () => {
      const own = copyParameters(await engine.parameters(), engine.dtype);
      spoiler.pass('parameters', tensors(own));
      return own;
    },
  });
}

type Side = 'candidate' | 'reference';

/**
 * Runs once to count the quantities, then once for each of them, made wrong.
 * @returns all quantities, and those that passed although they were wrong
 */
async function unseen(run: (spoil: (engine: Engine) => Engine, side: Side) => Promise<Verdict>, side: Side) {
  const counter = new Spoiler(null);
  const right = await run((engine) => spoilt(engine, counter), side);
  expect(['identical', 'agree']).toContain(right.kind);
  const passed: string[] = [];
  for (const [target, name] of counter.seen.entries()) {
    const spoiler = new Spoiler(target);
    const verdict = await run((engine) => spoilt(engine, spoiler), side);
    if (verdict.kind !== 'disagree') passed.push(`${target} ${name}`);
  }
  return { answered: counter.seen.length, passed };
}

const SPEC = network(4, [3], 'tanh', 3, 'softmax', 'cross-entropy');
const ADAM = optimizerSpec('adam', { learningRate: 0.01 });
const open = (): Promise<Engine> => createEngine('vector', SPEC, ADAM);

describe.each(['candidate', 'reference'] as const)('every quantity of the %s is compared in', (side) => {
  const engines = async (spoil: (engine: Engine) => Engine) => {
    const [spoiltOne, other] = [spoil(await open()), await open()];
    return side === 'candidate' ? ([spoiltOne, other] as const) : ([other, spoiltOne] as const);
  };

  test('the gradient check', async () => {
    const { answered, passed } = await unseen(async (spoil) => {
      const [candidate, reference] = await engines(spoil);
      return (await gradientCheck(SPEC, startOf(SPEC), randomBatch(SPEC, 6), { candidate, reference })).verdict;
    }, side);
    expect(passed).toEqual([]);
    expect(answered).toBe(7 * (1 + 4 + 1)); // seven questions: loss, four gradients, outputs
  });

  test('the updates', async () => {
    const { answered, passed } = await unseen(async (spoil) => {
      const [candidate, reference] = await engines(spoil);
      const problem = { network: SPEC, optimizer: ADAM, start: startOf(SPEC) };
      return (await updateCheck(problem, randomBatch(SPEC, 6), { candidate, reference })).verdict;
    }, side);
    expect(passed).toEqual([]);
    expect(answered).toBe(9 * 4 + 1); // parameters after eight updates and a training step, and the step's loss
  });

  test('a whole comparison', async () => {
    const {
      network: spec,
      optimizer,
      initial,
      batches,
      dataset,
      scaling,
    } = createExperiment(
      {
        dataset: 'moons',
        hidden: [3],
        'train-size': 24,
        'test-size': 8,
        'batch-size': 8,
        epochs: 1,
      } as never,
      'compare',
    );
    const test = { examples: dataset.test, classes: dataset.classes, scaling };
    const make = () => createEngine('vector', spec, optimizer);
    const { answered, passed } = await unseen(async (spoil) => {
      const own = async (): Promise<Engine> => spoil(await make());
      const result = await compare({
        network: spec,
        optimizer,
        initial,
        batches,
        test,
        candidate: side === 'candidate' ? own : make,
        reference: side === 'reference' ? own : make,
        exact: () => createEngine('vector', spec, optimizer, { dtype: 'f64' }),
        lockstepSteps: 2,
      });
      return result.verdict;
    }, side);
    expect(passed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
  });
});

// An optimizer defined in this file: engines, bounds, diagnosis and formulas work with it, although
// no other file knows it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundedUpdates } from '../../../src/bounds/update.ts';
import type { FaultInjector } from '../../../src/check/diagnosis/diagnose.ts';
import { updateCheck } from '../../../src/check/update-check.ts';
import type { UpdateCheck } from '../../../src/check/update-check.ts';
import type { Engine, FaultInjection } from '../../../src/engines/engine.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { UsageError } from '../../../src/errors.ts';
import type { Setting } from '../../../src/faults/fault.ts';
import { injectionOf, parseFault, possibleFaults } from '../../../src/faults/registry.ts';
import {
  leastRoot,
  quotientError,
  rootError,
  squareError,
  stepError,
} from '../../../src/numeric/bounds/update-errors.ts';
import { UNIT_ROUNDOFF, dtypeOf, newArray, roundingOf } from '../../../src/numeric/dtype.ts';
import { stepping } from '../../../src/ops/optimizers/faulty.ts';
import type { OptimizerId } from '../../../src/ops/optimizers/optimizer.ts';
import { optimizer } from '../../../src/ops/optimizers/page.ts';
import { optimizerPage, optimizerSpec, registerOptimizer } from '../../../src/ops/optimizers/registry.ts';
import { updateFormula } from '../../../src/network/formulas.ts';
import { network, randomBatch, startOf } from '../../fixtures.ts';
import { refusal } from '../../refusal.ts';

const u = UNIT_ROUNDOFF.f32;

const adagrad = optimizer({
  id: 'adagrad-own',
  formula: 's ← s + g²,  w ← w - lr·g / √(s + ε)',
  source: 'Duchi, Hazan & Singer 2011; s starts at 0.1, as tfjs',
  learningRate: 0.05,
  reads: ['epsilon'],
  squares: true,
  init: (w) => ({ slots: { s: newArray(dtypeOf(w), w.length).fill(0.1) }, scalars: {} }),
  update(w, g, { slots: { s } }, { learningRate, epsilon }) {
    const round = roundingOf(w);
    for (let i = 0; i < w.length; i++) {
      s[i] += round(g[i] * g[i]);
      w[i] -= round(round(learningRate) * round(g[i] / round(Math.sqrt(round(s[i] + round(epsilon))))));
    }
  },
  error({ w, ew, g, eg, after: { s }, eSlots: { s: es } }, { learningRate: lr, epsilon }) {
    for (let i = 0; i < w.length; i++) {
      es[i] += squareError(g[i], eg[i]) + u * (s[i] + 0.1); // 0.1 is rounded
      const root = Math.sqrt(s[i] + epsilon);
      const eRoot = rootError(s[i] + epsilon, es[i] + u * (2 * epsilon + s[i]));
      const q = g[i] / root;
      ew[i] = stepError(ew[i], w[i], lr, q, quotientError(q, eg[i], eRoot, leastRoot(root, eRoot, epsilon), lr));
    }
  },
  tfjs: (tf, { learningRate }) => tf.train.adagrad(learningRate, 0.1),
  faults: {
    'adagrad-own-forgets': {
      description: 'only the gradient of this step is squared, not those of earlier steps',
      remedy: 's ← s + g²',
      instead: stepping(['s'], (i, g, { s }, _t, { learningRate, epsilon }) => {
        s[i] = 0.1 + g * g;
        return (learningRate * g) / Math.sqrt(s[i] + epsilon);
      }),
    },
  },
});

const SPEC = network(5, [6], 'tanh', 3, 'softmax', 'cross-entropy');
const BATCH = randomBatch(SPEC, 8, 5);

let unregister: () => void;
let setting: Setting;
beforeAll(() => {
  unregister = registerOptimizer(adagrad);
  setting = {
    network: SPEC,
    optimizer: optimizerSpec('adagrad-own' as OptimizerId),
    scaling: { mean: 0, deviation: 1 },
  };
});
afterAll(() => {
  unregister();
  expect(refusal(UsageError, () => optimizerPage('adagrad-own'))).toMatch(
    /^unknown optimizer "adagrad-own" \| choose one of sgd,/,
  );
});

async function check(candidate: Engine, reference: Engine): Promise<UpdateCheck> {
  const { optimizer: spec } = setting;
  const injector: FaultInjector = {
    setting,
    inject: (injection) => createEngine('vector', SPEC, spec, { dtype: 'f64', injection }),
  };
  const problem = { network: SPEC, optimizer: spec, start: startOf(SPEC) };
  const result = await updateCheck(problem, BATCH, { candidate, reference }, injector);
  for (const engine of [candidate, reference]) await engine.dispose();
  return result;
}

const tfjs = (): Promise<Engine> => createEngine('tfjs', SPEC, setting.optimizer, { backend: 'cpu' });
const vector = (injection: FaultInjection = {}): Promise<Engine> =>
  createEngine('vector', SPEC, setting.optimizer, { injection });

test('it has the defaults of its page and of TensorFlow.js', () => {
  expect(setting.optimizer).toMatchObject({ id: 'adagrad-own', learningRate: 0.05, epsilon: 1e-7 });
});

describe('its updates', () => {
  test('by vector f32 and by TensorFlow.js agree, and move', async () => {
    const result = await check(await vector(), await tfjs());
    expect(result.verdict.kind).toMatch(/^(identical|agree)$/);
    expect(Math.max(...result.updates.map((m) => m.usedOfBound))).toBeGreaterThan(0);
    const exact = boundedUpdates(SPEC, setting.optimizer, startOf(SPEC));
    exact.step(startOf(SPEC, 2));
    expect(exact.parameters[0].values).not.toEqual(Float64Array.from(startOf(SPEC)[0].values));
  });

  test('by the scalar graph are the exact ones', async () => {
    const graph = await createEngine('autograd', SPEC, setting.optimizer);
    expect((await check(graph, await tfjs())).verdict.kind).toBe('agree');
  });
});

describe('its mistake', () => {
  test('is listed with the mistakes of any optimizer', () => {
    const ids = possibleFaults(setting).map(({ id }) => String(id));
    expect(ids).toEqual(expect.arrayContaining(['ascent', 'state-not-fresh', 'adagrad-own-forgets']));
    expect(ids).not.toContain('momentum-missing');
  });

  test('is caught and named when injected', async () => {
    const injection = injectionOf(parseFault('adagrad-own-forgets', setting), setting);
    const result = await check(await vector(injection), await tfjs());
    expect(result.verdict.kind).toBe('disagree');
    expect(result.diagnosis).toMatchObject({
      engine: 'candidate',
      mistakes: [{ fault: 'adagrad-own-forgets', remedy: 's ← s + g²' }],
    });
  });
});

test('its formula is what reports print', () => {
  expect(updateFormula('adagrad-own')).toBe(adagrad.formula);
});

test('a name cannot be taken twice', () => {
  expect(refusal(UsageError, () => registerOptimizer(adagrad))).toBe('optimizer "adagrad-own": this name is taken');
});

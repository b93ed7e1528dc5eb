// Candidates that only train: gradients are recovered from their updates, a right one agrees, and
// what is wrong in a training step is caught and named.
import { describe, expect, test } from 'vitest';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import type { CandidateModule, CandidateStep } from '../../src/candidates/candidate.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { CandidateError } from '../../src/errors.ts';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { answerTo } from '../../src/report/answer/answer.ts';
import { checkedBy } from '../../src/report/answer/checked.ts';
import { overall } from '../../src/check/verdict.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';
import { stepsOf } from './own-steps.ts';
import type { StepMistake, StepOptions } from './own-steps.ts';
import { engineOf, onTrial } from './trial.ts';

const SHALLOW = network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy');
const DEEP = network(5, [4, 3], 'tanh', 3, 'softmax', 'cross-entropy');

/** What a report says. */
async function said(mistake: StepMistake, spec = SHALLOW, options: StepOptions = {}, optimizer = optimizerSpec('sgd')) {
  const { gradients, updates } = await onTrial(stepsOf(mistake, options), spec, { optimizer });
  const verdict = overall([gradients.verdict, updates.verdict]);
  const filledIn = options.hasLoss === false ? (['loss'] as const) : [];
  const sides = { candidate: { engine: 'external', label: 'own.ts', filledIn }, reference: null };
  const { kind, headline, lines } = answerTo(checkedBy(sides, spec, verdict, gradients, updates));
  return { kind, text: [headline, ...lines].join('\n'), gradients, updates };
}

describe.each([
  ['binary64', {}],
  ['single precision', { single: true }],
  ['without a loss', { hasLoss: false }],
] as const)('right, %s', (name, options) => {
  test.each([
    ['sgd', SHALLOW],
    ['sgd', DEEP],
    ['momentum', SHALLOW],
    ['adam', DEEP],
  ] as const)('%s agrees', async (id, spec) => {
    const optimizer = optimizerSpec(id);
    const { gradients, updates, candidate } = await onTrial(stepsOf('none', options), spec, { optimizer });
    expect(gradients.verdict.kind).toBe('agree');
    expect(updates.verdict.kind).toBe('agree');
    expect(updates.updates).toEqual([]);
    expect(candidate.filledIn).toEqual(['predict', ...(name === 'without a loss' ? ['loss'] : [])]);
    expect(candidate.dtype).toBe(name === 'single precision' ? 'f32' : 'f64');
    // what recovering costs is small against the bound
    expect(Math.max(...gradients.parameters.map((m) => m.usedOfBound))).toBeLessThan(0.5);
  });
});

describe('with what surrounds an update', () => {
  test.each(['sgd', 'adam'] as const)('a step of %s is handed the learning rate of the step', async (id) => {
    const optimizer = optimizerSpec(id, { schedule: 'exponential:0.5' });
    const { gradients, updates } = await onTrial(stepsOf(), SHALLOW, { optimizer });
    expect(gradients.verdict.kind).toBe('agree');
    expect(updates.verdict.kind).toBe('agree');
  });

  test.each([{ clipNorm: 0.01 }, { clipValue: 0.001 }])(
    'with %o, a mistake in gradients is named',
    async (clipping) => {
      const optimizer = optimizerSpec('sgd', clipping);
      const { gradients } = await onTrial(stepsOf('derivative-missing'), SHALLOW, { optimizer });
      expect(gradients.diagnosis?.mistakes.map(({ fault }) => fault)).toEqual(['missing-activation-derivative']);
    },
  );
});

describe('a penalty that is left out', () => {
  const penalised = { ...SHALLOW, penalties: [{ kind: 'l2', strength: 0.02 }] } as const;
  const named = async (options: StepOptions): Promise<{ faults: string[]; text: string }> => {
    const { gradients, text } = await said('none', penalised, options);
    return { faults: gradients.diagnosis?.mistakes.map(({ fault }) => fault) ?? [], text };
  };

  test('is told as that where a loss is returned', async () => {
    const { faults, text } = await named({});
    expect(faults).toEqual(['penalty-left-out']);
    expect(text).toMatch(/Wrong: loss/);
  });

  test('may be in the loss where none is returned: both are told', async () => {
    const { faults, text } = await named({ hasLoss: false });
    expect(faults.toSorted()).toEqual(['penalty-left-out', 'penalty-missing']);
    expect(text).toContain('These 2 mistakes give the same numbers on this network.');
    expect(text).not.toMatch(/(Right|Wrong): loss/); // backproof's own is neither right nor wrong
  });
});

describe('each mistake is caught, and told', () => {
  test.each<[StepMistake, RegExp]>([
    ['derivative-missing', /missing-activation-derivative at (layer 1|every layer)/],
    ['updated-before-used', /compute all gradients first, then update.*updated-before-used at (layer 2|every layer)/],
    ['made-twice', /Every step is 2 times the right one: the update is made twice/],
    ['made-twice-anew', /The step is made twice, the second time with the gradients at the parameters after the first/],
    ['sign', /w ← w - lr · gradient: the gradient points uphill.*\(ascent\)/],
    ['own-parameters', /trainStep leaves all parameters as they are/],
    ['own-parameters-returned', /starts from parameters of its own, not from those it is given/],
    ['copy-not-returned', /trainStep leaves all parameters as they are/],
    ['after-each-example', /The parameters are updated after each example.*|add up the gradients of the whole batch/],
    ['own-rate', /The step is the same at every learning rate: it uses 1\/10/],
    ['biases-not-updated', /db\d is 0/],
    ['first-layer-not-updated', /zero-gradient at layer 1/],
    ['previous-gradient', /The gradients of a call are those of the call before/],
    ['loss-afterwards', /compute the loss before the update/],
    ['sum-over-batch', /missing-batch-mean/],
  ])('%s', async (mistake, expected) => {
    for (const spec of [SHALLOW, DEEP]) {
      const { kind, text } = await said(mistake, spec);
      expect(kind).toBe('disagree');
      expect(text).toMatch(expected);
      expect(text).not.toMatch(/Look at|No known mistake|own loss/);
    }
  });

  test('of an early update and a missing derivative at once, the place is told', async () => {
    const { kind, text } = await said('updated-before-used, derivative-missing');
    expect(kind).toBe('disagree');
    expect(text).toMatch(/dz1 is wrong, given its own dz2/);
    expect(text).toMatch(/Right: loss, W2, b2\. Wrong: W1, b1/);
  });

  test('in single precision, updates before use are named too', async () => {
    const { text } = await said('updated-before-used', DEEP, { single: true });
    expect(text).toMatch(/updated-before-used at every layer/);
  });

  test('a mistake of the optimizer shows in steps that are compared directly', async () => {
    const adam = optimizerSpec('adam');
    const uncorrected = await said('none', SHALLOW, { adam: 'no correction' }, adam);
    expect(uncorrected.kind).toBe('disagree');
    expect(uncorrected.gradients.verdict.kind).toBe('agree');
    expect(uncorrected.text).toMatch(/adam-no-bias-correction/);
    const forgets = await said('none', SHALLOW, { adam: 'forgets' }, adam);
    expect(forgets.kind).toBe('disagree');
    expect(forgets.text).toMatch(/after training step 2/); // the first one is right
  });
});

test('sums are declared, or suggested', async () => {
  const own = stepsOf('sum-over-batch');
  const declared = await onTrial({ ...own, conventions: { gradients: 'sum' } }, SHALLOW);
  expect(declared.gradients.verdict.kind).toBe('agree');
  expect(declared.updates.verdict.kind).toBe('agree');
  expect(declared.candidate.filledIn).toEqual(['applyGradients', 'predict']); // its steps are not those of a mean
  expect((await onTrial(own, SHALLOW)).gradients.looksLike).toEqual([{ gradients: 'sum' }]);
});

test('a candidate without biases, and one with biases in its weights, agree', async () => {
  const { trainStep } = stepsOf('biases-not-updated');
  const without = (step: CandidateStep): unknown => {
    for (const layer of step.parameters) layer.bias = layer.weights[0].map(() => 0);
    const loss = trainStep(step);
    for (const layer of step.parameters) Reflect.deleteProperty(layer, 'bias');
    return loss;
  };
  const none = await onTrial({ trainStep: without, conventions: { biases: 'none' } }, SHALLOW);
  expect([none.gradients.verdict.kind, none.updates.verdict.kind]).toEqual(['agree', 'agree']);

  const right = stepsOf('none').trainStep;
  const inside = (step: CandidateStep): unknown => {
    for (const layer of step.parameters) layer.bias = layer.weights.pop() ?? [];
    const loss = right(step);
    for (const layer of step.parameters) layer.weights.push(layer.bias);
    return loss;
  };
  const lastRow = await onTrial({ trainStep: inside, conventions: { biases: 'last-row' } }, SHALLOW);
  expect([lastRow.gradients.verdict.kind, lastRow.updates.verdict.kind]).toEqual(['agree', 'agree']);
  const undeclared = await onTrial({ trainStep: inside }, SHALLOW).catch((error: CandidateError) => error.hint);
  expect(JSON.stringify(undeclared)).toMatch(/biases: ?'?.*last-row/);
});

test('recovered gradients are within the rounding that is told, which is small and not zero', async () => {
  for (const [single, most] of [
    [false, 1e-15],
    [true, 1e-6],
  ] as const) {
    const engine = engineOf(stepsOf('none', { single }), DEEP);
    const [start, batch] = [startOf(DEEP), randomBatch(DEEP, 4)];
    await engine.load(start);
    await engine.lossAndGradients(batch); // now its precision is known
    const { gradients, rounding } = await engine.lossAndGradients(batch);
    const exact = namedTensors(boundedGradients(DEEP, start, batch).gradients);
    let nearest = 0;
    rounding?.forEach(({ values }, t) =>
      values.forEach((allowed, i) => {
        const [g, right] = [gradients[t].values[i], exact[t].values[i]];
        expect(allowed).toBeGreaterThan(0);
        expect(allowed).toBeLessThan(most * Math.abs(right) + 1e-18);
        // computing costs a few units in the last place beside it
        expect(Math.abs(g - right)).toBeLessThan(2 * allowed + 1e-15);
        nearest = Math.max(nearest, Math.abs(g - right) / allowed);
      }),
    );
    expect(nearest).toBeGreaterThan(0.01);
  }
});

test('at a small rate, the rounding of the stored weights is most of the allowed error', async () => {
  const engine = engineOf(stepsOf('none', { single: true }), SHALLOW);
  const [start, batch] = [startOf(SHALLOW), randomBatch(SHALLOW, 4)];
  await engine.load(start);
  await engine.lossAndGradients(batch);
  engine.recovery?.at(2 ** -10);
  const { gradients, rounding = [] } = await engine.lossAndGradients(batch);
  const { gradients: exact, errors } = boundedGradients(SHALLOW, start, batch);
  let beyond = 0;
  exact.forEach(({ values }, t) =>
    values.forEach((right, i) => {
      const off = Math.abs(gradients[t].values[i] - right);
      expect(off).toBeLessThanOrEqual(errors[t].values[i] + rounding[t].values[i]);
      if (off > errors[t].values[i]) beyond++;
    }),
  );
  expect(beyond).toBeGreaterThan(10); // without it, a right candidate would be called wrong
});

describe('what a training step may return', () => {
  const right = stepsOf('none').trainStep;
  const forms: Record<string, (step: CandidateStep) => unknown> = {
    'nothing, changed in place': (step) => void right(step),
    'the loss': (step) => right(step),
    'the loss, later': async (step) => right(step),
    'the parameters': (step) => (void right(step), step.parameters),
    'new parameters': (step) => {
      const own = structuredClone(step);
      const loss = right(own);
      return { loss, parameters: own.parameters };
    },
    'new arrays put into the given layers': (step) => {
      const own = structuredClone(step);
      const loss = right(own);
      step.parameters.forEach((layer, l) => Object.assign(layer, own.parameters[l]));
      return { loss };
    },
  };
  test.each(Object.keys(forms))('%s', async (form) => {
    const { gradients, updates } = await onTrial({ trainStep: forms[form] }, SHALLOW);
    expect([gradients.verdict.kind, updates.verdict.kind]).toEqual(['agree', 'agree']);
  });

  test('not parameters of another shape', async () => {
    const engine = engineOf({ trainStep: () => ({ parameters: [{ weights: [[1]], bias: [1] }] }) }, SHALLOW);
    await engine.load(startOf(SHALLOW));
    await expect(engine.lossAndGradients(randomBatch(SHALLOW, 2))).rejects.toThrow(/trainStep returned no usable W1/);
  });

  test('changed examples are told', async () => {
    const engine = engineOf(
      {
        trainStep(step: CandidateStep) {
          step.batch.inputs[0][0] += 1;
          return 0;
        },
      },
      SHALLOW,
    );
    await engine.load(startOf(SHALLOW));
    await engine.lossAndGradients(randomBatch(SHALLOW, 2));
    expect(engine.flaws()).toMatchObject([{ kind: 'changed', parameter: 'inputs', index: [0, 0] }]);
  });

  test('a module without any function is refused', () => {
    expect(() => localPort({ conventions: {} })).toThrow(CandidateError);
    expect(() => localPort({ trainStep: 3 })).toThrow(CandidateError);
  });
});

test('a step that overflows at a large rate is asked for at a small one', async () => {
  const rates: number[] = [];
  const right = stepsOf('none').trainStep;
  const engine = engineOf(
    {
      trainStep(step: CandidateStep) {
        rates.push(step.optimizer.learningRate);
        const loss = right(step);
        if (step.optimizer.learningRate > 1) step.parameters[0].weights[0][0] = Infinity;
        return loss;
      },
    },
    SHALLOW,
  );
  await engine.load(startOf(SHALLOW));
  const { gradients } = await engine.lossAndGradients(randomBatch(SHALLOW, 2));
  expect(rates).toEqual([expect.any(Number), 1]);
  expect(rates[0]).toBeGreaterThanOrEqual(2 ** 24);
  expect(Number.isFinite(gradients[0].values[0])).toBe(true);
});

test('a candidate with gradients and a step of its own has both checked', async () => {
  const own = ownNetwork({});
  const module = (mistake: StepMistake): Partial<CandidateModule> => ({
    default: own,
    trainStep: stepsOf(mistake).trainStep,
  });
  const right = await onTrial(module('none'), SHALLOW);
  expect([right.gradients.verdict.kind, right.updates.verdict.kind]).toEqual(['agree', 'agree']);
  expect(right.candidate.recovery).toBeNull();
  const early = await onTrial(module('updated-before-used'), DEEP);
  expect(early.gradients.verdict.kind).toBe('agree');
  expect(early.updates.diagnosis?.mistakes).toMatchObject([{ fault: 'updated-before-used', layer: 'every' }]);
});

test('the step gets the state of the one before, and counts from 1', async () => {
  const seen: [number, unknown][] = [];
  const port = localPort({
    trainStep({ step, state }: CandidateStep) {
      seen.push([step, state]);
      return { loss: 0, state: { moments: new Map([[1, step]]) } };
    },
  });
  const engine = createExternalEngine(port, SHALLOW, optimizerSpec('adam'), DEFAULT_CONVENTIONS);
  const batch = { inputs: matrixOf([[1, 2, 3, 4, 5]]), targets: matrixOf([[0, 1, 0]]) };
  await engine.load(startOf(SHALLOW));
  for (let n = 0; n < 2; n++) await engine.trainStep(batch);
  await engine.load(startOf(SHALLOW));
  await engine.trainStep(batch);
  expect(seen).toEqual([
    [1, undefined],
    [2, { moments: new Map([[1, 1]]) }],
    [1, undefined],
  ]);
});

// The committed cases: the numbers computed here are those of PyTorch, JAX and pen and paper; and
// where TensorFlow.js is wrong, it is found wrong.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { caseOptimizer, checkCase } from '../../src/check/expected/case-check.ts';
import type { CaseCheck } from '../../src/check/expected/case-check.ts';
import { caseFiles } from '../../src/data/files/case-files.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { BackendId } from '../../src/engines/tfjs/backends.ts';
import { parseCase } from '../../src/network/case.ts';
import type { Case } from '../../src/network/case.ts';
import { layersOf } from '../../src/network/spec.ts';
import type { ExpectedTraining } from '../../src/network/expected.ts';
import { ACTIVATIONS, LOSSES } from '../../src/ops/registry.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { RIGHT_IN_TFJS } from '../fixtures.ts';
import { KINDS, whyMissing } from '../engines/kinds.ts';

const FOLDER = fileURLToPath(new URL('../../data/cases', import.meta.url));
const read = (file: string): Case => parseCase(readFileSync(file, 'utf8'), file);
const named = (file: string) => ({ name: basename(file, '.json'), problem: read(file) });
const CASES = caseFiles(FOLDER).map(named).toSorted((a, b) => (a.name < b.name ? -1 : 1)); // prettier-ignore
const of = (framework: string): Case[] =>
  CASES.filter(({ name }) => name.startsWith(`${framework}-`)).map(({ problem }) => problem);

async function check(problem: Case, backend: BackendId = 'cpu'): Promise<CaseCheck> {
  const { network, tfjs: variant } = problem;
  const optimizer = caseOptimizer(problem) ?? optimizerSpec('sgd');
  const candidate = await createEngine('vector', network, optimizer);
  const reference = await createEngine('tfjs', network, optimizer, { backend, variant });
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 255 } };
  try {
    return await checkCase(
      problem,
      optimizer,
      { candidate, reference },
      {
        injector: {
          setting,
          inject: (injection) => createEngine('vector', network, optimizer, { dtype: 'f64', injection }),
        },
      },
    );
  } finally {
    await candidate.dispose();
    await reference.dispose();
  }
}

/**
 * ‖theirs - ours‖ / ‖ours‖ of a tensor in binary64. Theirs is at most 3e-15 off in cases computed
 * by two frameworks; mistakes are off by far more.
 */
const APART = 1e-12;

/** Optimizers without a case: the framework has none, or with another ε. */
const LACKING: Readonly<Record<string, readonly string[]>> = {
  torch: ['adamax'],
  jax: ['adagrad', 'adamw', 'nadam'],
};

describe.each(CASES)('$name', ({ problem }) => {
  test('has the expected gradients, and the expected end of training', async () => {
    const { verdict, expected } = await check(problem);
    expect(verdict.kind).toMatch(/^(identical|agree)$/);
    if (expected === null) throw new Error('the case has no answer');
    for (const { parameter, relativeDifference } of [...expected.parameters, ...(expected.training?.parameters ?? [])])
      expect(relativeDifference, parameter).toBeLessThanOrEqual(APART);
    expect(expected.training === null).toBe(problem.optimizer === null);
  });

  test('would not have them if one expected entry were wrong by a millionth', async () => {
    const wrong = structuredClone(problem);
    const [{ values }] = wrong.expected?.gradients ?? [];
    const sizes = Array.from(values, Math.abs);
    values[sizes.indexOf(Math.max(...sizes))] *= 1 + 1e-6;
    const { verdict, expected } = await check(wrong);
    expect(verdict.kind).toBe('disagree');
    expect(expected?.parameters[0]).toMatchObject({ parameter: 'W1', left: 'candidate' });
  });
});

function withTraining({ expected, ...problem }: Case, change: (training: ExpectedTraining) => ExpectedTraining): Case {
  const training = expected?.training ?? null;
  if (expected === null || training === null) throw new Error('the case has no training');
  return { ...problem, expected: { ...expected, training: change(training) } };
}

const TRAINED = CASES.filter(({ problem }) => (problem.expected?.training ?? null) !== null);
test.each(TRAINED)(
  '$name would not have the expected end if one of its numbers were wrong by a billionth',
  async ({ problem }) => {
    const wrong = structuredClone(problem);
    const [{ values }] = wrong.expected?.training?.parameters ?? [];
    const sizes = Array.from(values, Math.abs);
    values[sizes.indexOf(Math.max(...sizes))] *= 1 + 1e-9;
    const { verdict, expected } = await check(wrong);
    expect(verdict.kind).toBe('disagree');
    expect(expected?.training?.explained).toEqual([]);
    expect(expected?.parameters.every((m) => m.left === null)).toBe(true); // the gradients are right
  },
);

const DIFFERING = TRAINED.filter(({ problem }) => problem.expected?.training?.differs !== null);

describe.each(DIFFERING)('$name, with another definition of its optimizer,', ({ problem }) => {
  const injection = problem.expected?.training?.differs?.mistake;

  test('agrees only because it declares that', async () => {
    const { verdict, expected, updateCheck } = await check(withTraining(problem, (t) => ({ ...t, differs: null })));
    expect(verdict.kind).toBe('disagree');
    expect(expected?.training?.explained.map(({ fault }) => fault)).toEqual([injection]);
    expect(expected?.parameters.every((m) => m.left === null)).toBe(true);
    expect(updateCheck?.verdict.kind).toBe('identical'); // the engines are not to blame
  });
});

test('a training with another definition than it declares is told which', async () => {
  const [{ problem }] = TRAINED.filter(({ name }) => name === 'jax-momentum');
  const differs = { mistake: 'momentum-dampened', reason: 'a wrong one, for this test' };
  const { verdict, expected } = await check(withTraining(problem, (t) => ({ ...t, differs })));
  expect(verdict.kind).toBe('disagree');
  expect(expected?.training?.explained).toEqual([]); // it needs no mistake to explain it
});

describe('the cases cover', () => {
  const plain = (id: string): string => id.split(':')[0];
  const activationsIn = (cases: Case[]): string[] =>
    cases.flatMap((c) => layersOf(c.network).map((l) => plain(l.activation)));

  test.each(['torch', 'jax'])('all activations and losses (%s)', (framework) => {
    const cases = of(framework);
    const own = framework === 'jax' ? ['ratio'] : []; // only PyTorch was asked
    expect([...new Set([...activationsIn(cases), ...own])].toSorted()).toEqual([...ACTIVATIONS].toSorted());
    const kinds = new Set(cases.flatMap((c) => layersOf(c.network).map(({ page }) => page.id)));
    expect([...kinds].toSorted()).toEqual(['average-pool', 'conv2d', 'dense', 'flatten', 'max-pool']);
    expect([...new Set(cases.map((c) => plain(c.network.loss)))].toSorted()).toEqual([...LOSSES].toSorted());
  });

  test.each(['torch', 'jax'])('all optimizers that are right in TensorFlow.js (%s)', (framework) => {
    const cases = of(framework).filter(({ optimizer }) => optimizer !== null);
    const there = RIGHT_IN_TFJS.filter((id) => !LACKING[framework].includes(id));
    expect([...new Set(cases.map((c) => c.optimizer?.id))].toSorted()).toEqual(there.toSorted());
    const asHere = cases.filter((c) => c.expected?.training?.differs === null).map((c) => c.optimizer?.id);
    const others = framework === 'torch' ? ['rmsprop', 'adagrad'] : []; // PyTorch defines them differently
    expect(there.filter((id) => !asHere.includes(id))).toEqual(others);
  });

  test('and differ only in the optimizers that are known to differ', () => {
    expect(DIFFERING.map(({ name }) => name)).toEqual([
      'torch-adagrad',
      'torch-momentum-dampened',
      'torch-rmsprop',
      'torch-rmsprop-small-gradients',
      'torch-sparse-adam',
    ]);
  });
});

const WRONG = new Map(caseFiles(join(FOLDER, 'tfjs-wrong')).map((file) => [basename(file, '.json'), read(file)]));
const problemOf = (name: string): Case => {
  const problem = WRONG.get(name);
  if (problem === undefined) throw new Error(`no case ${name}`);
  return problem;
};

/** The known numbers: W1 after one training step in TensorFlow.js, and the right value. */
const STEPS: readonly [string, string, number, number][] = [
  ['adadelta', 'adadelta-accumulator-before-update', -0.5, 0.5 - Math.sqrt(1e-7 / (0.05 + 1e-7))],
  ['rmsprop-centered', 'rmsprop-centered-epsilon-subtracted', NaN, 0.5],
  ['second-variable-list', 'state-not-fresh', 0.81, 0.9],
];

/**
 * The same problem, solved in a way that is right in TensorFlow.js. The case's expected values
 * belong to the wrong way's optimizer.
 */
const RIGHT_WAY: readonly [string, (problem: Case) => Case][] = [
  ['categorical-crossentropy', (problem) => ({ ...problem, tfjs: null })],
  ['second-variable-list', (problem) => ({ ...problem, tfjs: null })],
  ['adadelta', (problem) => ({ ...withOptimizer(problem, 'rmsprop'), expected: null })],
  ['rmsprop-centered', (problem) => ({ ...withOptimizer(problem, 'rmsprop'), expected: null })],
];

function withOptimizer(problem: Case, id: string): Case {
  if (problem.optimizer === null) throw new Error('the case has no optimizer');
  return { ...problem, optimizer: { ...problem.optimizer, id } };
}

test('these are all the cases in which tfjs is wrong', () => {
  expect([...WRONG.keys()].toSorted()).toEqual(RIGHT_WAY.map(([name]) => name).toSorted());
});

for (const kind of KINDS.filter(({ id }) => id === 'tfjs')) {
  const missing = await whyMissing(kind);
  const backend = kind.options.backend as BackendId;
  describe.skipIf(missing !== null)(missing === null ? kind.name : `${kind.name} (not here: ${missing})`, () => {
    test.each(STEPS)('is wrong in %s: %s', async (name, fault, theirs, right) => {
      const { verdict, gradientCheck, updateCheck, expected } = await check(problemOf(name), backend);
      expect([verdict.kind, updateCheck?.verdict.kind]).toEqual(['disagree', 'disagree']);
      expect(gradientCheck.verdict.kind).toMatch(/^(identical|agree)$/);
      expect(expected?.verdict.kind).toMatch(/^(identical|agree)$/); // paper and the exact numbers agree
      const measures = [...(updateCheck?.updates ?? []), ...(updateCheck?.trainSteps ?? [])];
      expect([...new Set(measures.map((m) => m.left))]).toEqual(['reference']);
      expect(updateCheck?.diagnosis).toMatchObject({ engine: 'reference', mistakes: [{ fault }] });
      expect(updateCheck?.diagnosis?.mistakes).toHaveLength(1);
      const [W1] = updateCheck?.trainSteps ?? [];
      expect(W1.oracle).toBeCloseTo(right, 12);
      expect(W1.candidate).toBeCloseTo(right, 7);
      if (Number.isNaN(theirs)) expect(W1.reference).toBeNaN();
      else expect(W1.reference).toBeCloseTo(theirs, 7);
    });

    test('is wrong in categorical-crossentropy: clipped-probabilities', async () => {
      const { verdict, gradientCheck, expected } = await check(problemOf('categorical-crossentropy'), backend);
      expect([verdict.kind, gradientCheck.verdict.kind]).toEqual(['disagree', 'disagree']);
      expect(expected?.verdict.kind).toMatch(/^(identical|agree)$/);
      const { loss, parameters, diagnosis, firstWrong } = gradientCheck;
      expect([...new Set([loss, ...parameters].map((m) => m.left))]).toEqual(['reference']);
      expect(diagnosis).toMatchObject({ engine: 'reference', mistakes: [{ fault: 'clipped-probabilities' }] });
      expect(diagnosis?.mistakes).toHaveLength(1);
      expect(firstWrong).toMatchObject({ candidate: null, reference: { name: 'loss' } });
    });

    test('returns no gradient for an example that it gets wrong with certainty', async () => {
      const both = problemOf('categorical-crossentropy');
      const first = (m: Matrix): Matrix => ({ rows: 1, cols: m.cols, data: m.data.slice(0, m.cols) });
      const batch = { inputs: first(both.batch.inputs), targets: first(both.batch.targets) };
      const { gradientCheck } = await check({ ...both, batch, expected: null }, backend);
      const [W1] = gradientCheck.parameters;
      expect(W1.reference).toBe(0);
      expect(Math.abs(W1.oracle)).toBeCloseTo(1, 7);
      expect(W1.candidate).toBeCloseTo(W1.oracle, 6);
      expect(gradientCheck.loss.reference).toBeCloseTo(-Math.log(1e-7), 5); // instead of 40
      expect(gradientCheck.loss.oracle).toBeCloseTo(40, 6);
    });

    test.each(RIGHT_WAY)('solves %s if it is asked in the right way', async (name, rightWay) => {
      const { verdict, gradientCheck, updateCheck } = await check(rightWay(problemOf(name)), backend);
      expect(verdict.kind).toMatch(/^(identical|agree)$/);
      expect([gradientCheck.diagnosis, updateCheck?.diagnosis ?? null]).toEqual([null, null]);
    });
  });
}

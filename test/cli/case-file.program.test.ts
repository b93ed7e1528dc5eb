// gradcheck --case: gradient problems with answers worked out by hand, right and wrong, and
// invalid files.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beyondBound, gradcheckDocument } from './documents.ts';
import type { Outcome } from './program.ts';
import { ROOT, inProcess as backproof, complaint, newFolder } from './program.ts';

/**
 * x = [1, -1]: z1 = [1 - 0.5, -1 - 2] = [0.5, -3], a1 = [0.5, 0], y = 0.5·2 + 0·4 + 1 = 2; t = 1,
 * loss (1 - 2)² = 1. dy = 2(2 - 1) = 2: dW2 = a1ᵀ dy = [1, 0], db2 = 2; da1 = dy W2ᵀ = [4, 8],
 * dz1 = [4, 0], dW1 = xᵀ dz1, db1 = dz1.
 */
const RELU = {
  format: 'backproof-case/1',
  name: 'relu, by hand',
  network: {
    inputs: 2,
    layers: [
      { units: 2, activation: 'relu' },
      { units: 1, activation: 'linear' },
    ],
    loss: 'mse',
  },
  parameters: [
    { weights: [[1, -1], [0.5, 2]], bias: [0, 0] }, // prettier-ignore
    { weights: [[2], [4]], bias: [1] },
  ],
  batch: { inputs: [[1, -1]], targets: [[1]] },
  expected: {
    ...{ source: 'pencil and paper', dtype: 'f64', loss: 1 },
    gradients: [
      { weights: [[4, 0], [-4, 0]], bias: [4, 0] }, // prettier-ignore
      { weights: [[1], [0]], bias: [2] },
    ],
  },
};

/**
 * x = 2, z = [0, ln 3]: p = [1/4, 3/4]; t = [1, 0]: loss = ln 4, dz = p - t = [-3/4, 3/4],
 * dW = 2 dz.
 */
const SOFTMAX = {
  ...{ format: 'backproof-case/1', name: 'softmax, by hand' },
  network: { inputs: 1, layers: [{ units: 2, activation: 'softmax' }], loss: 'cross-entropy' },
  parameters: [{ weights: [[0, Math.log(3) / 2]], bias: [0, 0] }],
  batch: { inputs: [[2]], targets: [[1, 0]] },
  expected: {
    ...{ source: 'pencil and paper', dtype: 'f64', loss: Math.log(4) },
    gradients: [{ weights: [[-1.5, 1.5]], bias: [-0.75, 0.75] }],
  },
};

function check(content: unknown, ...more: string[]): Promise<Outcome> {
  const file = join(newFolder(), 'case.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return backproof(['gradcheck', '--case', file, '--backend', 'cpu', '--out', newFolder(), ...more]);
}

describe.concurrent('a case file', () => {
  it.for([
    ['weights', { parameters: RELU.parameters.map((l) => ({ weights: l.weights.map((row) => row.map(() => 1e19)), bias: l.bias })) }, 'z2'], // prettier-ignore
    ['targets', { batch: { ...RELU.batch, targets: [[1e30]] } }, 'loss'],
    ['a learning rate', { optimizer: { id: 'sgd', learningRate: 1e308 } }, 'learning rate'],
  ] as const)('with %s that no engine can hold is inconclusive, and says why', async ([, change, name]) => {
    const { expected: _, ...problem } = RELU;
    const inputs = { batch: { ...RELU.batch, inputs: [[1, 2]] } };
    const run = await check({ ...problem, ...inputs, ...change }, '--json');
    expect(run.code).toBe(3);
    expect(gradcheckDocument(run.stdout).verdict).toMatchObject({ kind: 'inconclusive', reason: 'out-of-range', name });
    const told = await check({ ...problem, ...inputs, ...change });
    expect(told.stdout).toMatch(/^INCONCLUSIVE: .* beyond the largest number of the precision/m);
  });

  it('with a score of exactly 0 names the unit', async () => {
    const { expected: _, ...problem } = RELU;
    const run = await check({ ...problem, batch: { inputs: [[0, 0]], targets: [[1]] } });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(
      'so either branch counts as right: unit 0 of layer 1 (example 0 of the batch); unit 1 of layer 1',
    );
  });

  it.for([RELU, SOFTMAX])('with right answers ($name) agrees', async (content) => {
    const run = await check(content, '--json');
    const { cases, verdict, settings } = gradcheckDocument(run.stdout);
    expect(verdict.kind).toMatch(/^(agree|identical)$/);
    expect(cases[0]).toMatchObject({ name: content.name, expected: { source: 'pencil and paper' } });
    expect(settings).toBeNull(); // a case brings its own
    expect(run.code).toBe(0);
  });

  it('with one wrong entry exits with 1 and names parameter, entry and both values', async () => {
    const wrong = structuredClone(RELU);
    wrong.expected.gradients[0] = { weights: [[4, 0], [4, 0]], bias: [4, 0] }; // prettier-ignore
    const [json, text] = await Promise.all([check(wrong, '--json'), check(wrong)]);
    const found = beyondBound(gradcheckDocument(json.stdout), 'expected');
    expect(found).toHaveLength(1);
    expect(found[0]?.measure).toMatchObject({ parameter: 'W1', index: [1, 0], candidate: 4, reference: -4 });
    expect(text.stdout).toMatch(
      /^DISAGREE: the gradient of W1\[1,0\] is not what the case expects: expected 4, exact -4$/m,
    );
    expect([json.code, text.code]).toEqual([1, 1]);
  });

  it('with a wrong loss exits with 1', async () => {
    const run = await check({ ...SOFTMAX, expected: { ...SOFTMAX.expected, loss: 1.4 } });
    expect(run.stdout).toMatch(/^DISAGREE: the loss is not what the case expects: expected 1.4, exact 1.39$/m);
    expect(run.code).toBe(1);
  });

  it('without answers compares the engines alone', async () => {
    const { expected: _, ...open } = RELU;
    const run = await check(open, '--json');
    expect(gradcheckDocument(run.stdout).cases[0]?.expected).toBeNull();
    expect(run.code).toBe(0);
  });
});

const BROKEN: [string, unknown, RegExp][] = [
  ['is no JSON', '{ "format":', /not JSON/],
  ['is empty', '', /not JSON/],
  ['is a list', '[]', /expected object, received array/],
  ['is of another format', { ...RELU, format: 'case/2' }, /format: .*backproof-case\/1/],
  ['has no batch', { ...RELU, batch: undefined }, /batch/],
  ['has an unknown activation', JSON.stringify(RELU).replace('"relu"', '"rleu"'), /layers\[0\]\.activation.*relu/],
  [
    'has weights of another shape',
    JSON.stringify(RELU).replace('[[2],[4]]', '[[2,4]]'),
    /W2: expected \(2, 1\), got \(1, 2\)/,
  ],
  [
    'has rows that differ in length',
    JSON.stringify(RELU).replace('[0.5,2]', '[0.5]'),
    /W1: row 1 has length 1, but row 0 has length 2/,
  ],
  ['holds NaN', JSON.stringify(RELU).replace('[0.5,2]', '[0.5,NaN]'), /not JSON/],
  [
    'holds infinity',
    JSON.stringify(RELU).replace('[0.5,2]', '[0.5,1e999]'),
    /parameters\[0\]\.weights\[1\]\[1\].*Infinity/,
  ],
  ['holds what binary32 cannot', JSON.stringify(RELU).replace('[0.5,2]', '[0.5,1e300]'), /W1 \[1, 1\]/],
  [
    'asks for cross-entropy without softmax',
    { ...RELU, network: { ...RELU.network, loss: 'cross-entropy' } },
    /cross-entropy is defined on a softmax output/,
  ],
];

describe.concurrent('a file that', () => {
  it.for(BROKEN)('%s is refused by its name, with the place in it', async ([, content, line]) => {
    const run = await check(content);
    expect(complaint(run)).toMatch(/case\.json: /);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
  });

  it('is not there is refused', async () => {
    const run = await backproof(['gradcheck', '--case', 'no/such/case.json', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/^no\/such\/case\.json: cannot be read \(ENOENT\)/);
    expect(run.code).toBe(2);
  });

  it('is given together with a network of its own is refused', async () => {
    const run = await check(RELU, '--hidden', '8');
    expect(complaint(run)).toMatch(/--hidden does not go with --case/);
    expect(run.code).toBe(2);
  });
});

describe.concurrent('a folder', () => {
  it('of cases has all of them checked, and agrees where all do', async () => {
    const folder = join(ROOT, 'data/cases');
    const run = await backproof(['gradcheck', '--case', folder, '--backend', 'cpu', '--json', '--out', newFolder()]);
    const { cases, verdict, updateCheck } = gradcheckDocument(run.stdout);
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(cases).toHaveLength(files.length);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(files.length);
    for (const { verdict: own } of cases) expect(own.kind).toMatch(/^(agree|identical)$/);
    expect([verdict.kind, updateCheck, run.code]).toEqual(['agree', null, 0]);
  });

  it('with one wrong case among right ones exits with 1 and says which', async () => {
    const folder = newFolder();
    const wrong = { ...SOFTMAX, name: 'the wrong one', expected: { ...SOFTMAX.expected, loss: 1.4 } };
    for (const [n, content] of [RELU, wrong, SOFTMAX].entries())
      writeFileSync(join(folder, `${n}.json`), JSON.stringify(content));
    writeFileSync(join(folder, 'README.md'), 'not a case');
    const run = await backproof(['gradcheck', '--case', folder, '--backend', 'cpu', '--json', '--out', newFolder()]);
    const { cases } = gradcheckDocument(run.stdout);
    const disagreeing = cases.filter(({ verdict }) => verdict.kind === 'disagree').map(({ name }) => name);
    expect(cases.map(({ name }) => name)).toEqual([RELU.name, wrong.name, SOFTMAX.name]);
    expect(disagreeing).toEqual([wrong.name]);
    expect(run.code).toBe(1);
  });

  it('without a case is refused', async () => {
    const folder = newFolder();
    const run = await backproof(['gradcheck', '--case', folder, '--out', newFolder()]);
    expect(complaint(run)).toContain(`${folder}: no case file (*.json) in this folder`);
    expect(run.code).toBe(2);
  });

  it('with a file that is not a case is refused by the name of the file', async () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'a.json'), JSON.stringify(RELU));
    writeFileSync(join(folder, 'b.json'), '{}');
    const run = await backproof(['gradcheck', '--case', folder, '--backend', 'cpu', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/b\.json: /);
    expect(run.code).toBe(2);
  });

  it('that is not there is refused', async () => {
    const run = await backproof(['gradcheck', '--case', 'no/such/folder', '--out', newFolder()]);
    expect(complaint(run)).toMatch(/^no\/such\/folder: cannot be read \(ENOENT\)/);
    expect(run.code).toBe(2);
  });
});

describe.concurrent('a case in which TensorFlow.js is wrong', () => {
  it.for([
    [
      'second-variable-list',
      'state-not-fresh',
      /tfjs cpu \(second variable list\) \(reference\): 0\.81\d*, exact 0\.9/,
    ],
    ['rmsprop-centered', 'rmsprop-centered-epsilon-subtracted', /tfjs cpu \(reference\): NaN, exact 0\.5/],
    ['adadelta', 'adadelta-accumulator-before-update', /tfjs cpu \(reference\): -0\.5, exact 0\.499/],
    ['categorical-crossentropy', 'clipped-probabilities', /vector f32 20\.\d*/],
  ] as const)('(%s) exits with 1, says so, and names the mistake', async ([name, fault, numbers]) => {
    const file = join(ROOT, 'data/cases/tfjs-wrong', `${name}.json`);
    const run = await backproof(['gradcheck', '--case', file, '--backend', 'cpu', '--out', newFolder()]);
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^DISAGREE: .*\(reference\).*\n {2}Fix: /m);
    expect(run.stdout).toContain('TensorFlow.js is wrong here, the candidate is right.');
    expect(run.stdout).toMatch(numbers);
    expect(run.stdout).toMatch(new RegExp(`^ *Fix: .* \\(${fault}\\)\\.$`, 'm'));
    expect(run.stdout).not.toMatch(/vector f32 \(candidate\) (is|are) wrong/);
  });
});

// The negative control: every known mistake, put in at every layer where it can be made, is found
// and named.
import { describe, expect, it } from 'vitest';
import { beyondBound, compareDocument, gradcheckDocument } from './documents.ts';
import { inProcess as backproof, complaint, newFolder } from './program.ts';

/** 2-6-5-3 */
const NETWORK = [
  '--dataset',
  'spirals',
  '--train-size',
  '320',
  '--test-size',
  '30',
  '--hidden',
  '6,5',
  '--epochs',
  '1',
];
const RUN = [...NETWORK, '--backend', 'cpu'];

/** Fault, and the gradients it spoils: all of them and no other. */
const SPOILT: [string, string[]][] = [
  ['sign@1', ['W1', 'b1']],
  ['sign@2', ['W2', 'b2']],
  ['sign@3', ['W3', 'b3']],
  ['missing-batch-mean', ['W1', 'b1', 'W2', 'b2', 'W3', 'b3']],
  ['missing-activation-derivative@1', ['W1', 'b1']],
  ['missing-activation-derivative@2', ['W1', 'b1', 'W2', 'b2']], // what is wrong in layer 2 goes on into layer 1
  ['transposed-product@1', ['W1']],
  ['transposed-product@2', ['W2']],
  ['transposed-product@3', ['W3']],
  ['bias-not-summed@1', ['b1']],
  ['bias-not-summed@2', ['b2']],
  ['bias-not-summed@3', ['b3']],
  ['bias-of-last-example@2', ['b2']],
];

describe.concurrent('gradcheck', () => {
  it.for(SPOILT)('with %s exits with 1, names the wrong gradients and the mistake', async ([fault, spoilt]) => {
    const run = await backproof(['gradcheck', ...RUN, '--fault', fault, '--json', '--out', newFolder()]);
    expect(run.code).toBe(1);
    const report = gradcheckDocument(run.stdout);
    const found = beyondBound(report, 'gradient-check');
    expect(found.map((f) => f.measure.parameter)).toEqual(spoilt);
    for (const { what, measure } of found) {
      expect([what, measure.left]).toEqual(['gradient', 'candidate']);
      const [candidate, reference, oracle, bound] = numbersOf(measure);
      expect(Math.abs(reference - oracle)).toBeLessThanOrEqual(bound);
      expect(Math.abs(candidate - oracle)).toBeGreaterThan(bound);
      if (fault.startsWith('sign')) expect(candidate).toBe(-reference);
      if (fault.startsWith('missing-batch-mean')) expect(candidate / reference).toBeCloseTo(64, 3);
    }
    const [name, layer] = fault.split('@');
    const mistakes = report.gradientCheck?.diagnosis?.mistakes.map((m) => [m.fault, m.layer]);
    expect(mistakes).toContainEqual([name, layer === undefined ? null : Number(layer)]);
  });
});

/** Fault, optimizer. */
const OF_OPTIMIZERS = [
  ['momentum-missing', 'momentum'],
  ['nesterov-as-momentum', 'nesterov'],
  ['rmsprop-epsilon-outside-root', 'rmsprop'],
  ['adam-no-bias-correction', 'adam'],
] as const;

describe.concurrent('gradcheck of an optimizer', () => {
  it.for(OF_OPTIMIZERS)('with %s exits with 1 and names it', async ([fault, optimizer]) => {
    const args = ['gradcheck', ...RUN, '--optimizer', optimizer, '--fault', fault];
    const run = await backproof([...args, '--json', '--out', newFolder()]);
    const { gradientCheck, updateCheck } = gradcheckDocument(run.stdout);
    expect([gradientCheck?.verdict.kind, gradientCheck?.diagnosis]).toEqual(['identical', null]);
    expect(updateCheck?.verdict.kind).toBe('disagree');
    expect(updateCheck?.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault, layer: null }] });
    expect(run.code).toBe(1);
    const text = await backproof([...args, '--out', newFolder()]);
    expect(text.stdout).toMatch(new RegExp(`^ *Fix: .* \\(${fault}\\)\\.$`, 'm'));
    expect(text.code).toBe(1);
  });

  it.for(OF_OPTIMIZERS)('refuses %s for plain gradient descent', async ([fault]) => {
    const run = await backproof(['gradcheck', ...RUN, '--optimizer', 'sgd', '--fault', fault, '--out', newFolder()]);
    expect(complaint(run)).toMatch(new RegExp(`${fault}.*not possible in this network`));
    expect(run.code).toBe(2);
  });
});

const ONE_OF_EACH = [0, 3, 5, 7, 11].map((i) => SPOILT[i] ?? ['', []]);

describe.concurrent('compare', () => {
  it.for(ONE_OF_EACH)('with %s exits with 1, the first wrong gradient in the headline', async ([fault, spoilt]) => {
    const run = await backproof(['compare', ...RUN, '--fault', fault, '--out', newFolder()]);
    expect(run.code).toBe(1);
    const lines = run.stdout.split('\n');
    const at = lines.findIndex((line) => line.startsWith('DISAGREE: '));
    const last = Math.max(...spoilt.map((name) => Number(name.slice(1)))); // the backward pass comes to it first
    const place = `d[zWb]${last}\\[\\d+(,\\d+)?\\] of vector f32 \\(candidate\\) is wrong`;
    expect(lines[at]).toMatch(
      new RegExp(`${place}: \\S+, exact \\S+ \\(tfjs cpu \\S+\\)(; \\S+ times the allowed error)?$`),
    );
    expect(lines[at + 1]).toMatch(/^ {2}Fix: /);
    expect(run.stdout).toContain(`FAULT INJECTED: ${fault}`);
    expect(run.stdout).toMatch(new RegExp(`^ *Fix: .* \\(${fault.replace('@', ' at layer ')}\\)\\.$`, 'm'));
    expect(run.stdout).toContain(`--fault ${fault} `); // the command that repeats it
  });
});

/** One of each stage: where it is named, and what is wrong first. */
const STAGES = [
  ['sign@2', 'sgd', 'gradientCheck', 'dW2'],
  ['stale-activations@1', 'sgd', 'gradientCheck', 'dW1'],
  ['gradients-accumulated', 'sgd', 'gradientCheck', 'dW3'],
  ['momentum-missing', 'momentum', 'lockstep', null], // no intermediate is wrong: the updates are
  ['updated-before-used@2', 'sgd', 'lockstep', null],
] as const;

describe.concurrent('compare, as JSON,', () => {
  it.for(STAGES)('with %s (%s) gives diagnosis and first wrong value', async ([fault, optimizer, where, first]) => {
    const args = ['compare', ...RUN, '--optimizer', optimizer, '--fault', fault, '--json', '--out', newFolder()];
    const run = await backproof(args);
    const report = compareDocument(run.stdout);
    const [name, layer = null] = fault.split('@');
    expect(report[where].diagnosis).toMatchObject({
      engine: 'candidate',
      mistakes: [{ fault: name, layer: layer === null ? null : Number(layer) }],
    });
    expect(report[where].firstWrong.candidate?.name ?? null).toBe(first);
    expect(report[where].firstWrong.reference).toBeNull();
    if (where === 'gradientCheck') expect(report.lockstep.diagnosis).toBeNull(); // the optimizer is not to blame
    expect(report.gradientCheck.verdict.kind).toBe(where === 'gradientCheck' ? 'disagree' : 'identical');
    expect([report.lockstep.verdict.kind, report.verdict.kind]).toEqual(['disagree', 'disagree']);
    expect(run.code).toBe(1);
  });
});

describe.concurrent('a gradient that is wrong the second time only', () => {
  const fault = ['--fault', 'stale-activations@1'];

  it('is the worst entry in the row of compare', async () => {
    const run = await backproof(['compare', ...RUN, ...fault, '--out', newFolder()]);
    expect(run.stdout).toMatch(/^gradients of 71 parameters +disagree +W1\[\d+,\d+\] +\S+ times /m);
  });

  it('is in the row of the batches after the given one, and in no other, of gradcheck', async () => {
    const run = await backproof(['gradcheck', ...RUN, ...fault, '--out', newFolder()]);
    expect(run.stdout).toMatch(/^another batch, then the first again +disagree +W1\[\d+,\d+\] +\S+ times /m);
    for (const right of ['loss', 'outputs .*', 'W1 \\(2, 6\\)', 'b1 \\(6\\)', 'random weights and biases'])
      expect(run.stdout).toMatch(new RegExp(`^${right} +identical `, 'm'));
  });
});

function numbersOf(
  measure: Record<'candidate' | 'reference' | 'oracle' | 'bound', unknown>,
): [number, number, number, number] {
  const { candidate, reference, oracle, bound } = measure;
  return [candidate, reference, oracle, bound].map(Number) as [number, number, number, number];
}

describe.concurrent('a fault', () => {
  it('in a full comparison is in the JSON of every check it shows in', async () => {
    const run = await backproof(['compare', ...RUN, '--fault', 'sign@2', '--json', '--out', newFolder()]);
    const { gradientCheck, lockstep, verdict } = compareDocument(run.stdout);
    expect([gradientCheck.verdict.kind, lockstep.verdict.kind, verdict.kind]).toEqual([
      'disagree',
      'disagree',
      'disagree',
    ]);
    const updates = beyondBound({ verdict: lockstep.verdict }, 'lockstep').filter((f) => f.what === 'update');
    expect(updates).toEqual([]); // the optimizer is right: given the same gradients it does the same
  });

  it('that cannot be made at a layer is refused, with the layers where it can', async () => {
    const run = await backproof([
      'compare',
      ...RUN,
      '--fault',
      'missing-activation-derivative@3',
      '--out',
      newFolder(),
    ]);
    expect(complaint(run)).toMatch(
      /missing-activation-derivative@3.*missing-activation-derivative@1, missing-activation-derivative@2/,
    );
    expect(run.code).toBe(2);
  });

  it('that is unknown is refused, with where to find those there are', async () => {
    const run = await backproof(['compare', ...RUN, '--fault', 'toString', '--out', newFolder()]);
    expect(complaint(run)).toBe('unknown fault "toString"; see backproof faults');
    expect(run.code).toBe(2);
  });

  it('is for the hand-written engine only', async () => {
    const run = await backproof(['compare', ...RUN, '--engine', 'tfjs', '--fault', 'sign', '--out', newFolder()]);
    expect(complaint(run)).toContain('--engine vector');
    expect(run.code).toBe(2);
  });
});

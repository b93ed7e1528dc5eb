// train saves its parameters and continues from them; predict shows the probabilities of a digit.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from './program.ts';
import { inProcess as backproof, complaint, filesIn, newFolder } from './program.ts';

/**
 * One batch per epoch: the loss before an epoch does not depend on the order of the examples,
 * except for rounding.
 */
const WHOLE_SET = ['--dataset', 'moons', '--train-size', '320', '--test-size', '100', '--batch-size', '320'];

function losses({ stdout }: Outcome): number[] {
  return (JSON.parse(stdout) as { loss: number[] }).loss;
}

describe.concurrent('train', () => {
  it('continues from the saved numbers', async () => {
    const [folder, out] = [newFolder(), newFolder()];
    const file = join(folder, 'my parameters.json');
    const train = ['train', ...WHOLE_SET, '--json', '--out', out];
    const unbroken = await backproof([...train, '--epochs', '3']);
    const start = await backproof([...train, '--epochs', '2', '--save', file]);
    const rest = await backproof([...train, '--epochs', '1', '--load', file]);
    expect([unbroken.code, start.code, rest.code]).toEqual([0, 0, 0]);
    expect(filesIn(folder)).toEqual(['my parameters.json']);
    expect(losses(rest)[0]).toBeCloseTo(losses(unbroken)[2] ?? NaN, 6);
    expect(losses(rest)[0]).not.toBeCloseTo(losses(unbroken)[0] ?? NaN, 3);
  });

  it('saves every bit: parameters that are loaded and not changed are saved as they were', async () => {
    const folder = newFolder();
    const [one, two] = [join(folder, 'one.json'), join(folder, 'two.json')];
    await backproof(['train', ...WHOLE_SET, '--epochs', '2', '--save', one, '--out', folder]);
    await backproof([
      'train',
      ...WHOLE_SET,
      '--epochs',
      '1',
      '--learning-rate',
      '0',
      '--load',
      one,
      '--save',
      two,
      '--out',
      folder,
    ]);
    expect(readFileSync(two, 'utf8')).toBe(readFileSync(one, 'utf8'));
  });
});

const DAMAGED: [string, (text: string) => string, RegExp][] = [
  ['is cut short', (text) => text.slice(0, 300), /not JSON/],
  ['lacks its parameters', () => '{"format":"backproof-parameters/1"}', /network/],
  ['is of another format', () => '{"format":"pickle"}', /format: .*backproof-parameters\/1/],
  [
    'holds null',
    (text) => text.replace(/"weights":\[\[[^,]*/, '"weights":[[null'),
    /parameters\[0\]\.weights\[0\]\[0\]/,
  ],
  [
    'is of another network',
    (text) => text.replaceAll('relu', 'tanh'),
    /has the network 2-16-2, tanh.*this run has 2-16-2, relu/,
  ],
];

describe.concurrent('train --load', () => {
  let good = '';
  beforeAll(async () => {
    const folder = newFolder();
    await backproof(['train', ...WHOLE_SET, '--epochs', '1', '--out', folder]);
    good = readFileSync(join(folder, 'parameters.json'), 'utf8');
  });

  it.for(DAMAGED)('refuses a file that %s', async ([, damage, line]) => {
    const [folder, out] = [newFolder(), newFolder()];
    writeFileSync(join(folder, 'p.json'), damage(good));
    const run = await backproof(['train', ...WHOLE_SET, '--load', join(folder, 'p.json'), '--out', out]);
    expect(complaint(run)).toMatch(/p\.json/);
    expect(complaint(run)).toMatch(line);
    expect(run.code).toBe(2);
    expect(filesIn(out)).toEqual([]);
  });
});

describe('predict', () => {
  let folder = '';
  let predict: string[] = [];

  beforeAll(async () => {
    folder = newFolder();
    predict = ['predict', '--load', join(folder, 'parameters.json'), '--out', folder];
    const run = await backproof(['train', '--train-size', '2000', '--hidden', '16', '--out', folder]);
    expect(run.code).toBe(0);
  });

  it('draws the digit, ten probabilities that sum to 100 %, and marks its label', async () => {
    const run = await backproof(predict); // test example 0 of MNIST is a 7
    const lines = run.stdout.split('\n');
    expect(lines.slice(0, 28).filter((line) => /[*#%@]{2}/.test(line)).length).toBeGreaterThan(10);
    expect(Math.max(...lines.slice(0, 28).map((line) => line.length))).toBeLessThanOrEqual(2 * 28);
    const shares = lines.flatMap((line) => /^ {2}(\d) +(\d+\.\d\d) %/.exec(line)?.slice(1) ?? []);
    expect(shares.filter((_, i) => i % 2 === 0)).toEqual(Array.from('0123456789'));
    const percent = shares.filter((_, i) => i % 2 === 1).map(Number);
    expect(Math.abs(percent.reduce((sum, x) => sum + x, 0) - 100)).toBeLessThanOrEqual(0.05); // ten roundings to 0.01
    expect(lines.filter((line) => line.includes('label')).at(-1)).toMatch(/^ {2}7 .*<- predicted, label$/);
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  it('gives the same as JSON', async () => {
    const run = await backproof([...predict, '--index', '1', '--json']);
    const document = JSON.parse(run.stdout) as { label: number; index: number; outputs: number[] };
    expect(document).toMatchObject({ schemaVersion: 1, kind: 'predict', dataset: 'mnist', index: 1, label: 2 });
    expect(document.outputs).toHaveLength(10);
    expect(document.outputs.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 5);
    expect(run.stderr).toBe('');
  });

  it.for(['10000', '-1'])('refuses test example %s', async (index) => {
    const run = await backproof([...predict, '--index', index]);
    expect(complaint(run)).toMatch(/--index: expected .*, got "?(10000|-1)"?/);
    expect(run.code).toBe(2);
  });

  it('refuses parameters of another data set', async () => {
    const run = await backproof([...predict, '--dataset', 'moons']);
    expect(complaint(run)).toMatch(/784-16-10.*moons has 2 inputs and 2 classes/);
    expect(run.code).toBe(2);
  });
});

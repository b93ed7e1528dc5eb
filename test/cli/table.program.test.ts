// --data with tables, and regression, through the program: what is found is said, runs agree, and
// what does not fit is one line and exit code 2.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareDocument } from './documents.ts';
import { complaint, inProcess as backproof, newFolder } from './program.ts';

/** Two inputs of different scale and a class that both determine. */
const IRIS = `width,length,species\n${Array.from({ length: 40 }, (_, i) => `${(i % 7) / 2},${100 * (i % 5)},${(i % 7) + (i % 5) > 5 ? 'large' : 'small'}\n`).join('')}`;
const PRICES = IRIS.replace('species', 'price').replaceAll('large', '2.5').replaceAll('small', '0.5');

function file(content: string): string {
  const path = join(newFolder(), 'table.csv');
  writeFileSync(path, content);
  return path;
}

const small = ['--hidden', '3', '--reference', 'vector', '--json', '--format', 'terminal'];

describe('a table', () => {
  it('of classes trains, scaled by column, and what was found out is said', async () => {
    const data = file(IRIS);
    const run = await backproof(['compare', '--data', data, ...small]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(`Note: ${data}: a header; column 3 (species), the last, has the labels: large is class 0 and small is class 1\n`); // prettier-ignore
    const { settings, freeRun, command } = compareDocument(run.stdout);
    expect(settings).toMatchObject({ trainSize: 32, testSize: 8, scale: 'columns', network: { inputs: 2, loss: 'cross-entropy' } }); // prettier-ignore
    expect([freeRun.testLoss, command]).toEqual([undefined, expect.stringContaining(data)]);
  });

  it('of targets is a regression with a linear output and mse', async () => {
    const run = await backproof(['compare', '--data', file(PRICES), '--label-column', 'price', ...small]);
    expect(run.code).toBe(0);
    const { settings, freeRun, command } = compareDocument(run.stdout);
    expect(settings.network).toMatchObject({ loss: 'mse', layers: [{ units: 3 }, { units: 1, activation: 'linear' }] });
    expect(freeRun.testLoss?.candidate).toBeGreaterThan(0);
    expect(freeRun.accuracy.candidate).toBeNull();
    expect(command).toContain('--label-column price');
  });

  it('that does not fit is refused in one line', async () => {
    const run = await backproof([
      'gradcheck',
      '--data',
      file(IRIS.replace('0,0,small', '0,zero,small')),
      ...small.slice(0, 4),
    ]);
    expect(run.code).toBe(2);
    expect(complaint(run)).toMatch(/table\.csv:2:3: column 2 \(length\): expected a number, got "zero"/);
    const task = await backproof(['train', '--dataset', 'sine', '--task', 'regression', '--out', newFolder()]);
    expect([task.code, complaint(task)]).toEqual([2, expect.stringMatching(/--task needs --data/)]);
  });
});

describe('regression', () => {
  it('trains, saves and predicts without a word of labels', async () => {
    const out = newFolder();
    const train = await backproof(['train', '--dataset', 'housing', '--epochs', '2', '--out', out]);
    expect(train.code).toBe(0);
    expect(train.stdout).toMatch(/\ntest loss {6}\d/);
    const predict = ['predict', '--dataset', 'housing', '--index', '3', '--backend', 'cpu', '--out', out];
    const shown = await backproof(predict);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(
      /Test example 3 of housing, target \d[^\n]*\n\n +vector f32 +tfjs cpu +target\n +0 +\d/,
    );
    expect(train.stdout + shown.stdout).not.toMatch(/accuracy|label|class|predicted/);
    const document = JSON.parse((await backproof([...predict, '--json'])).stdout) as Record<string, unknown>;
    expect(document).toMatchObject({ label: null, predicted: null, targets: [expect.any(Number)], verdict: { kind: 'identical' } }); // prettier-ignore
  });

  it('has a baseline of its final loss', async () => {
    const baseline = join(newFolder(), 'b.json');
    const run = ['compare', '--dataset', 'sine', '--epochs', '1', ...small, '--baseline', baseline];
    expect((await backproof([...run, '--update-baseline'])).code).toBe(0);
    const same = await backproof(run);
    expect([same.code, compareDocument(same.stdout).baseline?.figures.map(({ figure }) => figure)]).toEqual([
      0,
      ['finalLoss', 'finalLoss'],
    ]);
    const worse = await backproof([...run, '--learning-rate', '0.001']);
    expect([worse.code, compareDocument(worse.stdout).baseline?.regressed]).toEqual([1, true]);
  });
});

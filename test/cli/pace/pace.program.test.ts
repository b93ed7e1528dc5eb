// What compare says before and while it trains, and which report is shown.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CPU, SMALL, inProcess, newFolder } from '../program.ts';

test('compare says what follows and for how long, then the verdict on the gradients; the documents are free of it', async () => {
  const out = newFolder();
  const run = await inProcess(['compare', ...CPU, '--out', out, '--json']);
  const [opening, gradients] = run.stderr.split('\n');
  expect(opening).toMatch(
    /^Comparing vector with tfjs: the gradients first, then both trainings \(10 steps, 320 examples, 2 epochs\)\. (A few seconds|About \d+ s)\.$/,
  );
  expect(gradients).toMatch(/^Gradient check: (AGREE|IDENTICAL): all 82 gradients /);
  expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'compare', settings: { trainSize: 320 } });
  expect(run.stdout).not.toContain('Comparing');
});

test('report shows the latest of any kind', async () => {
  const out = newFolder();
  const shown = async (): Promise<unknown> => {
    const { stdout } = await inProcess(['report', '--out', out, '--json']);
    return JSON.parse(stdout);
  };
  await inProcess(['compare', ...CPU, '--out', out]);
  await inProcess(['gradcheck', ...SMALL, '--reference', 'vector', '--out', out]);
  expect(await shown()).toMatchObject({
    page: join(out, 'report.html'),
    reports: [{ kind: 'gradcheck' }, { kind: 'compare' }],
  });
  await inProcess(['compare', ...CPU, '--out', out]);
  expect(await shown()).toMatchObject({ reports: [{ kind: 'compare' }, { kind: 'gradcheck' }, { kind: 'compare' }] });
});

test('--full and --train-size exclude each other', async () => {
  const { code, stderr } = await inProcess(['compare', ...SMALL, '--full']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('--full and --train-size exclude each other')]);
});

// The progress messages of compare before and during training, and the report that is shown.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CPU, SMALL, backproof, inProcess, newFolder } from '../program.ts';
import { FILLED_IN, replacedOnce } from '../filled-in.ts';

test('compare says what it will do and for how long, then the gradient verdict; its documents do not contain this', async () => {
  const out = newFolder();
  const run = await inProcess(['compare', ...CPU, '--out', out, '--json']);
  const [opening, gradients] = run.stderr.split('\n');
  expect(opening).toMatch(
    /^Comparing vector with tfjs: the gradients first, then training of both and of the exact run \(10 steps, 320 examples, 2 epochs each\)\. That takes (a few seconds|about \d+ s), more if the runs part\.$/,
  );
  expect(gradients).toMatch(/^Gradient check: (AGREE|IDENTICAL): all 82 gradients /);
  expect(JSON.parse(run.stdout)).toMatchObject({ kind: 'compare', settings: { trainSize: 320 } });
  expect(run.stdout).not.toContain('Comparing');
});

test('report shows the latest report of any kind', async () => {
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

/** Takes 0.6 s for each batch, and forgets the derivative of relu. */
const SLOW_AND_WRONG = replacedOnce(
  replacedOnce(FILLED_IN, 'return z[b][o] > 0 ? value : 0;', 'return value;'),
  'const passes = forward(network, parameters, inputs);\n  return {',
  'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600);\n  const passes = forward(network, parameters, inputs);\n  return {',
);

test('a slow candidate: what is limited, the stages of the check every few seconds, and the mistake', async () => {
  const [cwd, out] = [newFolder(), newFolder()];
  writeFileSync(join(cwd, 'slow.mjs'), SLOW_AND_WRONG);
  const words = ['--candidate', 'slow.mjs', '--dataset', 'moons', '--reference', 'vector', '--out', out, '--json'];
  const run = await backproof(['compare', ...words], { cwd });
  const [limited, opening, ...rest] = run.stderr.split('\n');
  expect(limited).toMatch(
    /^slow\.mjs takes 0\.\d+ s per step: its training is limited to [\d,]+ of [\d,]+ examples, about a minute; --full trains on all\.$/,
  );
  expect(opening).toMatch(
    /^Comparing slow\.mjs with vector: the gradients first, then, if they are right, training of both and of the exact run \(.+ each\)\. That takes about \d+ (s|min), more if the runs part\.$/,
  );
  const at = rest.findIndex((line) => line.startsWith('Gradient check: DISAGREE'));
  const stages = rest.slice(0, at);
  expect(stages.length).toBeGreaterThan(0);
  for (const line of stages)
    expect(line).toMatch(
      /^(gradient check: question|checking the exact gradients: tensor|looking for another convention:|measuring slopes of the loss it returned: tensor|asking again without the examples at a kink: question|looking for the mistake:) \d+ of \d+$/,
    );
  const report = JSON.parse(run.stdout) as { gradientCheck: { diagnosis: { mistakes: { fault: string }[] } } };
  expect(report.gradientCheck.diagnosis.mistakes.map(({ fault }) => fault)).toEqual(['missing-activation-derivative']);
  expect(run.code).toBe(1);
}, 120_000);

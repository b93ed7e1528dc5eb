// A candidate that only trains, in a process of its own: a module that works in place, and a
// program that speaks the protocol.
import { expect, test } from 'vitest';
import { openCommand } from '../../src/candidates/process/command.ts';
import { openModule } from '../../src/candidates/process/module.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';
import { modules } from './modules.ts';
import { portOnTrial } from './trial.ts';

const { written } = modules();
const SPEC = network(3, [], 'tanh', 2, 'softmax', 'cross-entropy');
const MOMENTUM = optimizerSpec('momentum');

/** One softmax layer with momentum; `sum` is how a program adds up. */
const STEP = `
function step({ optimizer, parameters, batch: { inputs, targets }, state }) {
  const [{ weights, bias }] = parameters;
  const momentum = optimizer.id === 'momentum' ? optimizer.momentum : 0;
  const v = state ?? { weights: weights.map((row) => row.map(() => 0)), bias: bias.map(() => 0) };
  const dz = inputs.map((x, b) => {
    const z = bias.map((start, k) => x.reduce((sum, value, i) => sum + value * weights[i][k], start));
    const e = z.map((score) => Math.exp(score - Math.max(...z)));
    const p = e.map((value) => value / e.reduce((sum, one) => sum + one, 0));
    return p.map((value, k) => ({ p: value, dz: (value - targets[b][k]) / inputs.length }));
  });
  const loss = dz.reduce((sum, row, b) => sum - row.reduce((s, { p }, k) => s + targets[b][k] * Math.log(p), 0), 0) / inputs.length;
  bias.forEach((_, k) => {
    v.bias[k] = momentum * v.bias[k] + dz.reduce((sum, row) => sum + row[k].dz, 0);
    bias[k] -= optimizer.learningRate * v.bias[k];
    weights.forEach((row, i) => {
      v.weights[i][k] = momentum * v.weights[i][k] + dz.reduce((sum, one, b) => sum + inputs[b][i] * one[k].dz, 0);
      row[k] -= optimizer.learningRate * v.weights[i][k];
    });
  });
  return { loss, state: v, parameters };
}`;

const PROGRAM = `
import { createInterface } from 'node:readline';
${STEP}
for await (const line of createInterface({ input: process.stdin })) {
  const { id, request, ...rest } = JSON.parse(line);
  const answer = request === 'describe'
    ? { protocol: 'backproof-candidate/1', name: 'trains only', can: ['trainStep'] }
    : request === 'trainStep' ? step(rest) : { error: 'cannot ' + request };
  console.log(JSON.stringify({ id, ...answer }));
}`;

test.each([
  [
    'a module',
    () =>
      openModule(
        written(
          `${STEP}\nexport const trainStep = (asked) => { const { loss, state } = step(asked); return { loss, state }; };`,
          '.mjs',
        ),
      ),
  ],
  ['a program', () => openCommand(`"${process.execPath}" "${written(PROGRAM, '.mjs')}"`)],
] as const)('%s that only trains agrees', async (_name, open) => {
  const { gradients, updates, candidate } = await portOnTrial(open, SPEC, { optimizer: MOMENTUM });
  expect(gradients.verdict.kind).toBe('agree');
  expect(updates.verdict.kind).toBe('agree');
  expect(candidate.recovery).not.toBeNull();
  expect(candidate.filledIn).toEqual(['predict']);
});

test('a program that forgets its momentum is caught after the second step', async () => {
  const program = PROGRAM.replace('state ??', 'undefined ??');
  const { gradients, updates } = await portOnTrial(
    () => openCommand(`"${process.execPath}" "${written(program, '.mjs')}"`),
    SPEC,
    { optimizer: MOMENTUM },
  );
  expect(gradients.verdict.kind).toBe('agree');
  const findings = updates.verdict.kind === 'disagree' ? updates.verdict.findings : [];
  expect(findings.length).toBeGreaterThan(0);
  for (const one of findings) expect(one).toMatchObject({ what: 'train-step', measure: { update: 2 } });
});

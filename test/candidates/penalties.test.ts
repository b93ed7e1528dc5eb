// Candidates with an L2 penalty, as people write it: right once it is declared, in binary64 and in
// binary32; and named where it is in the loss or the gradients alone, or half of it.
import { describe, expect, test } from 'vitest';
import type { CandidateModule } from '../../src/candidates/candidate.ts';
import { DEFAULT_CONVENTIONS } from '../../src/candidates/conventions/conventions.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { PenaltySpec } from '../../src/ops/penalties/page.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';

const PLAIN = network(4, [5], 'tanh', 3, 'softmax', 'cross-entropy');
const SGD = optimizerSpec('sgd');
const λ = 0.01;

interface Form {
  /** What is added to the loss for each weight, and to its gradient. */
  readonly value: (w: number) => number;
  readonly slope: (w: number) => number;
  readonly rounding?: (x: number) => number;
}

/** The penalty is added number by number, on top of the loss. */
function program({ value, slope, rounding = (x) => x }: Form): CandidateModule['default'] {
  const right = ownNetwork({});
  return async (problem) => {
    const { gradients, ...answer } = await right(problem);
    let loss = rounding(answer.loss);
    const out = gradients.map((g, l) => ({
      bias: (g?.bias as number[]).map(rounding),
      weights: (g?.weights as number[][]).map((row, i) =>
        row.map((dw, o) => {
          const w = problem.parameters[l].weights[i][o];
          loss = rounding(loss + rounding(value(w)));
          return rounding(rounding(dw) + rounding(slope(w)));
        }),
      ),
    }));
    return { loss, gradients: out };
  };
}

async function check(form: Form, ...penalties: PenaltySpec[]): Promise<GradientCheck> {
  const spec: NetworkSpec = { ...PLAIN, penalties };
  const port = localPort({ default: program(form) }, 'mine');
  const candidate = createExternalEngine(port, spec, SGD, DEFAULT_CONVENTIONS);
  const reference = await createEngine('vector', spec, SGD, { dtype: 'f64' });
  const setting = { network: spec, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
  const inject = (injection: FaultInjection) => createEngine('vector', spec, SGD, { dtype: 'f64', injection });
  const helpers = { injector: { setting, inject } };
  return gradientCheck(spec, startOf(spec, 3), randomBatch(spec, 6, 3), { candidate, reference }, helpers);
}

const HALF: PenaltySpec = { kind: 'l2', strength: λ, half: true };
const WHOLE: PenaltySpec = { kind: 'l2', strength: λ };

test.each([
  ['binary64', (x: number) => x],
  ['binary32', Math.fround],
])('½ λ Σ w² with its gradient λ w agrees once it is declared, in %s', async (_in, rounding) => {
  const form = { value: (w: number) => (λ / 2) * w * w, slope: (w: number) => λ * w, rounding };
  expect((await check(form, HALF)).verdict.kind).toBe('agree');
  expect((await check(form, WHOLE)).verdict.kind).toBe('disagree');
});

describe('is named', () => {
  const none = (): number => 0;
  test.each<[string, Form, PenaltySpec, string]>([
    ['neither in the loss nor in the gradients', { value: none, slope: none }, WHOLE, 'penalty-left-out'],
    ['in the gradients alone', { value: none, slope: (w) => λ * w }, HALF, 'penalty-in-gradient-only'],
    ['in the loss alone', { value: (w) => λ * w * w, slope: none }, WHOLE, 'penalty-missing'],
    ['without its factor 2', { value: (w) => λ * w * w, slope: (w) => λ * w }, WHOLE, 'l2-factor-two-missing'],
    ['twice in the loss', { value: (w) => λ * w * w, slope: (w) => λ * w }, HALF, 'penalty-twice-in-loss'],
    ['subtracted', { value: (w) => λ * w * w, slope: (w) => -2 * λ * w }, WHOLE, 'penalty-sign'],
  ])('%s', async (_what, form, declared, fault) => {
    const { verdict, diagnosis } = await check(form, declared);
    expect(verdict.kind).toBe('disagree');
    expect(diagnosis?.mistakes.map((one) => one.fault)).toEqual([fault]);
  });

  test('another strength than declared, by experiment', async () => {
    const { diagnosis } = await check({ value: (w) => 0.03 * w * w, slope: (w) => 0.06 * w }, WHOLE);
    const told = diagnosis?.probed?.told.map(({ text }) => text).join() ?? '';
    expect(told).toMatch(/^Without the declared penalty: .*with the penalty 0.02 Σ W²/);
  });

  test.each([
    [0.006, /^The loss that is returned lacks 0\.004 Σ W² of the declared penalty\./, 'add 0.004 Σ W² to the loss'],
    [0.013, /^The loss that is returned has 0\.003 Σ W² in it besides/, /^leave 0\.003 Σ W² out of the loss/],
  ])('λ %s in the loss alone', async (own, text, fix) => {
    const { diagnosis } = await check({ value: (w) => own * w * w, slope: (w) => 2 * λ * w }, WHOLE);
    const all = diagnosis?.probed?.told ?? [];
    expect(all).toMatchObject([
      { text: expect.stringMatching(text) as string, fix: expect.stringMatching(fix) as string },
    ]);
    expect(all[0].used).toMatch(/ \+ the declared penalty [-+] 0\.00\d Σ W²$/);
  });

  test.each([
    [
      0.003,
      /^dW1 and dW2 lack 0\.003 sign\(W\) of the gradient of the declared penalty\./,
      /^add 0\.003 sign\(W\) to dW1/,
    ],
    [-0.004, /^dW1 and dW2 have 0\.004 sign\(W\) in them besides/, /^leave 0\.004 sign\(W\) out of dW1/],
  ])('%s sign(W) taken from the gradient', async (less, text, fix) => {
    const slope = (w: number): number => 2 * λ * w - less * Math.sign(w);
    const { diagnosis } = await check({ value: (w) => λ * w * w, slope }, WHOLE);
    const all = diagnosis?.probed?.told ?? [];
    expect(all).toMatchObject([
      { text: expect.stringMatching(text) as string, fix: expect.stringMatching(fix) as string },
    ]);
    expect(all[0].used).toMatch(/ \+ the gradient of the declared penalty [-+] 0\.00\d sign\(W2\)$/);
  });

  test('another function of the weights in the loss alone: the gradients are not blamed, nor the data', async () => {
    const { diagnosis } = await check({ value: (w) => λ * Math.abs(w) ** 1.5, slope: (w) => 2 * λ * w }, WHOLE);
    expect(diagnosis?.probed?.told).toMatchObject([
      {
        text: expect.stringMatching(/^The gradients are right\. With the declared penalty subtracted/) as string,
        fix: expect.stringMatching(/^loss = .* \+ the declared penalty$/) as string,
      },
    ]);
  });

  test('not declared: what to declare', async () => {
    const { diagnosis } = await check({ value: (w) => (λ / 2) * w * w, slope: (w) => λ * w });
    expect(diagnosis?.probed?.told.map(({ text }) => text).join()).toContain('Declare the penalty: --l2 0.005.');
  });
});

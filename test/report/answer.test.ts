// The answer to wrong gradients: where, what to look at, which tensors are right, and what the
// wrong ones look like, also where no mistake was looked for.
import { describe, expect, it } from 'vitest';
import '../../src/vitest.ts';
import type { Candidate } from '../../src/candidates/candidate.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import { implementationOf } from '../../src/matchers/implementation.ts';
import { problemOf } from '../../src/matchers/problem.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { answerTo } from '../../src/report/answer/answer.ts';
import { checkedBy } from '../../src/report/answer/checked.ts';
import { by, spoilt } from '../matchers/implementations.ts';
import type { Layer } from '../matchers/implementations.ts';
import { messageOf, net } from '../matchers/problems.ts';

const DEEP = net('tanh', 'softmax', 'cross-entropy', 3, 5, 4); // 3-5-4
const told = (wrong: Candidate, network = DEEP): Promise<string> =>
  messageOf(() => expect(wrong).toBackpropagate(network));
/** The answer where no mistake is looked for. */
async function untold(wrong: Candidate): Promise<string> {
  const { conventions, open } = implementationOf(wrong);
  const { parameters, batch } = problemOf(DEEP, conventions, {});
  const optimizer = optimizerSpec('sgd');
  const candidate = createExternalEngine(open(), DEEP, optimizer, conventions);
  const reference = createVectorEngine(DEEP, optimizer, { dtype: 'f64' });
  const check = await gradientCheck(DEEP, parameters, batch, { candidate, reference });
  const sides = { candidate: { engine: 'external' as const, label: 'mine' }, reference: null };
  const { lines } = answerTo(checkedBy(sides, DEEP, check.verdict, check, null));
  return ['', ...lines, ''].join('\n');
}
const scaled = ({ weights, bias }: Layer, k: number): Layer => ({
  weights: weights.map((row) => row.map((x) => k * x)),
  bias: bias.map((x) => k * x),
});

describe('says where to look', () => {
  it('dz, where all gradients of a layer are wrong', async () => {
    const message = await told(spoilt({ start: (dz) => dz.map((row) => row.map((d, k) => (k === 1 ? d * d : d))) }));
    expect(message).toMatch(/^dW2\[\d,1\] of mine is wrong/);
    expect(message).toMatch(/^Fix: dz2 = /m);
    expect(message).toContain('Wrong: W2, b2, W1, b1.');
  });

  it('the gradient itself, where the others of its layer are right', async () => {
    const message = await told(spoilt({ db: (dz, l) => by.sums(dz).map((x) => (l === 1 ? x * x : x)) }));
    expect(message).toMatch(/^Fix: db2 = /m);
    expect(message).toContain('Right: loss, W2, W1, b1. Wrong: b2.');
  });

  it('what is wrong among what is there, where gradients are missing', async () => {
    const half = spoilt({ all: ([, { weights, bias }]) => [undefined, { weights, bias: bias.map((x) => x * x) }] });
    const message = await told(half);
    expect(message).toMatch(/^db2\[\d\] of mine is wrong/);
    expect(message).toContain('Right: loss, W2. Wrong: b2. Missing: W1, b1.');
  });

  it('the next formula to write, where what is there is right', async () => {
    const message = await told(spoilt({ all: ([, last]) => [undefined, last] }));
    expect(message).toMatch(
      /^mine returned no gradient for W1 \(3, 5\), b1 \(5\)\.\nNext: dz1 = \(dz2 W2ᵀ\) ⊙ \(1 - a²\)\.\nRight: loss, W2, b2\./,
    );
  });
});

describe('says what wrong tensors look like', () => {
  it.each([
    [3, 'dW1 and db1 are 3 times the exact gradient.'],
    [5, 'dW1 and db1 are 5 times the exact gradient (5 is the batch size).'],
    [4, 'dW1 and db1 are 4 times the exact gradient (4 is the number of outputs).'],
    [1 / 5, 'dW1 and db1 are 1/5 of the exact gradient (5 is the batch size).'],
    [1 / 3, 'dW1 and db1 are 1/3 of the exact gradient.'],
    [0.7, 'dW1 and db1 are 0.7 times the exact gradient.'],
    [-1, 'dW1 and db1 are the exact gradient with the opposite sign.'],
    [-0.5, 'dW1 and db1 are 1/2 of the exact gradient, with the opposite sign.'],
    [0, 'dW1 and db1 are all zero.'],
  ])('%d times', async (k, sentence) => {
    const wrong = spoilt({ all: ([first, last]) => [scaled(first, k), last] });
    expect(await untold(wrong)).toContain(`\n${sentence}\n`);
  });

  it('each factor by itself', async () => {
    const message = await untold(spoilt({ all: ([first, last]) => [scaled(first, 3), scaled(last, 0)] }));
    expect(message).toContain('\ndW1 and db1 are 3 times the exact gradient.\ndW2 and db2 are all zero.\n');
  });

  it('nothing, where one entry is off, or an almost constant factor', async () => {
    const bump = (row: number[]): number[] => row.map((x, i) => (i === 0 ? 3 * x : 3.001 * x));
    const almost = spoilt({ all: ([{ weights, bias }, last]) => [{ weights: weights.map(bump), bias }, last] });
    const one = spoilt({ all: ([{ weights, bias }, last]) => [{ weights, bias: [...bias.slice(0, -1), 9] }, last] });
    for (const wrong of [almost, one]) expect(await untold(wrong)).not.toMatch(/times the exact|opposite|all zero/);
  });
});

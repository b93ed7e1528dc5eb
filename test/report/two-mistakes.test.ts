// The answer where two mistakes were made: both fixes, or a convention and the mistake that is
// left.
import { describe, expect, it } from 'vitest';
import '../../src/vitest.ts';
import type { Candidate } from '../../src/candidates/candidate.ts';
import { by, spoilt } from '../matchers/implementations.ts';
import { messageOf, net } from '../matchers/problems.ts';

const DEEP = net('tanh', 'softmax', 'cross-entropy', 3, 5, 4); // 3-5-4
const told = (wrong: Candidate): Promise<string> => messageOf(() => expect(wrong).toBackpropagate(DEEP));
const times = (rows: number[][], k: number): number[][] => rows.map((row) => row.map((x) => k * x));

describe('two mistakes', () => {
  it('are both told', async () => {
    const message = await told(spoilt({ slope: () => 1, db: (dz, l) => (l === 1 ? dz[0] : by.sums(dz)) }));
    expect(message).toContain('\nTwo mistakes together explain this:\nFix: ');
    expect(message).toMatch(/^(And fix|Fix): db = .*\(bias-not-summed at layer 2\)\.$/m);
    expect(message).toMatch(/^(And fix|Fix): dz = da.*\(missing-activation-derivative at layer 1\)\.$/m);
    expect(message).not.toContain('No known mistake');
  });

  it('that are the same in two of three layers are told as one', async () => {
    const deep = { ...DEEP, layers: [{ units: 4, activation: 'tanh' }, ...DEEP.layers] } as const;
    const mean = (dz: number[][]): number[] => by.sums(dz).map((x) => x / dz.length);
    const wrong = spoilt({ db: (dz, l) => (l === 0 ? by.sums(dz) : mean(dz)) });
    const message = await messageOf(() => expect(wrong).toBackpropagate(deep));
    expect(message).toMatch(/^Fix: db = .*\(bias-averaged at layers 2 and 3\)\.$/m);
    expect(message).not.toMatch(/Two mistakes|And fix/);
  });

  it('whose factors make up one number are told as that number', async () => {
    const two = net('tanh', 'linear', 'mse', 2, 5, 2);
    const wrong = spoilt({ start: (dz) => times(dz, dz.length / 2) }); // for B, K = 2
    const message = await messageOf(() => expect(wrong).toBackpropagate(two));
    expect(message).toMatch(/multiplied by 1\/2, in batches of 1, 3 and 5 alike, not divided by B/);
    expect(message).not.toContain('Two mistakes');
  });

  it('one of which may be a convention: it is told what is left then', async () => {
    const message = await told(
      spoilt({ start: (dz) => times(dz, dz.length), db: (dz, l) => (l === 1 ? dz[0] : by.sums(dz)) }),
    );
    expect(message).toContain('(missing-batch-mean).');
    expect(message).toContain(
      "Or: declare conventions = { gradients: 'sum' }, if that is what you mean: then one mistake is left, bias-not-summed at layer 2.",
    );
  });

  it('are not told where layers left out are why a batch is not divided', async () => {
    const ones = (dz: number[][], W: number[][]): number[][] => dz.map(() => W.map(() => 1)); // no dz2, so no 1/B
    const message = await told(spoilt({ dx: ones }));
    expect(message).toContain('dz2 W2ᵀ is left out of dz1');
    expect(message).not.toMatch(/divided by B|divide/);
  });

  it('are told where a batch is not divided and an example is left out', async () => {
    const ones = (dz: number[][], W: number[][]): number[][] => dz.map(() => W.map(() => 1));
    const early = (x: number[][], dz: number[][]): number[][] =>
      by.times(
        by.transposed(x),
        dz.map((row, b) => (b === dz.length - 1 ? times([row], 0)[0] : row)),
      );
    const message = await told(spoilt({ dx: ones, dW: early }));
    expect(message).toMatch(/last example/);
  });

  it('are not told where sums are declared and means returned', async () => {
    const wrong = { default: spoilt({}), conventions: { gradients: 'sum' } } as const;
    const message = await messageOf(() => expect(wrong).toBackpropagate(DEEP));
    expect(message).toMatch(/conventions/);
    expect(message).not.toMatch(/twice|batch-mean/);
    await expect(spoilt({})).toBackpropagate(DEEP);
  });

  it('are not told where there is one', async () => {
    const message = await told(spoilt({ slope: () => 1 }));
    expect(message).toMatch(/^Fix: dz = da/m);
    expect(message).not.toMatch(/Two mistakes|And fix|Also fix|declare/);
  });
});

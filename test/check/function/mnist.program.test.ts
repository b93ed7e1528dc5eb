// The network of the examples, 784-128-10 on MNIST in binary64: how small a mistake in one of
// 101,770 entries shows, and what it costs. Several layers of relu in binary32, where kinks are
// dense.
import { describe, expect, it } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import type { FunctionCheck } from '../../../src/check/function/result.ts';
import { mnistNetwork } from './mnist.ts';
import type { Tree } from './mnist.ts';

/** The entries that are not 0, by size. */
function sizes(g: Float64Array): Float64Array {
  return g
    .map(Math.abs)
    .filter((x) => x > 0)
    .sort();
}

/** The share of all entries that are not 0 of which a mistake of this share would have shown. */
function shareSeen({ tensors }: FunctionCheck, gradient: Tree, mistake: number): number {
  let [seen, all] = [0, 0];
  for (const { path, seenFrom } of tensors) {
    const entries = sizes(gradient[path]);
    const typical = entries[Math.floor(entries.length / 2)];
    all += entries.length;
    for (const x of entries) if (seenFrom !== null && mistake * x >= seenFrom * typical) seen++;
  }
  return seen / all;
}

describe.each([
  ['tanh', 1e-6],
  ['relu', 1e-4],
] as const)('%s', (activation, mistake) => {
  it(`one entry off by ${mistake} of itself shows for 95 % of them, in 120 evaluations; in 300 it is named`, async () => {
    const { at, value, gradient } = await mnistNetwork(activation);
    const right = await checkGradient(value, { at, gradient });
    expect(right).toMatchObject({ verdict: 'agree', precision: 'f64' });
    expect(right.evaluations.value).toBeLessThanOrEqual(120);
    const g = await gradient(at);
    expect(shareSeen(right, g, mistake)).toBeGreaterThan(0.95);

    const entries = sizes(g['W1']);
    const small = entries[Math.ceil(0.1 * entries.length)]; // nine of ten are larger
    const place = g['W1'].findIndex((x) => Math.abs(x) === small);
    const off = async (tree: Tree): Promise<Tree> => {
      const found = await gradient(tree);
      found['W1'][place] *= 1 + mistake;
      return found;
    };
    const wrong = await checkGradient(value, { at, gradient: off });
    expect(wrong.verdict).toBe('disagree');
    expect(wrong.tensors.flatMap((t) => t.wrong.map(({ name }) => name))).toEqual([`W1[${place}]`]);
    expect(wrong.evaluations.value).toBeLessThanOrEqual(300);
  }, 120_000);
});

describe('relu, 784-32-24-16-10 in binary32', () => {
  const check = async (seed: number, wrong: (g: Tree) => Tree) => {
    const options = { hidden: [32, 24, 16], dtype: 'f32', examples: 16, seed } as const;
    const { at, value, gradient } = await mnistNetwork('relu', options);
    return checkGradient(value, { at, gradient: async (tree: Tree) => wrong(await gradient(tree)), seed });
  };
  it('is mostly decided, and never called wrong', async () => {
    const verdicts: string[] = [];
    for (let seed = 1; seed <= 20; seed++) verdicts.push((await check(seed, (g) => g)).verdict);
    expect(verdicts).not.toContain('disagree');
    expect(verdicts.filter((v) => v === 'agree').length).toBeGreaterThan(10);
  }, 60_000);
  it('the control: a tensor with the wrong sign', async () => {
    for (const path of ['W1', 'b2', 'W3']) {
      const found = await check(1, (g) => ({ ...g, [path]: g[path].map((x) => -x) }));
      expect(found.verdict, path).toBe('disagree');
      expect(found.tensors.filter(({ verdict }) => verdict === 'disagree').map((t) => t.path)).toEqual([path]);
    }
  }, 60_000);
});

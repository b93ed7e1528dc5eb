// The network of the examples, 784-128-10 on MNIST in binary64: how small a mistake in one of
// 101,770 entries shows, and what it costs.
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

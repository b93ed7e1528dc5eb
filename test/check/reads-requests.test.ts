// A candidate that reads its requests is recognised by one example, whatever else is wrong in it.
import { expect, test } from 'vitest';
import { CandidateError } from '../../src/errors.ts';
import { readsRequests } from '../../src/check/diagnosis/reads-requests.ts';
import { randomBatch, startOf } from '../fixtures.ts';
import { SPEC, computed, each, engineOf, stepping } from './probe/mlp.ts';
import type { Candidate, Rows } from './probe/mlp.ts';

const reads = (candidate: Candidate): Promise<boolean> =>
  readsRequests(engineOf(candidate), SPEC, { parameters: startOf(SPEC), batch: randomBatch(SPEC, 3) });

test.each<[string, Candidate]>([
  ['a right one', stepping({})],
  ['softmax over the batch', stepping({ outputs: (z) => each(z, () => 1) })],
  ['another derivative', stepping({ slope: (a) => each(a, (value) => value / 2) })],
])('%s', async (_, candidate) => {
  expect(await reads(candidate)).toBe(true);
});

const reversed = (m: Rows): Rows => m.map((row) => row.toReversed());

test.each<[string, Candidate]>([
  ['inputs that are misread', { gradients: (w, x, t) => computed(w, reversed(x), t) }],
  ['weights in another layout', { gradients: (w, x, t) => turned(computed(w, x, t)) }],
  ['no gradients', stepping({ start: (dz) => each(dz, () => 0) })],
  [
    'a failure',
    {
      gradients: () => {
        throw new CandidateError('no such key');
      },
    },
  ],
])('not: %s', async (_, candidate) => {
  expect(await reads(candidate)).toBe(false);
});

/** W1 column by column in the place of row by row. */
function turned<A extends { W1: Rows }>(answer: A): A {
  const flat = answer.W1[0].flatMap((_, o) => answer.W1.map((row) => row[o]));
  return { ...answer, W1: each(answer.W1, (_, i, o) => flat[i * answer.W1[0].length + o]) };
}

// Mistakes that only large batches show: told with the group size; right ones lead to nothing.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeSizes } from '../../../src/check/probe/batch/sizes.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import { SPEC, computed, each, engineOf } from './mlp.ts';
import type { Answer, Candidate, Rows, Weights } from './mlp.ts';

const EXAMPLES = 26;

async function told(candidate: Candidate, examples = EXAMPLES): Promise<{ texts: string[]; asked: number }> {
  const asker = new Asker(engineOf(candidate), UNWATCHED);
  const found = await probeSizes({ network: SPEC, asker, oneHot: true, examples });
  return { texts: found.map(({ text }) => text), asked: asker.asked };
}

/** Example r of B counts c times as much as it should. */
function counting(c: (r: number, B: number) => number): Candidate {
  const start = (dz: Rows): Rows => each(dz, (value, r) => value * c(r, dz.length));
  return { gradients: (w, x, t) => computed(w, x, t, { start }) };
}

test.each<[string, (r: number, B: number) => number]>([
  ['only whole groups of 8 examples are used, so the first 24 (divided by B)', (r, B) => (r < B - (B % 8) ? 1 : 0)],
  [
    'only whole groups of 10 examples are used, so the first 20 (divided by the number of those used)',
    (r, B) => (r < B - (B % 10) ? B / (B - (B % 10)) : 0),
  ],
  [
    'the mean of the means of groups of 10, so the examples of a smaller last group count more',
    (r, B) => B / Math.ceil(B / 10) / (r < B - (B % 10) ? 10 : B % 10),
  ],
  ['only the first 20 examples are used (divided by B)', (r) => (r < 20 ? 1 : 0)],
  ['the last 7 examples are left out (divided by B)', (r, B) => (r < B - 7 ? 1 : 0)],
  ['only the last group of 10 examples is used (divided by B)', (r, B) => (r >= 10 * Math.floor((B - 1) / 10) ? 1 : 0)],
  ['the first group of 6 examples is left out (divided by B)', (r) => (r < 6 ? 0 : 1)],
  ['the sum of the means of groups of 10, not divided by their number', (r, B) => B / (r < B - (B % 10) ? 10 : B % 10)],
  [
    'the sum of the means of groups of 10, divided by the number of whole groups',
    (r, B) => B / (r < B - (B % 10) ? 10 : B % 10) / Math.floor(B / 10),
  ],
  [
    'the last group of 10 is filled up with the first examples, which count twice',
    (r, B) => ((r < 10 - (B % 10) ? 2 : 1) * B) / (10 * Math.ceil(B / 10)),
  ],
  [
    'the last group of 10 is filled up with the examples before it, which count twice',
    (r, B) => ((r >= B - 10 && r < B - (B % 10) ? 2 : 1) * B) / (10 * Math.ceil(B / 10)),
  ],
])('%s', async (text, c) => {
  const { texts, asked } = await told(counting(c));
  expect(texts).toEqual([`The gradients of a batch of ${EXAMPLES}: ${text}.`]);
  expect(asked).toBe(3);
});

/** The first 20 examples, over B. */
const FIRST_20 = 'only the first 20 examples are used (divided by B)';
const ofFirst20 = (w: Weights, x: Rows, t: Rows): Answer => {
  const share = Math.min(20, x.length) / x.length;
  const some = computed(w, x.slice(0, 20), t.slice(0, 20), { start: (dz) => each(dz, (value) => value * share) });
  return { ...some, loss: some.loss * share };
};

test('the loss with the gradients, alone, or by another rule', async () => {
  expect((await told({ gradients: ofFirst20 })).texts).toEqual([
    `The loss and the gradients of a batch of ${EXAMPLES}: ${FIRST_20}.`,
  ]);
  const lossAlone: Candidate = {
    gradients: (w, x, t) => ({ ...computed(w, x, t), loss: ofFirst20(w, x, t).loss }),
  };
  expect((await told(lossAlone)).texts).toEqual([`The loss of a batch of ${EXAMPLES}: ${FIRST_20}.`]);
  const both: Candidate = {
    gradients: (w, x, t) => ({ ...ofFirst20(w, x, t), loss: computed(w, x.slice(0, 9), t.slice(0, 9)).loss }),
  };
  expect((await told(both)).texts).toEqual([
    `The loss of a batch of ${EXAMPLES}: only the first 9 examples are used (divided by the number of those used).`,
    `The gradients of a batch of ${EXAMPLES}: ${FIRST_20}.`,
  ]);
});

test.each<[string, (r: number, B: number) => number]>([
  ['right', () => 1],
  ['every third example is left out', (r) => (r % 3 === 0 ? 0 : 1)],
  ['left out in batches of 26 alone', (r, B) => (B === 26 && r > 19 ? 0 : 1)],
])('nothing is told: %s', async (_, c) => {
  expect((await told(counting(c))).texts).toEqual([]);
});

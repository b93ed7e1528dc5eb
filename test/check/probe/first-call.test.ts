// What an engine keeps from its very first call is told, and what only looks like it is not.
import { expect, test } from 'vitest';
import { network, startOf } from '../../fixtures.ts';
import { SPEC, affine, back, computed, each, engineOf, predicted, product, softmax, stepping, sums } from './mlp.ts';
import type { Answer, Candidate, Rows, Weights } from './mlp.ts';
import { toldBy } from './steady.ts';

/** A call as it happened. */
interface Kept {
  w: Weights;
  x: Rows;
  t: Rows;
  a1: Rows;
  p: Rows;
}

/** Uses something of the first call, which it keeps for ever. */
function fromFirst(steps: (first: Kept, now: Kept) => Parameters<typeof computed>[3]): Candidate {
  let first: Kept | null = null;
  return {
    gradients: (w, x, t) => {
      const now = { w, x, t, a1: each(affine(x, w.W1, w.b1), Math.tanh), p: predicted(w, x) };
      first ??= now;
      return computed(w, x, t, steps(first, now));
    },
  };
}

const rows = (kept: Rows, now: Rows): Rows => now.map((_, r) => kept[r]);

const WRONG: readonly (readonly [string, Candidate, string, RegExp])[] = [
  ['biases', fromFirst(({ w }) => ({ forward: (own) => ({ ...own, b1: w.b1, b2: w.b2 }) })), 'z2', /uses b1 and b2 of/],
  [
    'one bias',
    fromFirst(({ w }) => ({ forward: (own) => ({ ...own, b2: w.b2 }) })),
    'z2',
    /^The forward pass uses b2 of/,
  ],
  ['W1 in the forward pass', fromFirst(({ w }) => ({ forward: (own) => ({ ...own, W1: w.W1 }) })), 'z1', /uses W1 of/],
  [
    'W2 in both passes',
    fromFirst(({ w }) => ({ forward: (own) => ({ ...own, W2: w.W2 }), back: () => w.W2 })),
    'z2',
    /^Both passes use W2 of/,
  ],
  [
    'W2 on the way back',
    fromFirst(({ w }) => ({ back: () => w.W2 })),
    'dz1',
    /^What goes back to layer 1 is multiplied by the W of/,
  ],
  [
    'a1 in both passes',
    fromFirst(({ a1 }) => ({ hidden: (own) => rows(a1, own) })),
    'z2',
    /^a1 is that of .* in both passes/,
  ],
  [
    'a1, but not in the derivative',
    fromFirst(({ a1 }, now) => ({ hidden: (own) => rows(a1, own), slope: () => now.a1 })),
    'z2',
    /^a1 is that of .*; but not in the derivative/,
  ],
  [
    'outputs in dz2',
    fromFirst(({ p }, { t }) => ({ start: (dz) => each(dz, (_, r, k) => (p[r][k] - t[r][k]) / dz.length) })),
    'dz2',
    /^dz2 is computed from the outputs of/,
  ],
  ['targets', fromFirst(({ t }) => ({ targets: (own) => rows(t, own) })), 'loss', /^The targets are those of/],
  [
    'B',
    fromFirst(({ x }) => ({ start: (dz) => each(dz, (v) => (v * dz.length) / x.length) })),
    'dz2',
    /divided by B of/,
  ],
];

test.each(WRONG)('%s of the first call', async (_name, candidate, place, text) => {
  const { told, asked } = await toldBy(engineOf(candidate));
  expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
  expect(told[0].text).toMatch(/the very first call/);
  expect(told[0]).toMatchObject({ kind: 'state', place });
  expect(told[0].fix).toMatch(/^use nothing of an earlier call/);
  expect(asked).toBeLessThanOrEqual(20);
});

test('biases of 0 that are kept are told as biases that are left out, elsewhere', async () => {
  const keeping = fromFirst(({ w }) => ({ forward: (own) => ({ ...own, b1: w.b1, b2: w.b2 }) }));
  const start = startOf(SPEC).map((tensor) =>
    tensor.role === 'bias' ? { ...tensor, values: tensor.values.map(() => 0) } : tensor,
  );
  expect((await toldBy(engineOf(keeping), SPEC, start)).told).toEqual([]);
});

const RELU = network(4, [5], 'relu', 3, 'softmax', 'cross-entropy');

/** relu with its masks: for the forward and for the backward pass, given that of this call. */
function masked(masks: (now: Rows) => readonly [forward: Rows, backward: Rows]): Candidate {
  return {
    gradients: (w, x, t): Answer => {
      const z1 = affine(x, w.W1, w.b1);
      const [on, onBack] = masks(each(z1, (z) => (z > 0 ? 1 : 0)));
      const a1 = each(z1, (z, r, j) => z * on[r][j]);
      const p = softmax(affine(a1, w.W2, w.b2));
      const dz2 = each(p, (value, r, k) => (value - t[r][k]) / x.length);
      const dz1 = each(back(dz2, w.W2), (d, r, j) => d * onBack[r][j]);
      const loss = p.reduce((sum, row, r) => sum - Math.log(row[t[r].indexOf(1)]) / x.length, 0);
      return { loss, W1: product(x, dz1), b1: sums(dz1), W2: product(a1, dz2), b2: sums(dz2) };
    },
    predict: (w, x) =>
      softmax(
        affine(
          each(affine(x, w.W1, w.b1), (z) => Math.max(0, z)),
          w.W2,
          w.b2,
        ),
      ),
  };
}

function keeping(of: (kept: Rows, now: Rows) => readonly [Rows, Rows], renew: boolean): Candidate {
  let kept: Rows | null = null;
  return masked((now) => {
    const used = of(rows(kept !== null && kept.length >= now.length ? kept : now, now), now);
    kept = renew ? now : (kept ?? now);
    return used;
  });
}

test.each<[string, Candidate, RegExp]>([
  [
    'of the first call in both passes',
    keeping((kept) => [kept, kept], false),
    /^Which units of a1 are on is taken from the very first call, in both passes/,
  ],
  [
    'of the first call on the way forward',
    keeping((kept, now) => [kept, now], false),
    /the very first call; the backward pass is right/,
  ],
  [
    'of the first call on the way back',
    keeping((kept, now) => [now, kept], false),
    /^The derivative in dz1 is that of the very first call/,
  ],
  [
    'of the call before',
    keeping((kept) => [kept, kept], true),
    /^Which units of a1 are on is taken from the last call for gradients, in both passes/,
  ],
])('a mask of relu %s', async (_name, candidate, text) => {
  const { told } = await toldBy(engineOf(candidate), RELU);
  expect(told.map((one) => one.text)).toEqual([expect.stringMatching(text)]);
});

test.each<[string, Candidate, typeof RELU | undefined]>([
  ['right ones', masked((now) => [now, now]), RELU],
  ['masks of the batch in reverse order', masked((now) => [now, now.toReversed()]), RELU],
  ['weights that are another constant', stepping({ back: (W) => each(W, () => 0.3) }), undefined],
  ['a divisor that is another constant', stepping({ start: (dz) => each(dz, (v) => v * 1.7) }), undefined],
])('no memory is told of %s', async (_name, candidate, spec) => {
  expect((await toldBy(engineOf(candidate), spec)).told).toEqual([]);
});

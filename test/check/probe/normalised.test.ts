// Gradients of another length, sums over the wrong axis and of the wrong units, and weights that
// are overwritten before they are used; neighbours of each are not told as that.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeBatch } from '../../../src/check/probe/batch.ts';
import { probeOperations } from '../../../src/check/probe/operations/operations.ts';
import { SPEC, affine, back, computed, each, engineOf, product, stepping, sums } from './mlp.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Answer, Candidate, Rows, Weights } from './mlp.ts';

async function batchTexts(candidate: Candidate): Promise<string[]> {
  const asker = new Asker(engineOf(candidate), UNWATCHED);
  const { told } = await probeBatch({ network: SPEC, asker });
  expect(asker.asked).toBeLessThanOrEqual(15);
  return told.map(({ text }) => text);
}

async function operationTexts(candidate: Candidate): Promise<string[]> {
  const asker = new Asker(engineOf(candidate), UNWATCHED);
  const { singles } = await probeBatch({ network: SPEC, asker });
  const told = await probeOperations({ network: SPEC, asker, singles, oneHot: true, forwardIsRight: true });
  return told.map(({ text }) => text);
}

const norm = (...all: (Rows | number[])[]): number => Math.sqrt(all.flat(2).reduce((sum, x) => sum + x * x, 0));
const largest = (m: Rows): number => Math.max(...m.flat().map(Math.abs));
const scaled = (m: Rows, c: number): Rows => each(m, (x) => c * x);
const changed = (change: (w: Weights) => Partial<Weights>): Candidate => ({
  gradients: (w, x, t): Answer => {
    const answer = computed(w, x, t);
    return { ...answer, ...change(answer) };
  },
});
const all = ({ W1, b1, W2, b2 }: Weights, c: number): Weights => ({
  W1: scaled(W1, c),
  b1: b1.map((x) => c * x),
  W2: scaled(W2, c),
  b2: b2.map((x) => c * x),
});

test.each<[string, Candidate, string]>([
  [
    'own',
    changed(({ W2 }) => ({ W2: scaled(W2, 1 / norm(W2)) })),
    'dW2 is divided by its own norm; but for that it is right.',
  ],
  [
    'of weights',
    changed(({ W1, W2 }) => ({ W1: scaled(W1, 1 / norm(W1)), W2: scaled(W2, 1 / norm(W2)) })),
    'Each of dW1 and dW2 is divided by its own norm; but for that it is right.',
  ],
  [
    'all together',
    changed((w) => all(w, 1 / norm(w.W1, w.b1, w.W2, w.b2))),
    'Every gradient is divided by the norm of all gradients together; but for that it is right.',
  ],
  [
    'largest',
    changed(({ W2 }) => ({ W2: scaled(W2, 1 / largest(W2)) })),
    'dW2 is divided by its own largest entry; but for that it is right.',
  ],
  [
    'cut down',
    changed((w) => all(w, Math.min(1, 0.2 / norm(w.W1, w.b1, w.W2, w.b2)))),
    'Every gradient is scaled down where the norm of all gradients together is more than 0.2; but for that it is right.',
  ],
  [
    'reshaped',
    stepping({
      db(dz) {
        const turned = dz[0].flatMap((_, o) => dz.map((row) => row[o]));
        return dz[0].map((_, o) => turned.filter((__, n) => n % dz[0].length === o).reduce((sum, x) => sum + x, 0));
      },
    }),
    'db1 sums dz1 transposed, (O, B), as if it were still (B, O), row by row. db2 sums dz2 transposed, (O, B), as if it were still (B, O), row by row.',
  ],
])('%s', async (_, candidate, text) => {
  expect(await batchTexts(candidate)).toEqual([text]);
});

test.each<[string, Candidate]>([
  ['right', changed(() => ({}))],
  ['a factor', changed(({ W2 }) => ({ W2: scaled(W2, 3) }))],
  ['the square of the norm', changed(({ W2 }) => ({ W2: scaled(W2, 1 / norm(W2) ** 2) }))],
  ['the norm and a factor', changed(({ W2 }) => ({ W2: scaled(W2, 1.5 / norm(W2)) }))],
  [
    'an entry left out',
    changed(({ W2 }) => ({ W2: each(scaled(W2, 1 / norm(W2)), (x, r, c) => (r + c === 0 ? 0 : x)) })),
  ],
])('nothing is said of a length: %s', async (_, candidate) => {
  expect((await batchTexts(candidate)).join()).not.toMatch(/divided by (its|the)|scaled down/);
});

test.each<[string, (dz: Rows) => number[], RegExp]>([
  ['the first unit', (dz) => sums(dz).map((_, __, s) => s[0]), /^db1 is dz1 of the first unit, in every entry/m],
  [
    'a running sum',
    (dz) => sums(dz).map((_, o, s) => s.slice(0, o + 1).reduce((a, b) => a + b, 0)),
    /^db1 is the running sum of dz1 over the units/m,
  ],
  [
    'two units',
    (dz) => sums(dz).map((x, o, s) => x + s[(o + 1) % s.length]),
    /^db1 is dz1 of each unit and the next one, added/m,
  ],
  ['two others', (dz) => sums(dz).map((x, o, s) => x + s[(o + 2) % s.length]), /^db1 is wrong, given a right dz1/m],
])('a bias gradient of %s', async (_, db, text) => {
  expect((await operationTexts(stepping({ db }))).join('\n')).toMatch(text);
});

test('weights are overwritten by their gradients before they are used', async () => {
  const candidate = (of: (dW: Rows, W: Rows) => Rows): Candidate => ({
    gradients(w, x, t) {
      const right = computed(w, x, t);
      const a1 = each(affine(x, w.W1, w.b1), Math.tanh);
      let dz2: Rows = [];
      computed(w, x, t, { start: (dz) => (dz2 = dz) });
      const dz1 = each(back(dz2, of(right.W2, w.W2)), (value, r, j) => value * (1 - a1[r][j] ** 2));
      return { ...right, W1: product(x, dz1), b1: sums(dz1) };
    },
  });
  expect(await operationTexts(candidate((dW) => dW))).toEqual(['W2 is overwritten by dW2 before it is used for dz1.']);
  expect(await operationTexts(candidate((_, W) => W))).toEqual([]);
  const updated = candidate((dW, W) => each(W, (w, i, o) => w - 0.1 * dW[i][o]));
  expect(await operationTexts(updated)).toEqual(['W2 is updated, with a rate of 0.1, before it is used for dz1.']);
});

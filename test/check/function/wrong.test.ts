// Wrong gradients are caught, the tensor and the entries are named, and what the numbers look like
// is right or not told: mistakes by rule and those that people make. scripts/check-proof.ts tries
// all of them.
import { describe, expect, it, test } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { BY_HAND, FUNCTIONS } from './functions.ts';
import { isTrue } from './looks.ts';
import { MISTAKES } from './mistakes.ts';
import { bugsOf, byHandMade, byRule, tryOut } from './trial.ts';
import type { Wrong } from './trial.ts';

async function expectCaught(made: Wrong, what: string): Promise<void> {
  const { short, check } = await tryOut(made, 3);
  expect(short, `${what}: ${JSON.stringify(check.tensors)}`).toEqual([]);
}

describe.each(MISTAKES.map((mistake, m) => ({ name: mistake.name, mistake, m })))('$name', ({ mistake, m }) => {
  it.each(['f64', 'f32'] as const)('in %s', async (dtype) => {
    let made = 0;
    for (const [n, one] of FUNCTIONS.entries()) {
      if ((n + m) % 12 !== (dtype === 'f64' ? 0 : 6)) continue;
      const wrong = byRule(one, mistake, dtype, 7);
      if (wrong === null) continue;
      made++;
      await expectCaught(wrong, one.name);
    }
    expect(made).toBeGreaterThan(0);
  });
});

describe.each(BY_HAND)('$name', (one) => {
  const bugs = bugsOf(one);
  it.each(bugs)('%s', async (bug) => {
    const dtype = bugs.indexOf(bug) % 2 === 0 ? 'f64' : 'f32';
    for (let seed = 1; seed < 10; seed++) {
      const wrong = byHandMade(one, bug, dtype, seed);
      if (wrong !== null) return expectCaught(wrong, bug);
    }
    expect.fail('the mistake makes no difference');
  });
});

test('the control: a look that is not true is told from one that is', () => {
  const right = [1, -2, 3, -4, 5, -6];
  const wrong = { right, given: right.map((g) => 2 * g), x: right, shape: [2, 3], other: () => undefined };
  const is = (look: Parameters<typeof isTrue>[0]): boolean => isTrue(look, { ...wrong, tolerance: 1e-6 });
  expect(is({ kind: 'times', factor: 2, like: null })).toBe(true);
  expect(is({ kind: 'times', factor: 3, like: null })).toBe(false);
  expect(is({ kind: 'where', condition: 'index 1 is 0', factor: 2 })).toBe(false);
  expect(is({ kind: 'transposed' })).toBe(false);
  expect(is({ kind: 'plus-parameters', factor: 1 })).toBe(true);
});

test('NaN and infinity are wrong, with their places', async () => {
  const check = await checkGradient(({ w }: { w: number[] }) => w[0] * w[1], {
    at: { w: [1, 2] },
    gradient: { w: [2, NaN] },
  });
  expect(check).toMatchObject({
    verdict: 'disagree',
    tensors: [{ path: 'w', look: { kind: 'not-finite' }, wrong: [{ name: 'w[1]', given: NaN }] }],
  });
});

test('one wrong entry of 100,000 is named in at most 300 evaluations; a right gradient takes 120', async () => {
  const n = 100_000;
  const rng = createRng(1, 'large');
  const [at, c] = [new Float64Array(n), new Float64Array(n)].map((x) => x.map(() => rng.normal()));
  const f = (x: Float64Array): number => x.reduce((sum, y, i) => sum + c[i] * Math.tanh(y), 0) / n;
  const gradient = (x: Float64Array): Float64Array => x.map((y, i) => (c[i] * (1 - Math.tanh(y) ** 2)) / n);
  const right = await checkGradient(f, { at, gradient });
  expect(right.verdict).toBe('agree');
  expect(right.evaluations.value).toBeLessThanOrEqual(120);
  const place = 54_321;
  const off = (x: Float64Array): Float64Array => gradient(x).map((g, i) => (i === place ? 1.01 * g : g));
  const check = await checkGradient(f, { at, gradient: off });
  expect(check.verdict).toBe('disagree');
  expect(check.tensors[0].wrong.map(({ index }) => index)).toEqual([[place]]);
  expect(check.tensors[0].named).toBe('all');
  expect(check.evaluations.value).toBeLessThanOrEqual(300);
});

test('k wrong entries cost about k log n slopes', async () => {
  const n = 4096;
  const rng = createRng(2, 'several');
  const at = new Float64Array(n).map(() => rng.normal());
  const f = (x: Float64Array): number => x.reduce((sum, y) => sum + Math.sin(y), 0);
  const places = [7, 1000, 1001, 4000];
  const gradient = (x: Float64Array): Float64Array => x.map((y, i) => (places.includes(i) ? 0 : Math.cos(y)));
  const check = await checkGradient(f, { at, gradient });
  expect(check.tensors[0].wrong.map(({ index }) => index[0])).toEqual(places);
  expect(check.evaluations.value).toBeLessThan(1000);
});

// Wrong gradients are caught, the tensor and the entries are named, and what the numbers look like
// is right or not told: mistakes by rule in two dozen functions.
import { describe, expect, it, test } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { FUNCTIONS, drawn } from './functions.ts';
import { MISTAKES, flat, wrong } from './mistakes.ts';
import { ROUNDINGS } from './tape.ts';
import type { Params } from './tape.ts';

describe.each(MISTAKES)('$name', (mistake) => {
  it.each([
    ['f64', 0],
    ['f32', 1],
  ] as const)('in %s', async (dtype, parity) => {
    let made = 0;
    for (const [n, one] of FUNCTIONS.entries()) {
      if (n % 2 !== parity) continue;
      const rng = createRng(21, one.name + mistake.name);
      const { at, f } = drawn(one, rng, ROUNDINGS[dtype]);
      const names = Object.keys(at);
      const tensor = names[rng.below(names.length)];
      const seed = rng.below(1e9);
      const gradient = (p: Params): Params => {
        const right = f(p).gradient;
        return wrong(mistake, tensor, right, p, createRng(seed, 'entry'))?.gradient ?? right;
      };
      const right = f(at).gradient;
      const done = wrong(mistake, tensor, right, at, createRng(seed, 'entry'));
      if (done === null) continue;
      made++;
      const check = await checkGradient((p: Params) => f(p).value, { at, gradient, seed: 3 });
      const what = `${one.name}, ${tensor}: ${JSON.stringify(check.tensors)}`;
      expect(check.verdict, what).toBe('disagree');
      const found = check.tensors.filter(({ verdict }) => verdict === 'disagree');
      expect(
        found.map(({ path }) => path),
        what,
      ).toEqual([tensor]);
      const [{ look, wrong: entries }] = found;
      if (look !== null) expect(mistake.looks, what).toContain(look.kind);
      const size = flat(right[tensor]).length;
      if (done.entries.length * 10 <= size) expect(entries.length, what).toBe(done.entries.length);
    }
    expect(made).toBeGreaterThan(2);
  });
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

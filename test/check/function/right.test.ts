// Right gradients are never called wrong: eighty functions in both precisions, in units from 1e-6
// to 1e6. scripts/check-proof.ts draws thousands.
import { describe, expect, it, test } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { FUNCTIONS, drawn, inUnits } from './functions.ts';
import { ROUNDINGS } from './tape.ts';

describe.each(FUNCTIONS)('$name', (one) => {
  const other = FUNCTIONS.indexOf(one) % 2 === 0 ? 1e-6 : 1e6;
  it.each(['f64', 'f32'] as const)('in %s', async (dtype) => {
    for (const unit of [1, other]) {
      const rng = createRng(11, `${one.name} ${unit}`);
      const { at, f } = inUnits(drawn(one, rng, ROUNDINGS[dtype]), unit);
      const check = await checkGradient(f, { at, seed: 5 });
      expect(check.verdict, JSON.stringify(check)).toBe('agree');
      expect(check.evaluations.value).toBeLessThanOrEqual(120);
      if (unit === 1) expect(check.precision).toBe(dtype); // other units are divided out in binary64
      expect(check.tensors.map(({ path }) => path)).toEqual(Object.keys(at));
      if (dtype === 'f64' && one.hasKinks !== true)
        for (const { seenFrom } of check.tensors) expect(seenFrom ?? 0).toBeLessThan(1e-6);
    }
  });
});

test('values in single precision from parameters in typed arrays', async () => {
  const at = { w: new Float32Array([0.3, -1.2, 0.7]), b: 0.5 };
  const f = ({ w, b }: typeof at): { value: number; gradient: unknown } => {
    const z = w.map((x) => Math.fround(x * x) + Math.fround(b));
    const value = Math.fround(Math.fround(z[0] + z[1]) * z[2]);
    const s = Math.fround(z[0] + z[1]);
    const dw = new Float32Array([2 * w[0] * z[2], 2 * w[1] * z[2], 2 * w[2] * s]);
    return { value, gradient: { w: dw, b: Math.fround(2 * z[2] + s) } };
  };
  expect(await checkGradient(f, { at })).toMatchObject({ verdict: 'agree', precision: 'f32' });
});

test('asynchronous functions, and a gradient at the point alone', async () => {
  const f = async ([x, y]: number[]): Promise<number> => Promise.resolve(x * x * y);
  expect(await checkGradient(f, { at: [2, 3], gradient: [12, 4] })).toMatchObject({ verdict: 'agree' });
  expect(await checkGradient(f, { at: [2, 3], gradient: [12, 4.001] })).toMatchObject({ verdict: 'disagree' });
});

describe('kinks', () => {
  const abs = ([x, y]: number[]): number => Math.abs(x) + 3 * y;
  it.each([-1, 0, 0.3, 1])('at a kink, %d between the one-sided slopes is right', async (slope) => {
    const check = await checkGradient(abs, { at: [0, 1], gradient: [slope, 3] });
    expect(check.verdict).not.toBe('disagree');
  });
  it('at a kink, a point nearby is looked at', async () => {
    const gradient = ([x]: number[]): number[] => [Math.sign(x), 3];
    const check = await checkGradient(abs, { at: [0, 1], gradient });
    expect(check).toMatchObject({ verdict: 'agree', place: 'nearby' });
    const wrong = await checkGradient(abs, { at: [0, 1], gradient: ([x]: number[]) => [2 * Math.sign(x), 3] });
    expect(wrong).toMatchObject({ verdict: 'disagree' });
  });
});

test('chance is told from noise', async () => {
  const rng = createRng(3, 'chance');
  const f = ([x]: number[]): number => x * x + 1e-9 * rng.normal();
  expect(await checkGradient(f, { at: [1], gradient: [2] })).toMatchObject({
    verdict: 'inconclusive',
    reason: 'chance',
  });
});

describe('rough functions are measured as exactly as they can be, and a mistake shows', () => {
  const smooth = ([a, b]: number[]): number => Math.exp(a) * Math.sin(b);
  const gradient = ([a, b]: number[]): number[] => [Math.exp(a) * Math.sin(b), Math.exp(a) * Math.cos(b)];
  it.each([
    ['rounded to six decimals', (p: number[]) => Math.round(smooth(p) * 1e6) / 1e6],
    ['with digits lost beside a large number', (p: number[]) => smooth(p) + 1e7 - 1e7],
    ['a sum in binary32', (p: number[]) => Math.fround(Math.fround(smooth(p)) + Math.fround(300))],
  ])('%s', async (_what, f) => {
    const at = [0.3, 0.7];
    const right = await checkGradient(f, { at, gradient });
    expect(right.verdict, JSON.stringify(right)).toBe('agree');
    expect(right.noise).toBeGreaterThan(1e-10);
    const wrong = await checkGradient(f, { at, gradient: (p: number[]) => gradient(p).map((g) => 1.05 * g) });
    expect(wrong.verdict).toBe('disagree');
  });
});

test('what a special point hides shows nearby: a mistake that is 0 where a parameter is 0', async () => {
  const f = ([x, y]: number[]): number => x * x + y;
  const gradient = ([x]: number[]): number[] => [3 * x, 1];
  expect(await checkGradient(f, { at: [0, 1], gradient })).toMatchObject({ verdict: 'disagree', place: 'nearby' });
});

test('parameters that the function changes, gradients that add up', async () => {
  const f = (p: number[]): number => {
    const value = p[0] * p[1];
    p[0] = 7;
    return value;
  };
  const swap = ([x, y]: number[]): number[] => [y, x];
  expect((await checkGradient(f, { at: [1, 2], gradient: swap })).behaviour.changesParameters).toBe(true);
  const kept = [0, 0];
  const adding = ([x, y]: number[]): number[] => [(kept[0] += y), (kept[1] += x)];
  const check = await checkGradient(([x, y]: number[]) => x * y, {
    at: [1, 2],
    gradient: (p: number[]) => [...adding(p)],
  });
  expect(check).toMatchObject({ verdict: 'agree', behaviour: { gradientChanges: 'accumulates' } });
});

describe('refused', () => {
  it('a value that is no number', async () => {
    await expect(checkGradient(() => NaN, { at: 1, gradient: 1 })).rejects.toThrow('the value of the function is NaN');
    await expect(checkGradient((() => 'a') as never, { at: 1, gradient: 1 })).rejects.toThrow('expected a number');
  });
  it('a gradient that is not there', async () => {
    await expect(checkGradient(() => 1, { at: 1 })).rejects.toThrow('there is no gradient to check');
  });
});

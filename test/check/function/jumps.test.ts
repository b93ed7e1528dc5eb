// Functions with jumps nearby: an iterative solver that stops early has another slope between two
// jumps than its solution has. Right gradients of the solution are not called wrong, wrong ones
// are.
import { describe, expect, it, test } from 'vitest';
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { jumpAlong } from '../../../src/check/function/jumps.ts';

/** y = tanh(a y + b) by plain iteration, which stops at a tolerance. */
function equilibrium(a: number, b: number, tolerance: number): number {
  let y = 0;
  for (let n = 0; n < 400; n++) {
    const next = Math.tanh(a * y + b);
    if (Math.abs(next - y) < tolerance) return next;
    y = next;
  }
  return y;
}
const square = ([a, b]: number[], tolerance: number): number => equilibrium(a, b, tolerance) ** 2;
function implicit([a, b]: number[]): number[] {
  const y = equilibrium(a, b, 0);
  const s = 1 - y * y;
  return [(2 * y * s * y) / (1 - a * s), (2 * y * s) / (1 - a * s)];
}

describe.each([1e-3, 1e-5, 1e-7, 1e-9])('a solver that stops at %d', (tolerance) => {
  it.each([
    [0.8, -0.3],
    [0.9, 0.2],
    [0.85, -0.15],
    [0.9, -0.4],
  ])('at %d, %d', async (...at) => {
    const f = (p: number[]): number => square(p, tolerance);
    const right = await checkGradient(f, { at, gradient: implicit });
    expect(right.verdict, JSON.stringify(right)).not.toBe('disagree');
    const wrong = await checkGradient(f, { at, gradient: (p: number[]) => implicit(p).map((g) => 1.5 * g) });
    if (tolerance < 1e-4) expect(wrong.verdict, JSON.stringify(wrong)).toBe('disagree'); // others are lost in jumps
  });
});

test("a jump that is the function's own hides no mistake", async () => {
  const f = ([x, y]: number[]): number => x * x + (y > 1.05 ? 1 : 0) + y;
  const gradient = ([x]: number[]): number[] => [3 * x, 1];
  expect(await checkGradient(f, { at: [1, 1], gradient })).toMatchObject({ verdict: 'disagree' });
});

const lineOf = (f: (t: number) => number) => ({ phi: async (t: number) => f(t), value: f(0) });

test.each([1e-2, 1e-5, 1e-8])('a jump of %d is found with its size', async (size) => {
  const f = (t: number): number => Math.sin(t) + (t > 0.11 ? size : 0);
  const found = await jumpAlong(lineOf(f), 1e-16);
  expect(found).toBeGreaterThan(size / 3);
  expect(found).toBeLessThan(size * 1.5);
});

test('neither kinks, bends nor poles are jumps', async () => {
  expect(
    await jumpAlong(
      lineOf((t) => Math.exp(3 * t)),
      1e-16,
    ),
  ).toBe(0);
  expect(
    await jumpAlong(
      lineOf((t) => Math.abs(t - 0.11)),
      1e-16,
    ),
  ).toBe(0);
  expect(
    await jumpAlong(
      lineOf((t) => Math.log(Math.abs(t - 0.111))),
      1e-16,
    ),
  ).toBe(0);
  const kinks = Array.from({ length: 500 }, (_, k) => Math.sin(k * k));
  expect(
    await jumpAlong(
      lineOf((t) => kinks.reduce((s, k) => s + Math.max(0, t - k), 0)),
      1e-15,
    ),
  ).toBe(0);
});

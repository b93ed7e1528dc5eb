// The functions with fixed bits: how close they are to the exact values, and what they return at
// special numbers.
import { describe, expect, it, test } from 'vitest';
import * as fixedBits from '../../src/numeric/elementary.ts';
import { cos, sin } from '../../src/numeric/trigonometric.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { EXACTLY, fixed, ulps } from './exactly.ts';

type Name = keyof typeof EXACTLY;

/**
 * Uniform arguments in [from, to], and as many around `near`, as close as 2^-40 to it; then the
 * most ulps allowed. fdlibm states 1 for all but tanh. tanh is t / (t + 2) of t = e^2x - 1: an
 * error of t enters up to 1.8 times, and there are two roundings.
 */
const RANGES: Record<Name, readonly [from: number, to: number, near: number, most: number]> = {
  exp: [-40, 40, 0, 1],
  expm1: [-40, 40, 0, 1],
  log: [0, 50, 1, 1],
  log1p: [-1, 50, 0, 1],
  tanh: [-20, 20, 0, 3],
  sin: [-20, 20, 0, 1],
  cos: [-20, 20, 0, 1],
};
const NAMES = Object.keys(RANGES) as Name[];

function argumentsOf(name: Name): number[] {
  const [from, to, near] = RANGES[name];
  const rng = createRng(1, `arguments of ${name}`);
  return Array.from({ length: 1000 }, (_, i) =>
    i % 2 === 0 ? from + (to - from) * rng.uniform() : near + (rng.uniform() - 0.5) * 2 ** -(i % 40),
  );
}

const elementary = { ...fixedBits, sin, cos };

/** The largest error, in ulps. */
function worst(name: Name, f: (x: number) => number): number {
  return Math.max(...argumentsOf(name).map((x) => ulps(f(x), EXACTLY[name](fixed(x)))));
}

test.each(NAMES)('the error of %s in ulps is at most the one allowed, and not zero', (name) => {
  const most = RANGES[name][3];
  expect(worst(name, elementary[name])).toBeLessThan(most);
  // 0.5 would be exact rounding, 0 a measure that sees nothing
  expect(worst(name, elementary[name])).toBeGreaterThan(0.5);
  expect(worst(name, (x) => elementary[name](x) * (1 + most * 2 ** -52))).toBeGreaterThan(most);
});

const { exp, expm1, log, log1p, tanh, power, square } = fixedBits;

describe('at the ends and at special numbers', () => {
  it.each([
    ['exp', exp, [NaN, NaN], [Infinity, Infinity], [-Infinity, 0], [0, 1], [-0, 1], [1, Math.E]],
    [
      'exp',
      exp,
      [709.782712893384, 1.7976931348622732e308],
      [709.7827128933841, Infinity],
      [-745.1, 5e-324],
      [-746, 0],
    ],
    ['expm1', expm1, [NaN, NaN], [Infinity, Infinity], [-Infinity, -1], [-0, -0], [1e-300, 1e-300], [710, Infinity]],
    [
      'log',
      log,
      [NaN, NaN],
      [Infinity, Infinity],
      [0, -Infinity],
      [-0, -Infinity],
      [-1, NaN],
      [1, 0],
      [5e-324, -744.4400719213812],
    ],
    ['log', log, [Number.MAX_VALUE, 709.782712893384], [2 ** -1022, -708.3964185322641]],
    ['log1p', log1p, [NaN, NaN], [Infinity, Infinity], [-1, -Infinity], [-2, NaN], [-0, -0], [1e-300, 1e-300]],
    ['log1p', log1p, [Number.MAX_VALUE, 709.782712893384], [1, Math.LN2]],
    ['tanh', tanh, [NaN, NaN], [Infinity, 1], [-Infinity, -1], [-0, -0], [40, 1], [-40, -1], [1e-300, 1e-300]],
    ['sin', sin, [0, 0], [-0, -0], [Math.PI / 2, 1], [-Math.PI / 2, -1], [Math.PI, 1.2246467991473532e-16]],
    ['cos', cos, [0, 1], [Math.PI, -1], [-Math.PI, -1], [Math.PI / 2, 6.123233995736766e-17]],
  ] as [string, (x: number) => number, ...[x: number, y: number][]][])('%s', (_name, f, ...pairs) => {
    for (const [x, y] of pairs) expect(f(x), String(x)).toBe(y);
  });

  it('sin and cos refuse arguments that are too large or not a number', () => {
    for (const x of [1.1e5, -Infinity, NaN]) {
      expect(() => sin(x)).toThrow('expected at most 1e5 in size');
      expect(() => cos(x)).toThrow(String(x));
    }
  });
});

describe('power', () => {
  it('is exact if the product is', () => {
    expect([power(2, 10), power(3, 3), power(-3, 3), power(5, 0), power(2, -3), power(0, 0)]).toEqual([1024, 27, -27, 1, 0.125, 1]); // prettier-ignore
    expect([square(3), square(-0.5), square(1e200)]).toEqual([9, 0.25, Infinity]);
  });

  it('loses less than one rounding per factor for large exponents', () => {
    for (const n of [7, 100, 999]) {
      const off = power(0.999, n) / exp(n * log(0.999)) - 1;
      // the exponent is rounded too, and the error is multiplied by n ln x
      expect(Math.abs(off)).toBeLessThan(3 * n * 2 ** -53);
    }
  });

  it('takes exponents that are not whole numbers', () => {
    expect(power(100, 0.5)).toBeCloseTo(10, 13);
    expect(power(10, -1.5)).toBeCloseTo(0.0316227766016838, 15);
  });
});

test('powers of two, written as 2 ** n in sources, are exact in this runtime', () => {
  let [down, up] = [1, 1];
  for (let n = 0; n <= 1074; n++, down /= 2, up *= 2) {
    expect(2 ** -n).toBe(down);
    expect(2 ** n).toBe(up);
  }
});

test('binary32 uses the functions of the runtime, binary64 those with fixed bits', () => {
  for (const name of ['exp', 'expm1', 'log', 'log1p', 'tanh'] as const) {
    expect(fixedBits.elementaryOf(new Float32Array(1))[name]).toBe(Math[name]);
    expect(elementary.elementaryOf(new Float64Array(1))[name]).toBe(elementary[name]);
  }
});

// Numbers side by side: two different ones never look alike, and no more digits are printed than
// that needs.
import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/numeric/rng.ts';
import { formatApart, formatNumber, formatPercents, formatUsed } from '../../src/report/words/numbers.ts';

describe('compared numbers', () => {
  it.each([
    [
      [0.298371109, 0.29837110876],
      ['0.298371109', '0.2983711088'],
    ],
    [
      [4, -4],
      ['4', '-4'],
    ],
    [
      [1.23456789e-7, 1.2345679e-7],
      ['1.23456789e-7', '1.2345679e-7'],
    ],
    [
      [1.5e30, 1.5e30],
      ['1.5e+30', '1.5e+30'],
    ],
    [
      [1, 1 + 2 ** -52],
      ['1', '1.0000000000000002'],
    ],
    [
      [0, -0],
      ['0', '0'],
    ],
    [
      [NaN, 1, Infinity],
      ['NaN', '1', 'Infinity'],
    ],
    [
      [1e-5, 2e-5],
      ['1e-5', '2e-5'],
    ],
  ])('%j are %j', (numbers, texts) => {
    expect(formatApart(numbers)).toEqual(texts);
  });

  it('are told apart, whatever they are, with the fewest digits', () => {
    const rng = createRng(1, 'numbers');
    for (let n = 0; n < 2000; n++) {
      const x = (rng.uniform() - 0.5) * 10 ** Math.floor(rng.uniform() * 40 - 20);
      const y = x * (1 + 10 ** -Math.floor(rng.uniform() * 16));
      const [first, second] = formatApart([x, y]);
      expect(first === second).toBe(x === y);
      const digits = (text: string): number => text.replace(/e.*/, '').replace(/\D/g, '').replace(/^0+/, '').length;
      const most = Math.max(digits(first), digits(second));
      if (most > 6) expect(Number(x.toPrecision(most - 1))).toBe(Number(y.toPrecision(most - 1)));
    }
  });

  it('stay as short as a single number if that is enough', () => {
    expect(formatApart([0.1, 0.25], 8)).toEqual([formatNumber(0.1, 8), formatNumber(0.25, 8)]);
  });
});

it('a share beyond the bound is never "1 times"', () => {
  expect([1.0000002, 1.25, 840, 1.2345e6].map(formatUsed)).toEqual(['1.0000002 times', '1.25 times', '840 times', '1.23e+6 times']); // prettier-ignore
  expect([1, 0.999, 0.032].map(formatUsed)).toEqual(['100 %', '100 %', '3.2 %']);
});

it('percentages that differ look different', () => {
  expect(formatPercents([0.96521, 0.96519, 0.9652])).toEqual(['96.521 %', '96.519 %', '96.520 %']);
  expect(formatPercents([0.5, 0.25])).toEqual(['50.00 %', '25.00 %']);
});

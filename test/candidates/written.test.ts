// Requests as JSON: whole numbers that other languages have no integers for carry an exponent, and
// everything reads as the same numbers.
import { expect, test } from 'vitest';
import { written } from '../../src/candidates/process/line-program.ts';

test('whole numbers of many digits have an exponent', () => {
  expect(written({ state: [2 ** 70, -(2 ** 63), 2 ** 53, 5] })).toBe(
    '{"state":[1.1805916207174113e+21,-9.223372036854775808e+18,9.007199254740992e+15,5]}'.replace(
      '9.223372036854775808e+18',
      '9.223372036854776e+18',
    ),
  );
});

test.each([
  [{ a: 2 ** 63, text: '12345678901234567000', '12345678901234567000': 'a,12345678901234567000]' }],
  [['###', '"#1.2e+20"', 1.2e20]],
  [{ few: [1 / 3, 1e300, -0, null, true], deep: [[{ x: 1e20 }]] }],
  ['a text alone'],
])('%j reads as it was', (value) => {
  const text = written(value);
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
  expect(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')).not.toMatch(/[[:,]-?\d{16}/);
});

test('other numbers stay as JSON has them', () => {
  const value = { t: 3, w: [0.1, 123456789012345, 1.5] };
  expect(written(value)).toBe(JSON.stringify(value));
});

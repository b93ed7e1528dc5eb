// What a page and its owner send each other keeps the bits of every number.
import { describe, expect, test } from 'vitest';
import { fromText, toText } from '../../src/engines/tfjs/browser/wire.ts';
import type { Base64 } from '../../src/engines/tfjs/browser/wire.ts';

const base64: Base64 = {
  encode: (bytes) => Buffer.from(bytes).toString('base64'),
  decode: (text) => new Uint8Array(Buffer.from(text, 'base64')),
};
const sent = (value: unknown): unknown => fromText(toText(value, base64), base64);

describe('plain data', () => {
  test.each([
    0,
    -0,
    1,
    0.1,
    NaN,
    Infinity,
    -Infinity,
    5e-324,
    2 ** 53,
    -(2 ** 60),
    1 / 3,
    null,
    true,
    '',
    'a\nb',
    [],
    {},
  ])('%s comes back as it was', (value) => {
    expect(Object.is(sent(value), value) || JSON.stringify(sent(value)) === JSON.stringify(value)).toBe(true);
    if (typeof value === 'number') expect(Object.is(sent(value), value)).toBe(true);
  });

  test('arrays of numbers keep their kind and bits, in memory of their own', () => {
    const whole = new Float32Array([NaN, -0, 1e-45, 3.4e38, 0.1, 7]);
    const value = {
      a: whole.subarray(1, 5),
      b: [new Float64Array([0.1, -0]), new Uint8Array([1, 2, 3]), new Float64Array()],
      c: { d: -0, e: [undefined, 0.5], f: undefined },
    };
    const back = sent(value) as typeof value;
    expect(back.a).toEqual(whole.subarray(1, 5));
    expect(back.a.buffer.byteLength).toBe(16);
    expect(back.b).toEqual(value.b);
    expect(Object.is(back.c.d, -0)).toBe(true);
    expect(back.c.e).toEqual([null, 0.5]);
    expect('f' in back.c).toBe(false);
  });

  test('no fraction is written in decimals', () => {
    expect(toText({ x: 0.1, y: [1 / 3], n: 7 }, base64).split('\n')[1]).not.toMatch(/\d\.\d/);
  });

  test('what is no plain data is refused', () => {
    expect(() => toText({ '': 1 }, base64)).toThrow(TypeError);
    expect(() => toText(new BigInt64Array(1), base64)).toThrow(TypeError);
  });
});

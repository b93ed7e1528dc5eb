// toHaveGradient for any function, toBackpropagate for any layer.
import { expect, test } from 'vitest';
import '../../src/vitest.ts';

const f = ([x, y]: number[]): number => x * x * y;
const right = ([x, y]: number[]): number[] => [2 * x * y, x * x];

test('a right gradient passes', async () => {
  await expect(f).toHaveGradient({ at: [3, 2], gradient: right });
});

test('a wrong one fails, with what is wrong', async () => {
  const wrong = ([x, y]: number[]): number[] => [2 * x * y, 2 * x];
  await expect(expect(f).toHaveGradient({ at: [3, 2], gradient: wrong })).rejects.toThrow(
    /^the gradient of f is wrong in x.*\nx\[1\] is 6, measured 9 ± /,
  );
  await expect(f).not.toHaveGradient({ at: [3, 2], gradient: wrong });
});

test('a right one that is expected to be wrong fails', async () => {
  await expect(expect(f).not.toHaveGradient({ at: [3, 2], gradient: right })).rejects.toThrow('but it is right');
});

test('what is no function is refused', async () => {
  await expect(expect(3).toHaveGradient({ at: [1], gradient: [1] })).rejects.toThrow('expect() was given number');
});

const forward = (x: unknown): number[] => (x as number[]).map((v) => v * v);

test('a right layer passes, a wrong one fails', async () => {
  const layer = (factor: number) => ({
    forward,
    backward: (dy: unknown, x: unknown) => ({
      inputs: (dy as number[]).map((d, i) => factor * d * (x as number[])[i]),
    }),
  });
  await expect(layer(2)).toBackpropagate({ inputs: [1, -2, 3] });
  await expect(expect(layer(1)).toBackpropagate({ inputs: [1, -2, 3] })).rejects.toThrow(
    'the gradient of the layer is wrong in inputs: it is 0.5 times the right one',
  );
});

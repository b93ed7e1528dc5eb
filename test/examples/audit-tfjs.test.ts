// The audit of TensorFlow.js tells right from wrong: an operation that is right, one with a known
// mistake, and one that has no gradient; of float32, whole and complex numbers.
import { expect, test } from 'vitest';
import { openBackend } from '../../src/engines/tfjs/backend.ts';
import { ask, numbers } from '../../examples/audit/tfjs/case.ts';
import type { Case, Tensor } from '../../examples/audit/tfjs/case.ts';
import { CASES } from '../../examples/audit/tfjs/cases.ts';
import { checkCase } from '../../examples/audit/tfjs/check.ts';
import { FINDINGS, placeOf } from '../../examples/audit/tfjs/findings.ts';

test.each([
  ['Tanh', 'shape 7', 'right', null],
  ['MirrorPad', 'reflect', 'wrong', true],
  ['AvgPool', '2x2, stride 1, same', 'wrong', true],
  ['TopK', 'two of five', 'throws', null],
  ['Relu', 'at 0', 'kink', null],
  ['Square', 'of int32', 'right', null],
  ['Pow', 'int32 and float32', 'right', null],
  ['Cast', 'float32 to int32', 'wrong', true],
  ['ComplexAbs', 'of a product, complex64', 'wrong', true],
  ['RFFT', 'size', 'throws', null],
])('%s, %s: %s', async (gradient, what, verdict, isConfirmed) => {
  const { tf } = await openBackend('cpu');
  const one = CASES.find((c) => c.gradient === gradient && c.what === what);
  if (one === undefined) return expect.fail('there is no such case');
  expect(await checkCase(tf, 'cpu', one)).toMatchObject({ verdict, isConfirmed });
});

/** A sine whose values are as rough as shaders may make them, and what stands for its gradient. */
function rough(factor: number): Case {
  const f: Case['f'] = (tf, [given]) =>
    tf.customGrad((x) => {
      const [angle] = [x as Tensor];
      const value = angle.sin().add(
        angle
          .mul(5000)
          .sin()
          .mul(2 ** -12),
      );
      return { value, gradFunc: (dy: Tensor) => dy.mul(angle.cos()).mul(factor) };
    })(given);
  const formula: Case['formula'] = ([x], dy) => [Array.from(x, (v, i) => dy[i] * Math.cos(v))];
  return ask('Sin', 'rough', [numbers([2], [0.4, 1.1])], f, { formula });
}

test.each([
  [1, 'inexact', null],
  [1.01, 'wrong', true],
] as const)('a gradient of rough values, times %d: %s', async (factor, verdict, isConfirmed) => {
  const { tf } = await openBackend('cpu');
  expect(await checkCase(tf, 'cpu', rough(factor))).toMatchObject({ verdict, isConfirmed });
});

test('every finding quotes a line of the installed version', () => {
  for (const finding of FINDINGS) expect(placeOf(finding)).toMatch(/:\d+$/);
});

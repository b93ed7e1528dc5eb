// Other types of numbers than float32: whole numbers and booleans beside what is differentiated, or
// differentiated themselves, and complex numbers.
import { ask, numbers, random } from './case.ts';
import type { Case, Input, Tensor, Tf } from './case.ts';

const CONSTANTS = { int32: [2, 3, 4, 1], bool: [1, 1, 0, 1] } as const;
type Whole = keyof typeof CONSTANTS;

/** Operations on two numbers, and where their second one may be 0. */
const BINARY = [
  ['Add', 'add', true],
  ['Sub', 'sub', true],
  ['Multiply', 'mul', true],
  ['RealDiv', 'div', false],
  ['Pow', 'pow', true],
  ['Maximum', 'maximum', true],
  ['Minimum', 'minimum', true],
  ['SquaredDifference', 'squaredDifference', true],
  ['Atan2', 'atan2', true],
  ['Mod', 'mod', false],
  ['FloorDiv', 'floorDiv', false],
] as const;

const x4: Input = numbers([4], [0.6, 1.7, 2.3, 3.4]);
const constant = (tf: Tf, dtype: Whole): Tensor => tf.tensor1d([...CONSTANTS[dtype]], dtype);
const none = (x: readonly Float32Array[]): number[][] => x.map((input) => Array.from(input, () => 0));

function mixed(): Case[] {
  return BINARY.flatMap(([gradient, name, mayBeZero]) => [
    ask(gradient, 'float32 and int32', [x4], (tf, [x]) => tf[name](x, constant(tf, 'int32'))),
    ask(gradient, 'int32 and float32', [x4], (tf, [x]) => tf[name](constant(tf, 'int32'), x)),
    ...(mayBeZero ? [ask(gradient, 'float32 and bool', [x4], (tf, [x]) => tf[name](x, constant(tf, 'bool')))] : []),
  ]);
}

const whole: Input = { ...numbers([4], [3, -1, 2, 5]), dtype: 'int32' };
const truth: Input = { ...numbers([4], [1, 0, 1, 1]), dtype: 'bool' };

/** The operation of whole numbers is differentiated; slopes are of the same one on float32. */
const OF_WHOLE: readonly (readonly [gradient: string, f: (tf: Tf, x: Tensor) => Tensor])[] = [
  ['Square', (tf, x) => tf.square(x)],
  ['Exp', (tf, x) => tf.exp(x)],
  ['Neg', (tf, x) => tf.neg(x)],
  ['Abs', (tf, x) => tf.abs(x)],
  ['Relu', (tf, x) => tf.relu(x)],
  ['LeakyRelu', (tf, x) => tf.leakyRelu(x, 0.2)],
  ['Sigmoid', (tf, x) => tf.sigmoid(x)],
  ['ClipByValue', (tf, x) => tf.clipByValue(x, 0, 2.5)],
  ['Multiply', (tf, x) => tf.mul(x, tf.tensor1d([0.5, 1.5, -1, 2]))],
  ['RealDiv', (tf, x) => tf.div(x, tf.tensor1d([0.5, 1.5, -1, 2]))],
  ['Sum', (tf, x) => tf.sum(x)],
  ['Mean', (tf, x) => tf.mean(x)],
  ['Max', (tf, x) => tf.max(x)],
  ['Prod', (tf, x) => tf.prod(x)],
  ['Cumsum', (tf, x) => tf.cumsum(x)],
  ['Cast', (tf, x) => tf.cast(x, 'float32')],
  ['GatherV2', (tf, x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'))],
];

/** re, then im. */
function complex(shape: readonly number[], seed: number): Input {
  const [re, im] = [random(shape, seed), random(shape, seed + 1)];
  return { shape, values: Float32Array.from([...re.values, ...im.values]), dtype: 'complex64' };
}

/** dy · factor · z / |z|, the real parts, then the imaginary ones. */
function ofModulus(...factors: readonly number[]): Case['formula'] {
  return ([x], dy) => {
    const n = x.length / 2;
    const size = Array.from({ length: n }, (_, i) => Math.hypot(x[i], x[n + i]));
    return [Array.from(x, (y, i) => (factors[i % factors.length] * dy[i % n] * y) / size[i % n])];
  };
}

function complexNumbers(): Case[] {
  const z = [complex([3], 1)];
  return [
    ask('ComplexAbs', 'of complex64', z, (tf, [x]) => tf.abs(x), { formula: ofModulus(1) }),
    ask('ComplexAbs', 'of a sum, complex64', z, (tf, [x]) => tf.abs(tf.add(x, x)), { formula: ofModulus(2) }),
    ask('ComplexAbs', 'of a copy, complex64', z, (tf, [x]) => tf.abs(tf.clone(x)), { formula: ofModulus(1) }),
    ask(
      'ComplexAbs',
      'of a product, complex64',
      z,
      (tf, [x]) => tf.abs(tf.mul(x, tf.complex(tf.tensor1d([3, 6, -4]), tf.tensor1d([4, -8, 3])))),
      { formula: ofModulus(5, 10, 5) },
    ),
    ask('Cast', 'to complex64, and its size', [random([4], 1)], (tf, [x]) => tf.abs(tf.cast(x, 'complex64'))),
    ask('Real', 'of complex64', z, (tf, [x]) => tf.real(x)),
    ask('Imag', 'of complex64', z, (tf, [x]) => tf.imag(x)),
    ask('Complex', 'from float32, the real part', [random([3], 1)], (tf, [x]) => tf.real(tf.complex(x, tf.square(x)))),
    ask('IFFT', 'real part', z, (tf, [x]) => tf.real(tf.spectral.ifft(x))),
    ask('RFFT', 'size', [random([4], 1)], (tf, [x]) => tf.abs(tf.spectral.rfft(x))),
    ask('IRFFT', 'of complex64', z, (tf, [x]) => tf.spectral.irfft(x)),
    ask('STFT', 'size, frames of 4', [random([8], 1)], (tf, [x]) => tf.abs(tf.signal.stft(x as never, 4, 2))),
  ];
}

export const DTYPES: readonly Case[] = [
  ...mixed(),
  ...OF_WHOLE.map(([gradient, f]) => ask(gradient, 'of int32', [whole], (tf, [x]) => f(tf, x))),
  ask('Cast', 'bool to float32', [truth], (tf, [x]) => tf.square(tf.cast(x, 'float32'))),
  ask('Cast', 'float32 to int32', [x4], (tf, [x]) => tf.cast(x, 'int32'), { formula: none }),
  ask('Cast', 'float32 to int32 and back', [x4], (tf, [x]) => tf.cast(tf.cast(x, 'int32'), 'float32'), {
    formula: none,
  }),
  ask('Cast', 'float32 to bool', [x4], (tf, [x]) => tf.cast(tf.cast(x, 'bool'), 'float32'), { formula: none }),
  ask('Select', 'where, the other branch int32', [x4], (tf, [x]) =>
    tf.where(constant(tf, 'bool'), x, constant(tf, 'int32')),
  ),
  ask('Concat', 'with int32', [x4], (tf, [x]) => tf.concat([x, constant(tf, 'int32')])),
  ask('Pack', 'with int32', [x4], (tf, [x]) => tf.stack([x, constant(tf, 'int32')])),
  ask('AddN', 'with int32', [x4], (tf, [x]) => tf.addN([x, constant(tf, 'int32')])),
  ask('BatchMatMul', 'with int32', [random([2, 4], 1)], (tf, [x]) =>
    tf.matMul(x, tf.reshape(constant(tf, 'int32'), [4, 1])),
  ),
  ask('Prelu', 'alpha int32', [random([4], 1)], (tf, [x]) => tf.prelu(x, constant(tf, 'int32')), {
    formula: ([x], dy) => [Array.from(x, (y, i) => dy[i] * (y > 0 ? 1 : CONSTANTS.int32[i]))],
  }),
  ask('OneHot', 'times float32', [random([4, 5], 1)], (tf, [x]) => tf.mul(x, tf.oneHot(constant(tf, 'int32'), 5))),
  ask(
    'FusedBatchNorm',
    'statistics int32',
    [random([3, 4], 1)],
    (tf, [x]) => {
      const c = constant(tf, 'int32') as never;
      return tf.batchNorm(x, c, c, c, c);
    },
    { formula: (_x, dy) => [Array.from(dy, (d, i) => d * Math.sqrt(CONSTANTS.int32[i % 4]))] },
  ),
  ask('SquaredDifference', 'the loss, labels int32', [x4], (tf, [x]) =>
    tf.losses.meanSquaredError(constant(tf, 'int32'), x),
  ),
  ask('LogSoftmax', 'the loss, labels int32', [random([2, 4], 1)], (tf, [x]) =>
    tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d([1, 3], 'int32'), 4), x),
  ),
  ask('GreaterEqual', 'as a mask', [x4], (tf, [x]) => tf.mul(x, tf.greaterEqual(x, 2))),
  ask('Greater', 'as a mask', [x4], (tf, [x]) => tf.mul(x, tf.greater(x, 2))),
  ask('Less', 'as a mask', [x4], (tf, [x]) => tf.mul(x, tf.less(x, 2))),
  ask('LogicalNot', 'as a mask', [x4], (tf, [x]) => tf.mul(x, tf.logicalNot(tf.greaterEqual(x, 2)))),
  ...complexNumbers(),
];

// Operations on single numbers and pairs of them, with broadcasting, reductions and shapes.
import { ask, numbers, random } from './case.ts';
import type { Case, Formula, Tensor, Tf } from './case.ts';

type Unary = readonly [gradient: string, name: keyof Tf, low?: number, high?: number];

const UNARY: readonly Unary[] = [
  ['Abs', 'abs'],
  ['Acos', 'acos', -0.9, 0.9],
  ['Acosh', 'acosh', 1.2, 4],
  ['Asin', 'asin', -0.9, 0.9],
  ['Asinh', 'asinh'],
  ['Atan', 'atan'],
  ['Atanh', 'atanh', -0.9, 0.9],
  ['Ceil', 'ceil'],
  ['Cos', 'cos'],
  ['Cosh', 'cosh'],
  ['Elu', 'elu'],
  ['Erf', 'erf'],
  ['Exp', 'exp'],
  ['Expm1', 'expm1'],
  ['Floor', 'floor'],
  ['Identity', 'clone'],
  ['Log', 'log', 0.2, 3],
  ['Log1p', 'log1p', -0.5, 3],
  ['Neg', 'neg'],
  ['OnesLike', 'onesLike'],
  ['Reciprocal', 'reciprocal', 0.3, 2],
  ['Relu', 'relu'],
  ['Relu6', 'relu6', -4, 10],
  ['Round', 'round'],
  ['Rsqrt', 'rsqrt', 0.3, 3],
  ['Selu', 'selu'],
  ['Sigmoid', 'sigmoid'],
  ['Sign', 'sign'],
  ['Sin', 'sin'],
  ['Sinh', 'sinh'],
  ['Softplus', 'softplus'],
  ['Sqrt', 'sqrt', 0.2, 3],
  ['Square', 'square'],
  ['Step', 'step'],
  ['Tan', 'tan', -1, 1],
  ['Tanh', 'tanh'],
  ['ZerosLike', 'zerosLike'],
  ['LogSoftmax', 'logSoftmax'],
  ['Softmax', 'softmax'],
];

/** Slopes of functions whose values are rough where shaders compute them. */
const SLOPES: Readonly<Partial<Record<string, (x: number) => number>>> = {
  Acos: (x) => -1 / Math.sqrt(1 - x * x),
  Cos: (x) => -Math.sin(x),
  Sigmoid: (x) => 1 / (2 + Math.exp(x) + Math.exp(-x)),
  Sin: Math.cos,
  Tan: (x) => 1 / Math.cos(x) ** 2,
};

function slopesOf(gradient: string): Formula | null {
  const slope = SLOPES[gradient];
  return slope === undefined ? null : ([x], dy) => [Array.from(x, (one, i) => dy[i] * slope(one))];
}

const call = (tf: Tf, name: keyof Tf, ...x: Tensor[]): Tensor => (tf[name] as (...x: Tensor[]) => Tensor)(...x);

function unary([gradient, name, low, high]: Unary): Case[] {
  return [[7], [3, 4], [2, 1, 3, 2]].map((shape, k) =>
    ask(gradient, `shape ${shape.join('x')}`, [random(shape, k + 1, low, high)], (tf, [x]) => call(tf, name, x), {
      formula: slopesOf(gradient),
    }),
  );
}

const BINARY: readonly Unary[] = [
  ['Add', 'add'],
  ['Sub', 'sub'],
  ['Multiply', 'mul'],
  ['RealDiv', 'div', 0.5, 2],
  ['Pow', 'pow', 0.5, 2],
  ['Maximum', 'maximum'],
  ['Minimum', 'minimum'],
  ['SquaredDifference', 'squaredDifference'],
  ['Atan2', 'atan2', 0.3, 2],
  ['Mod', 'mod', 0.7, 5],
  ['FloorDiv', 'floorDiv', 0.7, 5],
];

function binary([gradient, name, low, high]: Unary): Case[] {
  const shapes: [number[], number[]][] = [
    [[5], [5]],
    [
      [3, 4],
      [3, 4],
    ],
    [[3, 4], [4]],
    [
      [2, 1, 3],
      [4, 1],
    ],
    [[], [3]],
  ];
  return shapes.map(([a, b], k) =>
    ask(
      gradient,
      `[${a.join()}] and [${b.join()}]`,
      [random(a, k + 1, low, high), random(b, k + 11, low, high)],
      (tf, [x, y]) => call(tf, name, x, y),
    ),
  );
}

const AXES = [undefined, 0, 1, [0, 2]] as const;
const axesOf = (axis: (typeof AXES)[number]): number[] | number | undefined => axis as number[] | number | undefined;

/** dy times the product of the other numbers that make the same one. */
function prodFormula(shape: readonly number[], axis: (typeof AXES)[number]): Formula {
  const isReduced = (d: number): boolean => axis === undefined || [axis as number | number[]].flat().includes(d);
  const target = (i: number): number => {
    let [rest, at, stride] = [i, 0, 1];
    for (let d = shape.length - 1; d >= 0; d--) {
      if (!isReduced(d)) {
        at += (rest % shape[d]) * stride;
        stride *= shape[d];
      }
      rest = Math.floor(rest / shape[d]);
    }
    return at;
  };
  const product = (x: Float32Array, i: number): number =>
    x.reduce((p, other, j) => (j !== i && target(j) === target(i) ? p * other : p), 1);
  return ([x], dy) => [Array.from(x, (_, i) => dy[target(i)] * product(x, i))];
}

function reductions(): Case[] {
  const names: [string, 'sum' | 'mean' | 'max' | 'min' | 'prod'][] = [
    ['Sum', 'sum'],
    ['Mean', 'mean'],
    ['Max', 'max'],
    ['Min', 'min'],
    ['Prod', 'prod'],
  ];
  return names.flatMap(([gradient, name]) =>
    AXES.flatMap((axis, k) =>
      [false, true].map((keep) =>
        ask(
          gradient,
          `axis ${axis === undefined ? 'all' : String(axis)}${keep ? ', kept' : ''}`,
          [random([2, 3, 4], k + 1)],
          (tf, [x]) => tf[name](x, axesOf(axis), keep),
          { formula: name === 'prod' ? prodFormula([2, 3, 4], axis) : null },
        ),
      ),
    ),
  );
}

export const ELEMENTWISE: readonly Case[] = [
  ...UNARY.flatMap(unary),
  ...BINARY.flatMap(binary),
  ...reductions(),
  ask('Pow', 'a negative base, whole exponents', [numbers([3], [-1.5, -0.7, 2])], (tf, [x]) =>
    tf.pow(x, tf.tensor1d([2, 3, 2])),
  ),
  ask('Pow', 'a base of 0', [numbers([2], [0, 2])], (tf, [x]) => tf.pow(x, tf.tensor1d([2, 2]))),
  ask(
    'Mod',
    'negative numbers',
    [numbers([4], [-3.3, 2.7, -1.2, 5.4]), numbers([4], [1.7, -1.1, -0.8, 1.3])],
    (tf, [x, y]) => tf.mod(x, y),
  ),
  ask(
    'Atan2',
    'all quadrants',
    [numbers([4], [1.2, -0.7, -1.1, 0.4]), numbers([4], [0.6, 0.9, -0.5, -1.3])],
    (tf, [y, x]) => tf.atan2(y, x),
  ),
  ask('RealDiv', 'negative numbers', [random([6], 1), numbers([6], [-1, 2, -0.5, 1.5, -2, 0.7])], (tf, [x, y]) =>
    tf.div(x, y),
  ),
  ask('Relu', 'at 0', [numbers([3], [0, 1, -1])], (tf, [x]) => tf.relu(x), { isKink: true }),
  ask('Abs', 'at 0', [numbers([3], [0, 1, -1])], (tf, [x]) => tf.abs(x), { isKink: true }),
  ask('Relu6', 'at 6', [numbers([3], [6, 1, -1])], (tf, [x]) => tf.relu6(x), { isKink: true }),
  ask('Maximum', 'equal numbers', [numbers([2], [1, 2]), numbers([2], [1, 3])], (tf, [x, y]) => tf.maximum(x, y), {
    isKink: true,
  }),
  ask('Max', 'a tie', [numbers([3], [2, 2, 1])], (tf, [x]) => tf.max(x), { isKink: true }),
  ask('Sigmoid', 'large scores', [numbers([4], [-20, 15, 8, -9])], (tf, [x]) => tf.sigmoid(x), {
    formula: slopesOf('Sigmoid'),
  }),
  ask('Softplus', 'large scores', [numbers([4], [-9, 15, 8, -6])], (tf, [x]) => tf.softplus(x)),
  ask('Softmax', 'large scores', [numbers([1, 4], [30, 28, 31, -5])], (tf, [x]) => tf.softmax(x)),
  ask('LeakyRelu', 'alpha 0.2', [random([3, 4], 1)], (tf, [x]) => tf.leakyRelu(x, 0.2)),
  ask('LeakyRelu', 'alpha 0', [random([3, 4], 1)], (tf, [x]) => tf.leakyRelu(x, 0)),
  ask('LeakyRelu', 'alpha 2', [random([3, 4], 1)], (tf, [x]) => tf.leakyRelu(x, 2)),
  ask('Prelu', 'alpha per column', [random([3, 4], 1), random([4], 2)], (tf, [x, a]) => tf.prelu(x, a)),
  ask('Prelu', 'alpha per entry', [random([3, 4], 1), random([3, 4], 2)], (tf, [x, a]) => tf.prelu(x, a)),
  ask('ClipByValue', '-0.5 to 0.5', [random([3, 4], 1)], (tf, [x]) => tf.clipByValue(x, -0.5, 0.5)),
  ask('ClipByValue', 'at the limit', [numbers([2], [0.5, 0.2])], (tf, [x]) => tf.clipByValue(x, -0.5, 0.5), {
    isKink: true,
  }),
  ask('AddN', 'three', [random([4], 1), random([4], 2), random([4], 3)], (tf, x) => tf.addN([...x])),
  ask('Select', 'where', [random([4], 1), random([4], 2)], (tf, [x, y]) =>
    tf.where(tf.tensor1d([1, 0, 1, 0], 'bool'), x, y),
  ),
  ask('Select', 'where, a condition of rows', [random([2, 3], 1), random([2, 3], 2)], (tf, [x, y]) =>
    tf.where(tf.tensor2d([[1], [0]], undefined, 'bool'), x, y),
  ),
  ask('Cast', 'float32', [random([4], 1)], (tf, [x]) => tf.cast(x, 'float32')),
  ask('Cumsum', 'of 3 and of 6', [random([3], 1)], (tf, [x]) => tf.concat([tf.cumsum(x), tf.cumsum(tf.tile(x, [2]))])),
  ask('Cumsum', 'axis 1', [random([2, 4], 1)], (tf, [x]) => tf.cumsum(x, 1)),
  ask('Cumsum', 'exclusive', [random([2, 4], 1)], (tf, [x]) => tf.cumsum(x, 1, true)),
  ask('Cumsum', 'reverse', [random([2, 4], 1)], (tf, [x]) => tf.cumsum(x, 1, false, true)),
  ask('Cumsum', 'exclusive, reverse, axis 0', [random([4, 2], 1)], (tf, [x]) => tf.cumsum(x, 0, true, true)),
  ask('Cumprod', 'axis 1', [random([2, 4], 1)], (tf, [x]) => tf.cumprod(x, 1)),
  ask('BroadcastTo', 'rows', [random([1, 3], 1)], (tf, [x]) => tf.broadcastTo(x, [4, 3])),
  ask('BroadcastTo', 'a new axis', [random([3], 1)], (tf, [x]) => tf.broadcastTo(x, [2, 4, 3])),
  ask('Concat', 'axis 1', [random([2, 3], 1), random([2, 2], 2)], (tf, x) => tf.concat([...x], 1)),
  ask('ExpandDims', 'axis 1', [random([2, 3], 1)], (tf, [x]) => tf.expandDims(x, 1)),
  ask('GatherV2', 'repeated, axis 0', [random([4, 3], 1)], (tf, [x]) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32'))),
  ask('GatherV2', 'axis 1', [random([2, 4], 1)], (tf, [x]) => tf.gather(x, tf.tensor1d([3, 1, 1], 'int32'), 1)),
  ask('GatherV2', 'indices in a matrix', [random([4, 3], 1)], (tf, [x]) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [2, 0],
          [1, 2],
        ],
        undefined,
        'int32',
      ),
    ),
  ),
  ask('GatherV2', 'with batches', [random([2, 4, 2], 1)], (tf, [x]) =>
    tf.gather(
      x,
      tf.tensor2d(
        [
          [2, 0],
          [1, 1],
        ],
        undefined,
        'int32',
      ),
      1,
      1,
    ),
  ),
  ask('MirrorPad', 'reflect', [random([3, 4], 1)], (tf, [x]) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 1],
      ],
      'reflect',
    ),
  ),
  ask('MirrorPad', 'symmetric', [random([3, 4], 1)], (tf, [x]) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [2, 1],
      ],
      'symmetric',
    ),
  ),
  ask('PadV2', 'uneven', [random([3, 4], 1)], (tf, [x]) =>
    tf.pad(
      x,
      [
        [1, 0],
        [2, 1],
      ],
      3,
    ),
  ),
  ask('Pack', 'axis 1', [random([3], 1), random([3], 2)], (tf, x) => tf.stack([...x], 1)),
  ask('Unpack', 'axis 1', [random([2, 3], 1)], (tf, [x]) => tf.addN(tf.unstack(x, 1).map((y, k) => tf.mul(y, k + 1)))),
  ask('Reshape', '6 to 2x3', [random([6], 1)], (tf, [x]) => tf.reshape(x, [2, 3])),
  ask('Reverse', 'axis 1', [random([2, 3], 1)], (tf, [x]) => tf.reverse(x, 1)),
  ask('Slice', 'the middle', [random([4, 4], 1)], (tf, [x]) => tf.slice(x, [1, 2], [2, 2])),
  ask('SplitV', 'uneven', [random([2, 6], 1)], (tf, [x]) =>
    tf.addN(tf.split(x, [2, 2, 2], 1).map((y, k) => tf.mul(y, k + 1))),
  ),
  ask('Tile', 'rows and columns', [random([2, 3], 1)], (tf, [x]) => tf.tile(x, [2, 3])),
  ask('Tile', 'rank 1', [random([3], 1)], (tf, [x]) => tf.tile(x, [3])),
  ask('Tile', 'rank 3', [random([2, 1, 2], 1)], (tf, [x]) => tf.tile(x, [2, 3, 1])),
  ask('Transpose', 'cyclic', [random([2, 3, 4], 1)], (tf, [x]) => tf.transpose(x, [2, 0, 1])),
  ask('UnsortedSegmentSum', 'repeated', [random([4, 2], 1)], (tf, [x]) =>
    tf.unsortedSegmentSum(x, tf.tensor1d([1, 0, 1, 2], 'int32'), 3),
  ),
  ask('StridedSlice', 'every second', [random([6], 1)], (tf, [x]) => tf.stridedSlice(x, [0], [6], [2])),
  ask('GatherNd', 'two entries', [random([3, 3], 1)], (tf, [x]) =>
    tf.gatherND(
      x,
      tf.tensor2d(
        [
          [0, 1],
          [2, 2],
        ],
        undefined,
        'int32',
      ),
    ),
  ),
  ask('TopK', 'two of five', [random([5], 1)], (tf, [x]) => tf.topk(x, 2).values),
  ask('SpaceToBatchND', '2x2', [random([1, 4, 4, 1], 1)], (tf, [x]) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  ask('SpaceToBatchND', 'with padding', [random([1, 3, 3, 1], 1)], (tf, [x]) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [1, 0],
        [0, 1],
      ],
    ),
  ),
  ask('BatchToSpaceND', '2x2', [random([4, 2, 2, 1], 1)], (tf, [x]) =>
    tf.batchToSpaceND(
      x as never,
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  ask('BatchToSpaceND', 'with crops', [random([4, 2, 2, 1], 1)], (tf, [x]) =>
    tf.batchToSpaceND(
      x as never,
      [2, 2],
      [
        [1, 0],
        [0, 1],
      ],
    ),
  ),
  ask('ComplexAbs', 'from real and imaginary', [random([3], 1), random([3], 2)], (tf, [re, im]) =>
    tf.abs(tf.complex(re, im)),
  ),
];

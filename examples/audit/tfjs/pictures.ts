// Products of matrices, convolutions, pooling, resizing and normalisations.
import { ask, numbers, random } from './case.ts';
import type { Case, Input, Tensor, Tensor4D } from './case.ts';

type Pad = 'same' | 'valid';
const t4 = (x: Tensor): Tensor4D => x as Tensor4D;

const PADS: readonly Pad[] = ['valid', 'same'];
const STRIDES = [1, 2] as const;
const SIGNS: readonly [string, number | undefined, number | undefined][] = [
  ['', undefined, undefined],
  [', nothing positive', -3, -1],
];

function convolutions(): Case[] {
  return PADS.flatMap((pad) =>
    STRIDES.flatMap((stride) => [
      ask('Conv2D', `3x3, stride ${stride}, ${pad}`, [random([2, 5, 6, 2], 1), random([3, 3, 2, 3], 2)], (tf, [x, w]) =>
        tf.conv2d(t4(x), t4(w), stride, pad),
      ),
      ask(
        'DepthwiseConv2dNative',
        `3x2, stride ${stride}, ${pad}`,
        [random([2, 5, 6, 2], 1), random([3, 2, 2, 2], 2)],
        (tf, [x, w]) => tf.depthwiseConv2d(t4(x), t4(w), stride, pad),
      ),
      ask(
        'Conv3D',
        `2x2x2, stride ${stride}, ${pad}`,
        [random([1, 3, 4, 3, 2], 1), random([2, 2, 2, 2, 2], 2)],
        (tf, [x, w]) => tf.conv3d(x as never, w as never, stride, pad),
      ),
      ask(
        'Conv2DBackpropInput',
        `transposed, 3x3, stride ${stride}, ${pad}`,
        [random([1, 3, 3, 2], 1), random([3, 3, 1, 2], 2)],
        (tf, [x, w]) =>
          tf.conv2dTranspose(
            t4(x),
            t4(w),
            pad === 'same' ? [1, 3 * stride, 3 * stride, 1] : [1, 2 * stride + 3, 2 * stride + 3, 1],
            stride,
            pad,
          ),
      ),
      ask(
        'Dilation2D',
        `2x2, stride ${stride}, ${pad}`,
        [random([1, 4, 4, 2], 1), random([2, 2, 2], 2)],
        (tf, [x, w]) => tf.dilation2d(x as never, w as never, stride, pad),
      ),
      ...[2, 3].flatMap((window) => [
        ...SIGNS.map(([name, low, high]) =>
          ask(
            'MaxPool',
            `${window}x${window}, stride ${stride}, ${pad}${name}`,
            [random([1, 5, 4, 2], 3, low, high)],
            (tf, [x]) => tf.maxPool(t4(x), window, stride, pad),
            { formula: poolFormula([1, 5, 4, 2], window, stride, pad, 'max') },
          ),
        ),
        ask(
          'AvgPool',
          `${window}x${window}, stride ${stride}, ${pad}`,
          [random([1, 5, 4, 2], 3)],
          (tf, [x]) => tf.avgPool(t4(x), window, stride, pad),
          { formula: poolFormula([1, 5, 4, 2], window, stride, pad, 'mean') },
        ),
      ]),
      ...SIGNS.map(([name, low, high]) =>
        ask(
          'MaxPool3D',
          `2, stride ${stride}, ${pad}${name}`,
          [random([1, 3, 4, 3, 1], 4, low, high)],
          (tf, [x]) => tf.maxPool3d(x as never, 2, stride, pad),
          { formula: pool3Formula([1, 3, 4, 3, 1], 2, stride, pad, 'max') },
        ),
      ),
      ask(
        'AvgPool3D',
        `2, stride ${stride}, ${pad}`,
        [random([1, 3, 4, 3, 1], 4)],
        (tf, [x]) => tf.avgPool3d(x as never, 2, stride, pad),
        { formula: pool3Formula([1, 3, 4, 3, 1], 2, stride, pad, 'mean') },
      ),
    ]),
  );
}

/** Where windows begin along one axis: TensorFlow's rule for 'same'. */
function placesAlong(length: number, window: number, stride: number, pad: Pad): { outputs: number; before: number } {
  if (pad !== 'same') return { outputs: Math.floor((length - window) / stride) + 1, before: 0 };
  const outputs = Math.ceil(length / stride);
  return { outputs, before: Math.floor(Math.max(0, (outputs - 1) * stride + window - length) / 2) };
}

type Pooling = 'max' | 'mean';

/** Of each window, the largest entry or all that are inside; from the definition, in binary64. */
function poolFormula(
  [N, H, W, C]: readonly number[],
  window: number,
  stride: number,
  pad: Pad,
  kind: Pooling,
): Case['formula'] {
  return ([x], dy) => {
    const dx = Array.from(x, () => 0);
    const [rows, cols] = [H, W].map((length) => placesAlong(length, window, stride, pad));
    let at = 0;
    for (let n = 0; n < N; n++)
      for (let i = 0; i < rows.outputs; i++)
        for (let j = 0; j < cols.outputs; j++)
          for (let c = 0; c < C; c++, at++) {
            const inside: number[] = [];
            for (let a = 0; a < window; a++)
              for (let b = 0; b < window; b++) {
                const [h, w] = [i * stride - rows.before + a, j * stride - cols.before + b];
                if (h >= 0 && w >= 0 && h < H && w < W) inside.push(((n * H + h) * W + w) * C + c);
              }
            const best = inside.reduce((p, q) => (x[q] > x[p] ? q : p));
            for (const k of kind === 'max' ? [best] : inside) dx[k] += dy[at] / (kind === 'max' ? 1 : inside.length);
          }
    return [dx];
  };
}

function pool3Formula(
  [N, D, H, W, C]: readonly number[],
  window: number,
  stride: number,
  pad: Pad,
  kind: Pooling,
): Case['formula'] {
  return ([x], dy) => {
    const dx = Array.from(x, () => 0);
    const along = [D, H, W].map((length) => placesAlong(length, window, stride, pad));
    let at = 0;
    for (let n = 0; n < N; n++)
      for (let o = 0; o < along[0].outputs; o++)
        for (let i = 0; i < along[1].outputs; i++)
          for (let j = 0; j < along[2].outputs; j++)
            for (let c = 0; c < C; c++, at++) {
              const inside: number[] = [];
              for (let k = 0; k < window ** 3; k++) {
                const [d, h, w] = [
                  o * stride - along[0].before + Math.floor(k / window ** 2),
                  i * stride - along[1].before + (Math.floor(k / window) % window),
                  j * stride - along[2].before + (k % window),
                ];
                if (d >= 0 && h >= 0 && w >= 0 && d < D && h < H && w < W)
                  inside.push((((n * D + d) * H + h) * W + w) * C + c);
              }
              const best = inside.reduce((p, q) => (x[q] > x[p] ? q : p));
              for (const k of kind === 'max' ? [best] : inside) dx[k] += dy[at] / (kind === 'max' ? 1 : inside.length);
            }
    return [dx];
  };
}

function resizing(): Case[] {
  const sizes: [number, number][] = [
    [7, 9],
    [2, 3],
    [4, 5],
  ];
  return sizes.flatMap((size) =>
    (
      [
        [false, false],
        [true, false],
        [false, true],
      ] as const
    ).flatMap(([corners, centres]) =>
      (['resizeBilinear', 'resizeNearestNeighbor'] as const).map((name) =>
        ask(
          name === 'resizeBilinear' ? 'ResizeBilinear' : 'ResizeNearestNeighbor',
          `4x5 to ${size.join('x')}${corners ? ', corners aligned' : ''}${centres ? ', half pixel centres' : ''}`,
          [random([1, 4, 5, 2], 5)],
          (tf, [x]) => tf.image[name](t4(x), size, corners, centres),
        ),
      ),
    ),
  );
}

function products(): Case[] {
  return [false, true].flatMap((a) =>
    [false, true].map((b) =>
      ask(
        'BatchMatMul',
        `${a ? 'aᵀ' : 'a'} ${b ? 'bᵀ' : 'b'}`,
        [random(a ? [3, 2] : [2, 3], 1), random(b ? [4, 3] : [3, 4], 2)],
        (tf, [x, y]) => tf.matMul(x, y, a, b),
      ),
    ),
  );
}

const image: Input = random([2, 3, 3, 2], 6);

export const PICTURES: readonly Case[] = [
  ...products(),
  ask('BatchMatMul', 'batches', [random([2, 2, 3], 1), random([2, 3, 2], 2)], (tf, [x, y]) => tf.matMul(x, y)),
  ask('BatchMatMul', 'batches, broadcast', [random([2, 2, 3], 1), random([1, 3, 2], 2)], (tf, [x, y]) =>
    tf.matMul(x, y),
  ),
  ...convolutions(),
  ask('Conv2D', '1x1', [image, random([1, 1, 2, 3], 2)], (tf, [x, w]) => tf.conv2d(t4(x), t4(w), 1, 'valid')),
  ask('Conv2D', 'dilated', [random([1, 6, 6, 1], 1), random([2, 2, 1, 1], 2)], (tf, [x, w]) =>
    tf.conv2d(t4(x), t4(w), 1, 'valid', 'NHWC', 2),
  ),
  ask('Conv2D', 'padding 1', [random([1, 4, 4, 1], 1), random([3, 3, 1, 1], 2)], (tf, [x, w]) =>
    tf.conv2d(t4(x), t4(w), 1, 1),
  ),
  ask('DepthwiseConv2dNative', 'dilated', [random([1, 6, 6, 1], 1), random([2, 2, 1, 1], 2)], (tf, [x, w]) =>
    tf.depthwiseConv2d(t4(x), t4(w), 1, 'valid', 'NHWC', 2),
  ),
  ask('MaxPool', 'a tie', [numbers([1, 2, 2, 1], [1, 1, 0, -1])], (tf, [x]) => tf.maxPool(t4(x), 2, 1, 'valid'), {
    isKink: true,
  }),
  ...resizing(),
  ask(
    'FusedBatchNorm',
    'four parameters',
    [image, random([2], 1), random([2], 2, 0.5, 2), random([2], 3), random([2], 4)],
    (tf, [x, m, v, offset, scale]) => tf.batchNorm(x, m, v, offset, scale),
  ),
  ask(
    'FusedBatchNorm',
    'without scale',
    [image, random([2], 1), random([2], 2, 0.5, 2), random([2], 3)],
    (tf, [x, m, v, offset]) => tf.batchNorm(x, m, v, offset),
  ),
  ask('FusedBatchNorm', 'moments of the batch', [image], (tf, [x]) => {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean, variance);
  }),
  ask('LRN', 'radius 1', [random([1, 2, 2, 5], 1)], (tf, [x]) => tf.localResponseNormalization(t4(x), 1, 1, 0.5, 0.7)),
  ask('LRN', 'radius 2', [random([1, 2, 2, 5], 2)], (tf, [x]) => tf.localResponseNormalization(t4(x), 2, 2, 0.3, 0.5)),
  ask(
    'FusedConv2D',
    'with a bias and relu',
    [random([1, 4, 4, 1], 1), random([3, 3, 1, 2], 2), random([2], 3)],
    (tf, [x, filter, bias]) =>
      tf.fused.conv2d({ x: t4(x), filter: t4(filter), strides: 1, pad: 'same', bias, activation: 'relu' }),
  ),
  ask(
    'FusedMatMul',
    'with a bias and sigmoid',
    [random([2, 3], 1), random([3, 2], 2), random([2], 3)],
    (tf, [a, b, bias]) => tf.fused.matMul({ a, b, bias, activation: 'sigmoid' }),
  ),
  ask('FusedMatMul', 'transposed, with elu', [random([3, 2], 1), random([2, 3], 2)], (tf, [a, b]) =>
    tf.fused.matMul({ a, b, transposeA: true, transposeB: true, activation: 'elu' }),
  ),
  ask('FusedDepthwiseConv2D', 'with relu6', [random([1, 4, 4, 2], 1), random([2, 2, 2, 1], 2)], (tf, [x, filter]) =>
    tf.fused.depthwiseConv2d({ x: t4(x), filter: t4(filter), strides: 1, pad: 'same', activation: 'relu6' }),
  ),
  ask('Einsum', 'ij,jk->ik', [random([2, 3], 1), random([3, 2], 2)], (tf, [a, b]) => tf.einsum('ij,jk->ik', a, b)),
  ask('FFT', 'real part', [random([4], 1), random([4], 2)], (tf, [re, im]) =>
    tf.real(tf.spectral.fft(tf.complex(re, im))),
  ),
  ask('RFFT', 'imaginary part', [random([8], 1)], (tf, [x]) => tf.imag(tf.spectral.rfft(x))),
  ask('CropAndResize', 'one box', [random([1, 4, 4, 1], 1)], (tf, [x]) =>
    tf.image.cropAndResize(t4(x), tf.tensor2d([[0.1, 0.1, 0.9, 0.8]]), tf.tensor1d([0], 'int32'), [3, 3]),
  ),
];

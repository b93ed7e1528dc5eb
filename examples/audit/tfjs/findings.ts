// Why gradients of TensorFlow.js 4.22 are wrong or missing: the lines of its source.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Verdict } from './check.ts';

export interface TfjsFinding {
  readonly gradient: string;
  readonly verdict: Verdict;
  readonly backends: readonly string[];
  readonly text: string;
  /** Package, file in it, and the quoted line. */
  readonly source: readonly [packageName: string, file: string, quote: string];
}

const ALL = ['cpu', 'wasm', 'node', 'webgl', 'webgpu'];
const grad = (name: string, quote: string): TfjsFinding['source'] => [
  'tfjs-core',
  `dist/gradients/${name}_grad.js`,
  quote,
];

/** The same mistake in kernels of their own, by their files and lines. */
function ofShaders(
  gradient: string,
  text: string,
  webgl: readonly [file: string, quote: string],
  webgpu: readonly [file: string, quote: string],
  verdict: Verdict = 'wrong',
): TfjsFinding[] {
  return Object.entries({ webgl, webgpu }).map(([backend, [file, quote]]) => ({
    ...{ gradient, verdict, text, backends: [backend] },
    source: [`tfjs-backend-${backend}`, `dist/${file}`, quote],
  }));
}

const AT_BORDER = 'at the border the forward pass divides by the entries inside, the gradient by the whole window';
const NO_CENTRES = 'the kernel of the gradient does not know halfPixelCenters';
const BACKWARDS =
  'sums and products backwards are wrong once they were asked for at two lengths: the shader has the length in it, and is kept by a key without it; whether one is wrong depends on those before';
const ROUGH = 'the gradient is right; WGSL allows values an error of 2⁻¹¹, for acos of 6.8e-5, and SwiftShader uses it';
const FUNCTIONS = [
  ['Sin', 'return sin(x);', 'const SIN ='],
  ['Cos', 'return cos(x);', 'const COS ='],
  ['Tan', 'return tan(x);', 'const TAN ='],
  ['Acos', 'return acos(x);', 'const ACOS ='],
] as const;

export const FINDINGS: readonly TfjsFinding[] = [
  {
    gradient: 'MirrorPad',
    verdict: 'wrong',
    backends: ALL,
    text: 'what was mirrored into the padding is cut off, not added back to the entries that it came from',
    source: grad('MirrorPad', 'return { x: () => slice(dy, begin, x.shape) };'),
  },
  {
    gradient: 'FloorDiv',
    verdict: 'wrong',
    backends: ALL,
    text: 'the gradient of a plain division: that of a quotient rounded down is 0',
    source: grad('FloorDiv', "const res = div(dy, cast(b, 'float32'));"),
  },
  {
    gradient: 'AvgPool',
    verdict: 'wrong',
    backends: ['cpu', 'wasm'],
    text: AT_BORDER,
    source: [
      'tfjs-backend-cpu',
      'dist/kernels/AvgPoolGrad.js',
      'const avgMultiplier = 1 / (filterHeight * filterWidth);',
    ],
  },
  {
    gradient: 'AvgPool3D',
    verdict: 'wrong',
    backends: ['cpu', 'wasm'],
    text: AT_BORDER,
    source: [
      'tfjs-backend-cpu',
      'dist/kernels/AvgPool3DGrad.js',
      'const avgMultiplier = 1 / (filterDepth * filterHeight * filterWidth);',
    ],
  },
  {
    gradient: 'MaxPool',
    verdict: 'wrong',
    backends: ['wasm'],
    text: 'the compiled kernel sends the gradient to other entries than the largest',
    source: ['tfjs-backend-wasm', 'dist/kernels/MaxPoolGrad.js', 'wasmMaxPoolGrad('],
  },
  {
    gradient: 'MaxPool3D',
    verdict: 'wrong',
    backends: ['wasm'],
    text: 'the compiled kernel is wrong where nothing in a window is positive',
    source: ['tfjs-backend-wasm', 'dist/kernels/MaxPool3DGrad.js', 'wasmMaxPool3DGrad('],
  },
  {
    gradient: 'Conv3D',
    verdict: 'wrong',
    backends: ['wasm'],
    text: 'the compiled kernel of the input’s gradient is wrong',
    source: ['tfjs-backend-wasm', 'dist/kernels/Conv3DBackpropInputV2.js', 'wasmConv3DBackpropInputV2('],
  },
  {
    gradient: 'ResizeNearestNeighbor',
    verdict: 'wrong',
    backends: ['cpu', 'wasm', 'node'],
    text: NO_CENTRES,
    source: ['tfjs-backend-cpu', 'dist/kernels/ResizeNearestNeighborGrad.js', 'const { alignCorners } = attrs;'],
  },
  {
    gradient: 'ResizeBilinear',
    verdict: 'wrong',
    backends: ['wasm', 'node'],
    text: NO_CENTRES,
    source: ['tfjs-backend-cpu', 'dist/kernels/ResizeBilinearGrad.js', 'const { alignCorners } = attrs;'],
  },
  {
    gradient: 'ResizeBilinear',
    verdict: 'throws',
    backends: ['cpu'],
    text: 'height and width of the result are exchanged: a picture that is not square throws',
    source: [
      'tfjs-backend-cpu',
      'dist/kernels/ResizeBilinearGrad.js',
      'backend.makeTensorInfo([batch, xWidth, xHeight, depth]',
    ],
  },
  {
    gradient: 'Maximum',
    verdict: 'throws',
    backends: ALL,
    text: 'not summed over the axes that were broadcast',
    source: grad('Maximum', "const derA = () => mul(dy, cast(greaterEqual(a, b), 'float32'));"),
  },
  {
    gradient: 'Minimum',
    verdict: 'throws',
    backends: ALL,
    text: 'not summed over the axes that were broadcast',
    source: grad('Minimum', "const derA = () => mul(dy, cast(lessEqual(a, b), 'float32'));"),
  },
  {
    gradient: 'SquaredDifference',
    verdict: 'throws',
    backends: ALL,
    text: 'not summed over the axes that were broadcast',
    source: grad('SquaredDifference', 'const derA = () => mul(dy, mul(two, sub(a, b)));'),
  },
  {
    gradient: 'BatchMatMul',
    verdict: 'throws',
    backends: ALL,
    text: 'not summed over batches that were broadcast',
    source: grad('BatchMatMul', 'b: () => matMul(a, dy, true, false)'),
  },
  {
    gradient: 'Cumsum',
    verdict: 'throws',
    backends: ALL,
    text: 'the result is transposed for an axis that is not the last, although cumsum has put it back itself: a matrix that is not square throws',
    source: grad('Cumsum', 'out = transpose(out, permutation);'),
  },
  {
    gradient: 'FusedBatchNorm',
    verdict: 'throws',
    backends: ALL,
    text: 'without scale, the scale that is to be saved is undefined',
    source: grad('FusedBatchNorm', "inputsToSave: ['x', 'mean', 'variance', 'scale'],"),
  },
  {
    gradient: 'Conv2D',
    verdict: 'throws',
    backends: ALL,
    text: 'dilations above 1 are refused; on wasm the kernel Conv2DBackpropFilter is missing',
    source: grad('Conv2D', 'tupleValuesAreOne(dilations)'),
  },
  {
    gradient: 'DepthwiseConv2dNative',
    verdict: 'throws',
    backends: ALL,
    text: 'dilations above 1 are refused; on wasm the kernels of the gradients are missing',
    source: grad('DepthwiseConv2dNative', 'tupleValuesAreOne($dilations)'),
  },
  {
    gradient: 'Cast',
    verdict: 'wrong',
    backends: ALL,
    text: 'the gradient of a copy, whatever the type: that of numbers cut to whole ones is 0',
    source: grad('Cast', 'return { x: () => dy.clone() };'),
  },
  {
    gradient: 'ComplexAbs',
    verdict: 'wrong',
    backends: ['cpu', 'node', 'webgl', 'webgpu'],
    text: 'the gradient of the real absolute value: the sign of the real part, and nothing for the imaginary one',
    source: grad('ComplexAbs', 'gradFunc: absGradConfig.gradFunc,'),
  },
  {
    gradient: 'Prelu',
    verdict: 'wrong',
    backends: ['wasm'],
    text: 'the gradient is right, the value of the compiled kernel is not where an argument is int32',
    source: ['tfjs-backend-wasm', 'dist/kernels/Prelu.js', 'wasmPrelu(inputId, weightsId, outId);'],
  },
  {
    gradient: 'FusedBatchNorm',
    verdict: 'wrong',
    backends: ['wasm'],
    text: 'the gradient is right, the value of the compiled kernel is not where an argument is int32',
    source: ['tfjs-backend-wasm', 'dist/kernels/FusedBatchNorm.js', 'wasmBatchNorm('],
  },
  ...ofShaders(
    'AvgPool',
    AT_BORDER,
    ['avg_pool_backprop_gpu.js', 'const avgMultiplier = 1 / (filterHeight * filterWidth);'],
    ['kernels/AvgPoolGrad.js', 'const avgMultiplier = 1 / (convInfo.filterHeight * convInfo.filterWidth);'],
  ),
  ...ofShaders(
    'AvgPool3D',
    AT_BORDER,
    ['avg_pool_backprop_gpu.js', 'const avgMultiplier = 1 / (filterDepth * filterHeight * filterWidth);'],
    [
      'kernels/AvgPool3DGrad.js',
      'const avgMultiplier = 1 / (convInfo.filterDepth * convInfo.filterHeight * convInfo.filterWidth);',
    ],
  ),
  ...(['ResizeBilinear', 'ResizeNearestNeighbor'] as const).flatMap((gradient) => {
    const line = [`kernels/${gradient}Grad.js`, 'const { alignCorners } = attrs;'] as const;
    return ofShaders(gradient, NO_CENTRES, line, line);
  }),
  ...['Cumsum', 'Prod'].map((gradient): TfjsFinding => ({
    ...{ gradient, verdict: 'wrong', backends: ['webgpu'], text: BACKWARDS },
    source: ['tfjs-backend-webgpu', 'dist/cum_webgpu.js', 'this.shaderKey = `cum_'],
  })),
  {
    gradient: 'Dilation2D',
    verdict: 'throws',
    backends: ['webgl'],
    text: 'the kernels of the gradients are missing; webgpu has them',
    source: ['tfjs-backend-webgl', 'dist/register_all_kernels.js', 'dilation2DConfig,'],
  },
  ...FUNCTIONS.flatMap(([gradient, webgl, webgpu]) =>
    ofShaders(gradient, ROUGH, [`kernels/${gradient}.js`, webgl], ['unary_op_util.js', webgpu], 'inexact'),
  ),
  ...ofShaders(
    'Sigmoid',
    'the gradient is right; near 1, values are apart by 2⁻²⁴ or more: steps that slopes take are lost',
    ['kernels/Sigmoid.js', 'const SIGMOID ='],
    ['unary_op_util.js', 'const SIGMOID ='],
    'inexact',
  ),
];

/** "tfjs-core/dist/gradients/MirrorPad_grad.js:31" of the installed version. */
export function placeOf({ source: [packageName, file, quote] }: TfjsFinding): string {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve(`@tensorflow/${packageName}/package.json`));
  const line = readFileSync(join(folder, file), 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(quote));
  if (line === -1) throw new Error(`${packageName}/${file}: the line "${quote}" is not there`);
  return `${packageName}/${file}:${line + 1}`;
}

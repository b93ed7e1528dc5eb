// The convolution in TensorFlow.js: its own layer where that has a right gradient, else the same
// from other operations.
//
// Two backends of TensorFlow.js 4.22 cannot take the gradient themselves. `wasm` has no kernel for
// that of the filter, and its convolution is wrong with padding `same` where the last window ends
// before the edge of the picture (strides larger than the kernel). In native TensorFlow (2.21,
// measured with oneDNN), the gradient of the input is wrong for one channel and one filter.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { LayerPage, OwnLayerOptions } from './page.ts';
import { gather, pairOf, windowsOf } from './windows.ts';
import type { ConvolutionFields, Windows } from './windows.ts';

type Tf = typeof TensorFlow;
type Convolution = (x: TensorFlow.Tensor4D, W: TensorFlow.Tensor4D) => TensorFlow.Tensor4D;

/** tf.layers.conv2d, unless the backend in use has no right gradient for it. */
export function ownConvolution(
  tf: Tf,
  spec: ConvolutionFields,
  more: OwnLayerOptions,
): TensorFlow.layers.Layer | undefined {
  if (lacksFilterGradient(tf) || isWrongInNative(tf, spec)) return undefined;
  const { filters, kernel, stride = 1, padding = 'valid' } = spec;
  return tf.layers.conv2d({ filters, kernelSize: [...pairOf(kernel)], strides: [...pairOf(stride)], padding, ...more });
}

/** z (B, P·F) from x (B, H·W·C). */
export const convolutionTwin: LayerPage<string, ConvolutionFields>['tfjs'] = (tf, x, { weights, bias }, spec) => {
  const { H, W, C, R, Q } = windowsOf(spec, spec.kernel);
  const convolved = convolution(tf, spec)(tf.reshape(x, [-1, H, W, C]), weights as TensorFlow.Tensor4D);
  return tf.reshape(tf.add(convolved, bias), [-1, R * Q * spec.filters]);
};

function lacksFilterGradient(tf: Tf): boolean {
  return tf.getKernel('Conv2DBackpropFilter', tf.getBackend()) === undefined;
}

function isWrongInNative(tf: Tf, { filters, inputShape }: ConvolutionFields): boolean {
  return tf.getBackend() === 'tensorflow' && filters === 1 && inputShape?.[2] === 1;
}

function convolution(tf: Tf, spec: ConvolutionFields): Convolution {
  const { stride = 1, padding = 'valid' } = spec;
  const windows = windowsOf(spec, spec.kernel);
  const plain: Convolution = (x, W) =>
    tf.getBackend() === 'wasm' && padding === 'same' && leavesCells(windows)
      ? tf.conv2d(padded(tf, x, windows), W, [...pairOf(stride)], 'valid')
      : tf.conv2d(x, W, [...pairOf(stride)], padding);
  if (lacksFilterGradient(tf)) return withFilterGradient(tf, spec, plain);
  if (!isWrongInNative(tf, spec)) return plain;
  // a second filter of zeros, which is then left out
  return (x, W) => tf.slice(plain(x, tf.concat([W, tf.zerosLike(W)], 3)), [0, 0, 0, 0], [-1, -1, -1, 1]);
}

/** Whether cells after the last window are in none. */
function leavesCells({ H, W, kh, kw, sh, sw, R, Q }: Windows): boolean {
  return (R - 1) * sh + kh < H || (Q - 1) * sw + kw < W;
}

/** With the zeros around it that padding `same` takes: `valid` windows are then the same. */
function padded(
  tf: Tf,
  x: TensorFlow.Tensor4D,
  { H, W, kh, kw, sh, sw, top, left, R, Q }: Windows,
): TensorFlow.Tensor4D {
  const [bottom, right] = [Math.max(0, (R - 1) * sh + kh - H - top), Math.max(0, (Q - 1) * sw + kw - W - left)];
  return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
}

/** The gradient of the kernel as one product of matrices: xᵀ dz over the windows of all. */
function withFilterGradient(tf: Tf, spec: ConvolutionFields, plain: Convolution): Convolution {
  const { stride = 1, padding = 'valid' } = spec;
  const windows = windowsOf(spec, spec.kernel);
  return tf.customGrad((...args) => {
    const [x, W, save] = args as [TensorFlow.Tensor4D, TensorFlow.Tensor4D, TensorFlow.GradSaveFunc];
    save([x, W]);
    const gradFunc = (dz: TensorFlow.Tensor, saved: TensorFlow.Tensor[]): TensorFlow.Tensor[] => {
      const [x, W] = saved as [TensorFlow.Tensor4D, TensorFlow.Tensor4D];
      const dx = tf.conv2dTranspose(dz as TensorFlow.Tensor4D, W, x.shape, [...pairOf(stride)], padding);
      const dW = tf.matMul(tf.transpose(windowsIn(tf, x, windows)), tf.reshape(dz, [-1, spec.filters]));
      return [dx, tf.reshape(dW, W.shape)];
    };
    return { value: plain(x, W), gradFunc };
  });
}

/**
 * (B·P, K): the numbers in each window. Copied here: TensorFlow.js would take a slice for each cell
 * of a window, and several times as long.
 */
function windowsIn(tf: Tf, x: TensorFlow.Tensor4D, { cells, H, W, C, kh, kw }: Windows): TensorFlow.Tensor2D {
  const [[B], each, data] = [x.shape, cells.length * C, x.dataSync<'float32'>()];
  const out = new Float32Array(B * each);
  for (let n = 0; n < B; n++) gather(out.subarray(n * each), data, n * H * W * C, cells, C);
  return tf.tensor2d(out, [out.length / (kh * kw * C), kh * kw * C]);
}

// The convolution in TensorFlow.js: its own layer where that has a right gradient, else the same
// from other operations.
//
// Two backends of TensorFlow.js 4.22 cannot take the gradient themselves. `wasm` has no kernel for
// that of the filter. In native TensorFlow (2.21, measured with oneDNN), the gradient of the input
// is wrong for one channel and one filter.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { LayerPage, OwnLayerOptions } from './page.ts';
import { pairOf, windowsOf } from './windows.ts';
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
  const plain: Convolution = (x, W) => tf.conv2d(x, W, [...pairOf(stride)], padding);
  if (lacksFilterGradient(tf)) return withFilterGradient(tf, spec, plain);
  if (!isWrongInNative(tf, spec)) return plain;
  // a second filter of zeros, which is then left out
  return (x, W) => tf.slice(plain(x, tf.concat([W, tf.zerosLike(W)], 3)), [0, 0, 0, 0], [-1, -1, -1, 1]);
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
      const inWindows = tf.reshape(windowsIn(tf, x, windows), [-1, W.size / spec.filters]);
      const dW = tf.matMul(tf.transpose(inWindows), tf.reshape(dz, [-1, spec.filters]));
      return [dx, tf.reshape(dW, W.shape)];
    };
    return { value: plain(x, W), gradFunc };
  });
}

/** (B, R, Q, kh·kw·C): the numbers in each window. */
function windowsIn(
  tf: Tf,
  x: TensorFlow.Tensor4D,
  { H, W, C, kh, kw, sh, sw, top, left, R, Q }: Windows,
): TensorFlow.Tensor {
  const [rows, cols] = [(R - 1) * sh, (Q - 1) * sw];
  const [bottom, right] = [Math.max(0, rows + kh - H - top), Math.max(0, cols + kw - W - left)];
  const padded = tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]]); // prettier-ignore
  const cells = Array.from({ length: kh * kw }, (_, t) => {
    const [i, j] = [Math.floor(t / kw), t % kw];
    return tf.stridedSlice(padded, [0, i, j, 0], [x.shape[0], i + rows + 1, j + cols + 1, C], [1, sh, sw, 1]);
  });
  return tf.concat(cells, 3);
}

// Max pooling in TensorFlow.js: its own layer, except on `wasm` (4.22), whose gradient of a window
// without a positive number goes to the first cell of the whole picture.
import type * as TensorFlow from '@tensorflow/tfjs';
import type { LayerPage, OwnLayerOptions } from './page.ts';
import { poolWindows, tfjsPool } from './pool.ts';
import type { PoolFields } from './windows.ts';

type Tf = typeof TensorFlow;
type Pool = (x: TensorFlow.Tensor4D) => TensorFlow.Tensor4D;
/** dx of tf.maxPool of a picture. */
type Gradient = (dz: TensorFlow.Tensor, of: TensorFlow.Tensor4D) => TensorFlow.Tensor;

const isWrong = (tf: Tf): boolean => tf.getBackend() === 'wasm';

export function ownMaxPool(
  tf: Tf,
  spec: PoolFields,
  { inputShape }: OwnLayerOptions,
): TensorFlow.layers.Layer | undefined {
  if (isWrong(tf)) return undefined;
  return tf.layers.maxPooling2d({ ...tfjsPool(spec), ...(inputShape !== undefined && { inputShape }) });
}

/** z (B, P·C) from x (B, H·W·C). */
export const maxPoolTwin: LayerPage<string, PoolFields>['tfjs'] = (tf, x, _p, spec) => {
  const { H, W, C, R, Q } = poolWindows(spec);
  const { poolSize, strides, padding } = tfjsPool(spec);
  const plain: Pool = (picture) => tf.maxPool(picture, poolSize, strides, padding);
  const attributes = { filterSize: poolSize, strides, pad: padding, dimRoundingMode: undefined };
  const gradient: Gradient = (dz, of) =>
    tf.engine().runKernel('MaxPoolGrad', { dy: dz, input: of, output: plain(of) }, attributes as never);
  const pool = isWrong(tf) ? withGradient(tf, plain, gradient) : plain;
  return tf.reshape(pool(tf.reshape(x, [-1, H, W, C])), [-1, R * Q * C]);
};

/**
 * The gradient is taken in two parts, for windows with a positive number and for those without.
 * Among numbers of at most 0 the largest is that with the largest -1/x, which is positive.
 */
function withGradient(tf: Tf, plain: Pool, gradient: Gradient): Pool {
  return tf.customGrad((...args) => {
    const [x, save] = args as [TensorFlow.Tensor4D, TensorFlow.GradSaveFunc];
    const z = plain(x);
    save([x, z]);
    const gradFunc = (dz: TensorFlow.Tensor, saved: TensorFlow.Tensor[]): TensorFlow.Tensor => {
      const [x, z] = saved;
      const hasPositive = tf.cast(tf.greater(z, 0), 'float32');
      const turned = tf.where(tf.less(x, 0), tf.div(-1, x), tf.fill(x.shape, Infinity));
      const ofPositive = gradient(tf.mul(dz, hasPositive), x as TensorFlow.Tensor4D);
      return tf.add(ofPositive, gradient(tf.mul(dz, tf.sub(1, hasPositive)), turned as TensorFlow.Tensor4D));
    };
    return { value: z, gradFunc };
  });
}

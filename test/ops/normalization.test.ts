// Layer normalization: an example by hand, gradients by central differences, and every bit of
// TensorFlow.js's cpu backend.
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { layerNorm } from '../../src/ops/layers/layer-norm.ts';
import type { Tensors } from '../../src/ops/layers/page.ts';
import { firstDifference, openCpu, randomMatrix, tensorOf, unwritten } from '../tfjs-cpu.ts';
import type { Tf } from '../tfjs-cpu.ts';
import { centralDifference } from './central-difference.ts';

const SPEC = { epsilon: 0.001 };

const tensors = (scale: Matrix, shift: Matrix): Tensors => ({
  gamma: { shape: [scale.cols], values: scale.data },
  beta: { shape: [shift.cols], values: shift.data },
});

function backward(x: Matrix, dz: Matrix, p: Tensors, dtype: 'f32' | 'f64') {
  const [dx, dScale, dShift] = [
    unwritten(x.rows, x.cols, dtype),
    unwritten(1, x.cols, dtype),
    unwritten(1, x.cols, dtype),
  ];
  const z = unwritten(x.rows, x.cols, dtype);
  const more = layerNorm.forward(z, x, p, SPEC);
  layerNorm.backward(dx, tensors(dScale, dShift), dz, { x, z, more }, p, SPEC);
  return { z, dx, dScale, dShift };
}

describe('layer normalization', () => {
  it('brings each example to mean 0 and variance 1, then scales and shifts', () => {
    const x = matrixOf([[1, 3], [10, 10]], 'f64'); // prettier-ignore
    const z = unwritten(2, 2, 'f64');
    layerNorm.forward(z, x, tensors(matrixOf([[2, 3]], 'f64'), matrixOf([[0.5, -1]], 'f64')), { epsilon: 3 });
    expect(toRows(z)).toEqual([
      [0.5 - 2 / 2, -1 + 3 / 2], // mean 2, variance 1, √(1 + 3) = 2
      [0.5, -1],
    ]);
  });

  it.each([
    [5, 6, 1],
    [3, 1, 1],
    [1, 4, 1],
    [4, 7, 30],
  ])('has the gradients that central differences find, (%i, %i) at scale %d', (B, I, scale) => {
    const [x, dz] = [randomMatrix(1, B, I, { scale }, 'f64'), randomMatrix(2, B, I, {}, 'f64')];
    const [gamma, beta] = [randomMatrix(3, 1, I, {}, 'f64'), randomMatrix(4, 1, I, {}, 'f64')];
    const p = tensors(gamma, beta);
    const { dx, dScale, dShift } = backward(x, dz, p, 'f64');
    const weighted = (): number => {
      const z = unwritten(B, I, 'f64');
      layerNorm.forward(z, x, p, SPEC);
      return Array.from(z.data).reduce((sum, one, i) => sum + one * dz.data[i], 0);
    };
    for (const [values, gradient] of [
      [x.data, dx.data],
      [gamma.data, dScale.data],
      [beta.data, dShift.data],
    ])
      gradient.forEach((g, i) => {
        // h²/6·f''' and rounding, with h = 2^-17 or so: far below this
        expect(Math.abs(g - centralDifference(weighted, values, i))).toBeLessThan(1e-4 * scale);
      });
  });
});

describe('bits of TensorFlow.js', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await openCpu();
  });

  it.each([
    { B: 1, I: 1, scale: 1 },
    { B: 3, I: 1, scale: 1 },
    { B: 1, I: 9, scale: 1 },
    { B: 32, I: 10, scale: 3 },
    { B: 20, I: 33, scale: 1e-3 },
    { B: 64, I: 47, scale: 1e4 },
  ])('layer normalization of $B by $I, numbers of size $scale', ({ B, I, scale }) => {
    const [x, dz] = [randomMatrix(1, B, I, { scale, zeros: 0.1 }), randomMatrix(2, B, I)];
    const [gamma, beta] = [randomMatrix(3, 1, I), randomMatrix(4, 1, I)];
    const { z, dx, dScale, dShift } = backward(x, dz, tensors(gamma, beta), 'f32');
    const layer = tf.layers.layerNormalization({ ...SPEC, inputShape: [I] });
    layer.build([null, I]);
    const [scaleOf, shiftOf] = layer.weights.map((weight) => weight.read());
    layer.setWeights([tf.tensor1d(Float32Array.from(gamma.data)), tf.tensor1d(Float32Array.from(beta.data))]);
    const f = (input: Tensor): Tensor => layer.apply(input) as Tensor2D;
    const input = tensorOf(tf, x);
    expect(firstDifference(z.data, f(input).dataSync())).toBeNull();
    const { grads } = tf.variableGrads(() => tf.sum(tf.mul(f(input), tensorOf(tf, dz))));
    const named = grads as Record<string, Tensor>;
    const grad = (of: Tensor): ArrayLike<number> => named[(of as unknown as { name: string }).name].dataSync();
    expect(firstDifference(dScale.data, grad(scaleOf))).toBeNull();
    expect(firstDifference(dShift.data, grad(shiftOf))).toBeNull();
    const ofInputs = tf
      .grad((t: Tensor) => f(t))(input, tensorOf(tf, dz))
      .dataSync();
    expect(firstDifference(dx.data, ofInputs)).toBeNull();
    const other = dx.data.map((value) => value * (1 + 2 ** -22));
    if (I > 1) expect(firstDifference(other, ofInputs)).not.toBeNull();
  });
});

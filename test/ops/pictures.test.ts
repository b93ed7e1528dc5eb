// Convolution and pooling: an example on paper, the bits of tfjs's cpu backend, the graph of
// scalars, measured slopes, and ties of max pooling.
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { boundedGradients } from '../../src/bounds/gradients.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { checkOracle } from '../../src/check/slopes/oracle-check.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { parseLayers } from '../../src/network/layer-notation.ts';
import { checkNetwork, layersOf } from '../../src/network/spec.ts';
import type { LayerSpec, NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf, zeros } from '../../src/numeric/matrix.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { BACKWARD } from '../../src/ops/backward-rules.ts';
import { averagePool } from '../../src/ops/layers/average-pool.ts';
import { conv2d } from '../../src/ops/layers/conv2d.ts';
import { maxPool } from '../../src/ops/layers/max-pool.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { KINDS, open, whyMissing } from '../engines/kinds.ts';
import { randomBatch, startOf } from '../fixtures.ts';
import { firstDifference, openCpu, randomMatrix, tensorOf, unwritten } from '../tfjs-cpu.ts';
import type { Tf } from '../tfjs-cpu.ts';

const SGD = optimizerSpec('sgd');

function network(inputShape: number[], layers: string, loss: NetworkSpec['loss'] = 'cross-entropy'): NetworkSpec {
  const parsed = parseLayers(layers, 'linear', 'linear') as unknown as LayerSpec[];
  const spec = { inputs: inputShape.reduce((size, n) => size * n), inputShape, layers: parsed, loss };
  checkNetwork(spec);
  return spec;
}

const noTensors = {};
const saved = (x: Matrix, z: Matrix, more: unknown) => ({ x, z, more });

describe('on paper', () => {
  const x = matrixOf([[1, 2, 3, 4, 5, 6, 7, 8, 9]], 'f64');

  it('a convolution of 3x3 with 2x2', () => {
    const spec = { filters: 1, kernel: 2, inputShape: [3, 3, 1] };
    const p = {
      weights: { shape: [2, 2, 1, 1], values: Float64Array.of(1, 2, 3, 4) },
      bias: { shape: [1], values: Float64Array.of(10) },
    };
    const z = zeros('f64', 1, 4);
    conv2d.forward(z, x, p, spec);
    // 1·1 + 2·2 + 4·3 + 5·4 + 10: the kernel is not flipped
    expect([...z.data]).toEqual([47, 57, 77, 87]);
    const dp = {
      weights: { ...p.weights, values: new Float64Array(4) },
      bias: { shape: [1], values: new Float64Array(1) },
    };
    const dx = zeros('f64', 1, 9);
    conv2d.backward(dx, dp, matrixOf([[1, 0, 0, 2]], 'f64'), saved(x, z, undefined), p, spec);
    // the windows at 1 and at 5: dW = 1·[1, 2, 4, 5] + 2·[5, 6, 8, 9]
    expect([...dp.weights.values]).toEqual([11, 14, 20, 23]);
    expect([...dp.bias.values]).toEqual([3]);
    // W at the first window, 2 W at the last; they meet in the middle
    expect([...dx.data]).toEqual([1, 2, 0, 3, 4 + 2, 4, 0, 6, 8]);
  });

  it('max pooling of 3x3 over 2x2, same: the gradient goes to the largest cell inside', () => {
    const spec = { size: 2, padding: 'same', inputShape: [3, 3, 1] } as const;
    const [z, dx] = [zeros('f64', 1, 4), zeros('f64', 1, 9)];
    const more = maxPool.forward(z, x, noTensors, spec);
    expect([...z.data]).toEqual([5, 6, 8, 9]);
    maxPool.backward(dx, noTensors, matrixOf([[1, 2, 3, 4]], 'f64'), saved(x, z, more), noTensors, spec);
    expect([...dx.data]).toEqual([0, 0, 0, 0, 1, 2, 0, 3, 4]);
  });

  it('average pooling of 3x3 over 2x2, same: cells outside do not count, forward and backward', () => {
    const spec = { size: 2, padding: 'same', inputShape: [3, 3, 1] } as const;
    const [z, dx] = [zeros('f64', 1, 4), zeros('f64', 1, 9)];
    averagePool.forward(z, x, noTensors, spec);
    expect([...z.data]).toEqual([3, 4.5, 7.5, 9]);
    averagePool.backward(dx, noTensors, matrixOf([[4, 2, 2, 1]], 'f64'), saved(x, z, undefined), noTensors, spec);
    expect([...dx.data]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('the bits of tfjs on its cpu backend', () => {
  let tf: Tf;
  beforeAll(async () => {
    tf = await openCpu();
  });

  const SHAPES = [
    { H: 7, W: 6, C: 3, k: [3, 2], s: [1, 1], padding: 'valid' },
    { H: 8, W: 8, C: 2, k: [3, 3], s: [2, 2], padding: 'same' },
    { H: 5, W: 9, C: 1, k: [4, 5], s: [1, 3], padding: 'same' },
    { H: 12, W: 12, C: 8, k: [5, 5], s: [1, 1], padding: 'valid' },
  ] as const;

  it.each(SHAPES)('a convolution: $H x $W x $C, window $k, stride $s, $padding', ({ H, W, C, k, s, padding }) => {
    const [B, F] = [3, 4];
    const spec = { filters: F, kernel: k, stride: s, padding, inputShape: [H, W, C] };
    const x = randomMatrix(1, B, H * W * C, { zeros: 0.1 });
    const weights = randomMatrix(2, k[0] * k[1] * C, F);
    const bias = randomMatrix(3, 1, F);
    const p = {
      weights: { shape: [...k, C, F], values: weights.data },
      bias: { shape: [F], values: bias.data },
    };
    const units = conv2d.outputs(spec, x.cols);
    const [z, dx, dz] = [unwritten(B, units), unwritten(B, x.cols), randomMatrix(4, B, units, { zeros: 0.1 })];
    const dp = {
      weights: { ...p.weights, values: new Float32Array(weights.data.length) },
      bias: { ...p.bias, values: new Float32Array(F) },
    };
    const more = conv2d.forward(z, x, p, spec);
    conv2d.backward(dx, dp, dz, saved(x, z, more), p, spec);
    const f = (picture: Tensor, w: Tensor, b: Tensor): Tensor =>
      tf.add(tf.conv2d(picture as Tensor4D, w as Tensor4D, [...s], padding), b);
    const inputs = [
      tf.reshape(tensorOf(tf, x), [B, H, W, C]),
      tf.reshape(tensorOf(tf, weights), [...k, C, F]),
      tf.tensor1d(Float32Array.from(bias.data)),
    ];
    const shape = f(inputs[0], inputs[1], inputs[2]).shape;
    const { value, grads } = tf.valueAndGrads(f)(inputs, tf.reshape(tensorOf(tf, dz), shape));
    expect(firstDifference(z.data, value.dataSync())).toBeNull();
    [dx.data, dp.weights.values, dp.bias.values].forEach((mine, i) => {
      expect(firstDifference(mine, grads[i].dataSync())).toBeNull();
    });
  });

  it.each([
    { kind: 'max', size: [2, 2], s: [2, 2], padding: 'valid' },
    { kind: 'max', size: [3, 2], s: [1, 2], padding: 'same' },
    { kind: 'average', size: [2, 3], s: [2, 3], padding: 'valid' },
    { kind: 'average', size: [3, 3], s: [1, 1], padding: 'valid' },
  ] as const)('$kind pooling over $size, stride $s, $padding', ({ kind, size, s, padding }) => {
    const [B, H, W, C] = [3, 7, 7, 2];
    const spec = { size, stride: s, padding, inputShape: [H, W, C] };
    const page = kind === 'max' ? maxPool : averagePool;
    const x = randomMatrix(1, B, H * W * C, { zeros: 0.2 });
    const units = page.outputs(spec, x.cols);
    const [z, dx, dz] = [unwritten(B, units), unwritten(B, x.cols), randomMatrix(4, B, units)];
    const more = page.forward(z, x, noTensors, spec);
    page.backward(dx, noTensors, dz, saved(x, z, more), noTensors, spec);
    const pool = kind === 'max' ? tf.maxPool : tf.avgPool;
    const f = (t: Tensor): Tensor =>
      tf.reshape(pool(tf.reshape<Rank.R4>(t, [B, H, W, C]), [...size], [...s], padding), [B, units]);
    const { value, grad } = tf.valueAndGrad(f)(tensorOf(tf, x), tensorOf(tf, dz));
    // a maximum of +0 and -0 may be either
    expect(
      firstDifference(
        z.data.map((v) => v + 0),
        (value.dataSync() as Float32Array).map((v) => v + 0),
      ),
    ).toBeNull();
    expect(
      firstDifference(
        dx.data.map((v) => v + 0),
        (grad.dataSync() as Float32Array).map((v) => v + 0),
      ),
    ).toBeNull();
  });

  it('tfjs divides by the whole window in the gradient of an average over the edge: a known mistake here', () => {
    const x = tf.ones([1, 3, 3, 1]);
    const grad = tf.grad((t: Tensor) => tf.avgPool(t as Tensor4D, 2, 2, 'same'))(x, tf.ones([1, 2, 2, 1]));
    expect([...grad.dataSync()]).toEqual(Array(9).fill(0.25)); // right: 1/2 at the edges, 1 in the corner
    const spec = network([3, 3, 1], 'conv:1x1:linear,average-pool:2:same,flatten,dense:2:softmax');
    expect(averagePool.ownLayer?.(tf, layersOf(spec)[1].spec as never, {} as never)).toBeUndefined();
  });
});

const NETWORKS: [string, NetworkSpec][] = [
  ['conv and max-pool', network([8, 8, 2], 'conv:3x3:relu,max-pool:2,conv:4x2:tanh:same,flatten,dense:3:softmax')],
  [
    'strides and average-pool',
    network([7, 6, 2], 'conv:3x3x2:elu:stride=2:same,average-pool:2:same,conv:2x2:tanh,flatten,dense:3:softmax'),
  ],
  [
    'windows that overlap',
    network([7, 7, 1], 'conv:3x2:tanh,max-pool:3:stride=2,average-pool:2:stride=1,flatten,dense:3:softmax'),
  ],
  [
    'windows that leave cells out at the edge',
    network([9, 9, 1], 'conv:5x1x2:tanh:stride=2x3:same,conv:3x2x1:tanh:stride=1x2:same,flatten,dense:3:softmax'),
  ],
  ['one channel and one filter', network([5, 5, 3], 'max-pool:2:stride=1,conv:1x2:elu,conv:1x2:tanh,flatten,dense:3:softmax')], // prettier-ignore
  ['a convolution last', network([4, 4, 1], 'conv:2x2:tanh,conv:1x2:sigmoid', 'mse')],
];

const ENGINES = KINDS.filter(({ name }) => !name.startsWith('wasm')); // which has no such layers
const missing = new Map(await Promise.all(ENGINES.map(async (kind) => [kind.name, await whyMissing(kind)] as const)));

describe.each(NETWORKS)('%s', (_what, spec) => {
  const [start, batch] = [startOf(spec, 2), randomBatch(spec, 5, 2)];

  test.each(ENGINES)('$name agrees with the exact run, and its intermediates do', async (kind) => {
    if (missing.get(kind.name) !== null) return;
    const engine = await open(kind, spec, SGD);
    const reference = await createEngine('vector', spec, SGD, { dtype: 'f64' });
    const found = await gradientCheck(spec, start, batch, { candidate: engine, reference });
    expect(found.verdict.kind).toMatch(/agree|identical/);
    const { layers } = boundedGradients(spec, start, batch);
    await engine.load(start);
    for (const { name, values } of (await engine.trace?.(batch)) ?? []) {
      const [, what, l] = /^(z|a|dz)(\d+)$/.exec(name) ?? [];
      if (what === undefined) continue;
      const { value, error } = layers[Number(l) - 1][what as 'z' | 'a' | 'dz'];
      values.data.forEach((x, i) =>
        expect(Math.abs(x - value.data[i]), name).toBeLessThanOrEqual(error.data[i] + 1e-15),
      );
    }
    await engine.dispose();
  });

  test('the hand-written derivative is the slope of the loss, and agrees with the graph of scalars', async () => {
    const result = await checkOracle({
      network: spec,
      parameters: start,
      batch,
      exact: await createEngine('vector', spec, SGD, { dtype: 'f64' }),
      graph: await createEngine('autograd', spec, SGD),
    });
    expect(result?.verdict).toMatchObject({ kind: 'agree' });
    expect(result?.graphApart).toBeLessThan(1e-13);
  });

  test('trained, vector f32 and tfjs cpu have the same bits', async () => {
    const [own, tfjs] = [
      await createEngine('vector', spec, SGD),
      await createEngine('tfjs', spec, SGD, { backend: 'cpu' }),
    ];
    for (const engine of [own, tfjs]) await engine.load(start);
    for (let step = 0; step < 4; step++) {
      const next = randomBatch(spec, 9, step);
      expect(await own.trainStep(next)).toBe(await tfjs.trainStep(next));
    }
    const [mine, theirs] = [await own.parameters(), await tfjs.parameters()];
    mine.forEach(({ values }, t) => {
      expect(firstDifference(values, theirs[t].values)).toBeNull();
    });
  });

  test('bounds are narrow: most gradients off by a hundredth are outside', () => {
    const { gradients, errors } = boundedGradients(spec, start, batch);
    const entries = gradients.flatMap(({ values }, t) => Array.from(values, (g, i) => [g, errors[t].values[i]]));
    expect(entries.filter(([g, e]) => 0.01 * Math.abs(g) > e).length).toBeGreaterThan(0.8 * entries.length);
    for (const [, e] of entries) expect(e).toBeLessThan(0.1);
  });
});

describe('ties of max pooling', () => {
  const spec = network([2, 2, 1], 'conv:1x1:tanh,max-pool:2,conv:1x1:linear', 'mse');
  const start = startOf(spec, 1);
  const batch = (cells: number[]): Batch => ({ inputs: matrixOf([cells], 'f32'), targets: matrixOf([[2]], 'f32') });

  /** Max pooling that gives the gradient of each window to the cell that `choose` names. */
  const giving = (choose: (cells: number[], right: number) => number): FaultInjection => ({
    backward: {
      layer(at, step) {
        BACKWARD.layer(at, step);
        if (at !== 1 || step.dx === null) return;
        const [x, chosen] = [step.saved.x, step.saved.more as Int32Array];
        step.dx.data.fill(0);
        for (let n = 0; n < x.rows; n++)
          step.dx.data[n * 4 + choose(Array.from(x.data.subarray(n * 4, n * 4 + 4)), chosen[n])] = step.dz.data[n];
      },
    },
  });
  const lastOfThem = giving((cells) => cells.lastIndexOf(Math.max(...cells)));

  async function check(cells: number[], injection: FaultInjection) {
    const [candidate, reference] = [
      await createEngine('vector', spec, SGD, { injection }),
      await createEngine('vector', spec, SGD, { dtype: 'f64' }),
    ];
    return gradientCheck(spec, start, batch(cells), { candidate, reference });
  }

  it('cells that see the same numbers are no kink: whichever gets the gradient, that of the kernel is the same', async () => {
    const found = await check([0.5, 0.5, -1, 0.25], lastOfThem);
    expect([found.kinks.count, found.verdict.kind]).toEqual([0, 'agree']);
    const { layers } = boundedGradients(spec, start, batch([0.5, 0.5, -1, 0.25]));
    expect(layers[0].dz.error.data[1]).toBeGreaterThan(0.5 * Math.abs(layers[0].dz.value.data[0]));
  });

  it('cells that cannot be told apart, but see other numbers, are one: either is right', async () => {
    const near = [0.5, Math.fround(0.5 + 2 ** -24), -1, 0.25];
    expect((await check(near, lastOfThem)).kinks.count).toBe(1);
    const other = giving((cells, right) => {
      const near = cells.findIndex((x, i) => i !== right && Math.abs(x - cells[right]) < 1e-6);
      return near < 0 ? right : near;
    });
    expect((await check(near, other)).verdict.kind).toMatch(/agree|identical/);
    const third = giving((cells) => cells.indexOf([...cells].sort((a, b) => b - a)[2]));
    expect((await check(near, third)).verdict.kind).toBe('disagree');
  });

  it('decided windows are no kink, and the wrong cell is found', async () => {
    const far = [0.5, 1, -1, 0.25];
    const found = await check(
      far,
      giving(() => 0),
    );
    expect([found.kinks.count, found.verdict.kind, found.firstWrong.candidate?.name]).toEqual([0, 'disagree', 'dz1']);
  });
});

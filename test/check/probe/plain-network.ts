// A plain dense network as an engine, with a loss and a start of the gradient of one's own: for
// losses that nobody listed.
import type { Engine } from '../../../src/engines/engine.ts';
import type { Batch } from '../../../src/network/batch.ts';
import { copyParameters, denseLayers, fromDense, zeroParameters } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import type { Dtype } from '../../../src/numeric/dtype.ts';
import { matrixOf, toRows } from '../../../src/numeric/matrix.ts';

type Row = readonly number[];

/** What a user writes: the loss of a batch, and dz of the last layer. (B, K) all */
export interface OwnLoss {
  readonly loss: (p: readonly Row[], t: readonly Row[], z: readonly Row[]) => number;
  readonly dz: (p: readonly Row[], t: readonly Row[], z: readonly Row[]) => Row[];
  /** Added to the loss and to the gradients. */
  readonly penalty?: (W: readonly number[][][], B: number) => number;
  readonly decay?: (w: number, B: number) => number;
  readonly biasDecay?: (b: number) => number;
}

const ACTIVATIONS: Readonly<Record<string, readonly [(z: number) => number, (z: number, a: number) => number]>> = {
  linear: [(z) => z, () => 1],
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (_z, a) => a * (1 - a)],
  tanh: [Math.tanh, (_z, a) => 1 - a * a],
};

function softmax(row: Row): number[] {
  const e = row.map((z) => Math.exp(z - Math.max(...row)));
  return e.map((x) => x / e.reduce((sum, y) => sum + y, 0));
}

/** dz from dp, for an elementwise output, or for softmax. */
export function through(activation: string, dp: readonly Row[], p: readonly Row[], z: readonly Row[]): Row[] {
  if (activation !== 'softmax')
    return dp.map((row, b) => row.map((x, k) => x * ACTIVATIONS[activation][1](z[b][k], p[b][k])));
  return dp.map((row, b) => {
    const dot = row.reduce((sum, x, k) => sum + x * p[b][k], 0);
    return row.map((x, k) => p[b][k] * (x - dot));
  });
}

function answer(
  network: NetworkSpec,
  parameters: Parameters,
  { inputs, targets }: Batch,
  own: OwnLoss,
  r: (x: number) => number,
): { loss: number; gradients: Parameters } {
  const layers = denseLayers(parameters).map(({ weights, bias }) => ({ W: toRows(weights), b: Array.from(bias) }));
  const [xs, zs]: [number[][][], number[][][]] = [[toRows(inputs)], []];
  layers.forEach(({ W, b }, l) => {
    const z = xs[l].map((x) => b.map((bias, o) => r(x.reduce((sum, v, i) => r(sum + r(v * W[i][o])), 0) + bias)));
    const { activation } = network.layers[l];
    zs.push(z);
    xs.push(
      z.map((row) =>
        activation === 'softmax' ? softmax(row).map(r) : row.map((x) => r(ACTIVATIONS[activation][0](x))),
      ),
    );
  });
  const [p, t, z, B] = [xs[xs.length - 1], toRows(targets), zs[zs.length - 1], inputs.rows];
  const loss =
    own.loss(p, t, z) +
    (own.penalty?.(
      layers.map(({ W }) => W),
      B,
    ) ?? 0);
  let dz = own.dz(p, t, z).map((row) => row.map(r));
  const gradients = [...layers.keys()].reverse().map((l) => {
    const { W, b } = layers[l];
    const dW = W.map((row, i) =>
      row.map((w, o) => r(dz.reduce((sum, row, n) => r(sum + r(xs[l][n][i] * row[o])), 0) + (own.decay?.(w, B) ?? 0))),
    );
    const db = b.map((v, o) => r(dz.reduce((sum, row) => sum + row[o], 0) + (own.biasDecay?.(v) ?? 0)));
    const da = dz.map((row) => W.map((w) => r(w.reduce((sum, x, o) => r(sum + r(x * row[o])), 0))));
    if (l > 0) dz = through(network.layers[l - 1].activation, da, xs[l], zs[l - 1]).map((row) => row.map(r));
    return { weights: matrixOf(dW, 'f64'), bias: Float64Array.from(db) };
  });
  return { loss: r(loss), gradients: fromDense(gradients.reverse()) };
}

/** An engine that knows this network and its own loss. */
export function plainEngine(
  network: NetworkSpec,
  own: OwnLoss,
  dtype: Dtype = 'f64',
): Engine & { asked: () => number } {
  let [loaded, asked] = [zeroParameters(network, 'f64'), 0];
  const refuse = async (): Promise<never> => Promise.reject(new Error('not asked for'));
  return {
    id: 'external',
    dtype,
    label: 'plain',
    backend: null,
    versions: {},
    load: async (parameters) => void (loaded = copyParameters(parameters, 'f64')),
    async lossAndGradients(batch) {
      asked++;
      return answer(network, loaded, batch, own, dtype === 'f32' ? Math.fround : (x) => x);
    },
    asked: () => asked,
    applyGradients: refuse,
    trainStep: refuse,
    predict: refuse,
    parameters: async () => loaded,
    dispose: async () => {},
  };
}

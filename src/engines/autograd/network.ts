// The network and its losses written in scalar Values, as one would on paper.
import type { ActivationId, LossId, NetworkSpec } from '../../network/spec.ts';
import { LEAK, SELU_SCALE, SELU_SCALE_ALPHA } from '../../ops/piecewise-activations.ts';
import { Value } from './value.ts';

/** One layer's parameters as Values: weights[i][o], bias[o]. */
export interface LayerValues {
  readonly weights: readonly (readonly Value[])[];
  readonly bias: readonly Value[];
}

type RowFunction = (z: readonly Value[]) => Value[];

const each =
  (f: (z: Value) => Value): RowFunction =>
  (z) =>
    z.map(f);

const ACTIVATION: Record<ActivationId, RowFunction> = {
  linear: each((z) => z),
  relu: each((z) => z.relu()),
  // at 0 the lower branch, so that f'(0) = 0.2
  'leaky-relu': each((z) => (z.data > 0 ? z : z.times(new Value(LEAK)))),
  elu: each((z) => (z.data >= 0 ? z : z.expm1())),
  // at 0 the lower branch, so that f'(0) = λα
  selu: each((z) => (z.data > 0 ? z.times(new Value(SELU_SCALE)) : z.expm1().times(new Value(SELU_SCALE_ALPHA)))),
  softplus: each((z) => z.softplus()),
  sigmoid: each((z) => z.sigmoid()),
  tanh: each((z) => z.tanh()),
  swish: each((z) => z.times(z.sigmoid())),
  // z Φ(z), Φ(z) = (1 + erf(z/√2)) / 2 = erfc(-z/√2) / 2
  gelu: each((z) => z.times(z.over(new Value(-Math.SQRT2)).erfc()).over(new Value(2))),
  // e^z_k / Σ e^z_j; the largest score is taken off first, which changes nothing but keeps e^z finite
  softmax: (z) => {
    const shift = new Value(Math.max(...z.map((v) => v.data)));
    const e = z.map((v) => v.minus(shift).exp());
    const total = sum(e);
    return e.map((v) => v.over(total));
  },
  // relu(z_k) / Σ relu(z_j); 1/K where all are 0
  ratio: (z) => {
    const a = z.map((v) => v.relu());
    const total = sum(a);
    return total.data > 0 ? a.map((v) => v.over(total)) : a.map(() => new Value(1 / a.length));
  },
};

function sum(values: readonly Value[]): Value {
  return values.reduce((total, v) => total.plus(v));
}

/** Told the scores and activations of each layer but the last, and the scores of the last. */
type Listener = (l: number, z: readonly Value[], a: readonly Value[] | null) => void;

/** Scores of the last layer, z, for one example. */
function scores(
  network: NetworkSpec,
  layers: readonly LayerValues[],
  inputs: readonly Value[],
  listen?: Listener,
): Value[] {
  let x: readonly Value[] = inputs;
  let z: Value[] = [];
  layers.forEach(({ weights, bias }, l) => {
    z = bias.map((b, o) => sum([...x.map((xi, i) => xi.times(weights[i][o])), b]));
    const isLast = l === layers.length - 1;
    if (!isLast) x = ACTIVATION[network.layers[l].activation](z);
    listen?.(l, z, isLast ? null : x);
  });
  return z;
}

/** The network's outputs for one example. */
export function predictOne(network: NetworkSpec, layers: readonly LayerValues[], inputs: readonly Value[]): Value[] {
  return ACTIVATION[network.layers[layers.length - 1].activation](scores(network, layers, inputs));
}

/** Loss of one example from its scores, before the mean over the batch. */
const LOSS: Record<LossId, (z: readonly Value[], t: readonly number[], output: ActivationId) => Value> = {
  // -Σ t_k log p_k with log p_k = z_k - log Σ e^z_j
  'cross-entropy': (z, t) => {
    const shift = new Value(Math.max(...z.map((v) => v.data)));
    const logTotal = sum(z.map((v) => v.minus(shift).exp()))
      .log()
      .plus(shift);
    return sum(z.map((v, k) => logTotal.minus(v).times(new Value(t[k]))));
  },
  // (1/K) Σ (t_k - p_k)²
  mse: (z, t, output) => {
    const squares = ACTIVATION[output](z).map((p, k) => new Value(t[k]).minus(p).pow(2));
    return sum(squares).over(new Value(t.length));
  },
};

/** Mean loss over a batch, as one Value at the top of the whole graph.
 * @param listen told what comes up on the way, example by example */
export function batchLoss(
  network: NetworkSpec,
  layers: readonly LayerValues[],
  inputs: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  listen?: (example: number) => Listener,
): Value {
  const output = network.layers[layers.length - 1].activation;
  const losses = inputs.map((row, b) => {
    const x = row.map((value) => new Value(value));
    return LOSS[network.loss](scores(network, layers, x, listen?.(b)), targets[b], output);
  });
  return sum(losses).over(new Value(losses.length));
}

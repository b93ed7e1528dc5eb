// A random network with parameters, a batch and an optimizer for the self-test; one seed determines
// everything.
import type { Batch } from '../network/batch.ts';
import { denseLayers, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS, isRowActivation, lossOf } from '../ops/registry.ts';
import { countParameters, outputs } from '../network/spec.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';
import type { LayerSpec, NetworkSpec } from '../network/spec.ts';
import { power } from '../numeric/elementary.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import type { PenaltySpec } from '../ops/penalties/page.ts';
import { PENALTIES } from '../ops/penalties/registry.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerPage, optimizerSpec } from '../ops/optimizers/registry.ts';

export interface RandomProblem {
  readonly seed: number;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** The optimizers that are right in TensorFlow.js; only these can be compared with it. */
export const COMPARABLE: readonly OptimizerId[] = OPTIMIZERS.filter(
  (id) => optimizerPage(id).wrongInTfjs === undefined,
);

/** Limits on the size of random problems. */
export interface Sizes {
  readonly largest: number;
  /** Layers. */
  readonly deepest: number;
  /**
   * Multiplications of one forward pass. A larger draw is discarded, so that no network takes
   * a minute.
   */
  readonly mostWork: number;
}
const SIZES: Sizes = { largest: 300, deepest: 5, mostWork: 2e6 };

/**
 * Layer and batch sizes from 1 to `largest` (half of the draws are below its square root), 1 to
 * `deepest` layers, inputs and weights at several scales.
 */
export function randomProblem(seed: number, sizes: Partial<Sizes> = {}): RandomProblem {
  const { largest, deepest, mostWork } = { ...SIZES, ...sizes };
  const rng = createRng(seed, 'self-test');
  const size = (): number => Math.max(1, Math.round(power(largest, rng.uniform())));
  for (;;) {
    const network = withOtherPieces(randomNetwork(rng, size, deepest), createRng(seed, 'other pieces'));
    const B = size();
    if (countParameters(network) * B > mostWork) continue;
    const optimizer = optimizerSpec(pick(rng, COMPARABLE), { learningRate: power(10, -3 * rng.uniform()) });
    const [start, batch] = [randomParameters(network, rng), randomBatch(network, B, rng)];
    const around = createRng(seed, 'self-test penalties and training'); // of its own: the rest stays what it was
    const penalised = { ...network, ...randomPenalties(around, network) };
    return {
      seed,
      network: penalised,
      optimizer: { ...optimizer, ...randomTraining(around, optimizer) },
      start,
      batch,
    };
  }
}

function pick<T>(rng: Rng, from: readonly T[]): T {
  return from[rng.below(from.length)];
}

/** A third of the networks have one, a few have two. */
function randomPenalties(rng: Rng, { layers }: NetworkSpec): Pick<NetworkSpec, 'penalties'> {
  const one = (): PenaltySpec => ({
    kind: pick(rng, PENALTIES),
    strength: power(10, -4 * rng.uniform()),
    ...(rng.uniform() < 0.3 && { half: true }),
    ...(rng.uniform() < 0.3 && { biases: true }),
    ...(rng.uniform() < 0.2 && { overBatch: true }),
    ...(rng.uniform() < 0.2 && { layers: [1 + rng.below(layers.length)] }),
  });
  const chance = rng.uniform();
  return chance < 1 / 3 ? { penalties: chance < 0.05 ? [one(), one()] : [one()] } : {};
}

/** Clipping, a schedule or weight decay: each in a fifth of the problems. */
function randomTraining(rng: Rng, { id }: OptimizerSpec): Partial<OptimizerSpec> {
  const cut = power(10, -3 * rng.uniform());
  const chance = rng.uniform();
  return {
    ...(chance < 0.1 ? { clipNorm: cut } : chance < 0.2 ? { clipValue: cut } : {}),
    ...(rng.uniform() < 0.2 && { schedule: pick(rng, RANDOM_SCHEDULES) }),
    ...(id === 'sgd' && rng.uniform() < 0.3 && { weightDecay: power(10, -2 * rng.uniform()) }),
  };
}

const RANDOM_SCHEDULES = ['step:2:0.5', 'exponential:0.9', 'inverse:0.1', 'cosine:10', 'warm-up:4+cosine:20:0.1'];

function randomNetwork(rng: Rng, size: () => number, deepest: number): NetworkSpec {
  const [output, loss] = randomHead(rng);
  const hidden = Array.from({ length: rng.below(deepest) }, (): LayerSpec => ({
    units: size(),
    activation: pick(rng, ELEMENTWISE_ACTIVATIONS),
  }));
  return { inputs: size(), layers: [...hidden, { units: size(), activation: output }], loss };
}

/** Two of five problems get other losses, and activations with numbers in their names. */
function withOtherPieces(network: NetworkSpec, rng: Rng): NetworkSpec {
  if (rng.uniform() < 0.6) return network;
  const number = (least: number, most: number): number =>
    Number((least * power(most / least, rng.uniform())).toPrecision(3));
  const layers = network.layers.map((layer): LayerSpec => {
    const kind = rng.uniform();
    if (isRowActivation(layer.activation) || kind < 0.5) return layer;
    const activation = kind < 0.8 ? (`leaky-relu:${number(1e-3, 0.9)}` as const) : (`elu:${number(0.1, 4)}` as const);
    return { ...layer, activation };
  });
  const units = layers[layers.length - 1].units;
  const weights = Array.from({ length: units }, () => number(0.1, 10)).join(',');
  const [output, loss] = pick<[ActivationId, LossId]>(rng, [
    ['sigmoid', 'binary-cross-entropy'],
    ['sigmoid', 'binary-cross-entropy'],
    ['softmax', `cross-entropy:${number(0.01, 0.5)}`],
    ['softmax', `cross-entropy:weights=${weights}`],
    ['softmax', `cross-entropy:${number(0.01, 0.5)}:weights=${weights}`],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'half-squared-error'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'mean-absolute-error'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), `huber:${number(0.1, 3)}`],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'hinge'],
    [pick(rng, ELEMENTWISE_ACTIVATIONS), 'squared-hinge'],
  ]);
  return { ...network, layers: [...layers.slice(0, -1), { units, activation: output }], loss };
}

function randomHead(rng: Rng): [ActivationId, LossId] {
  const kind = rng.uniform();
  if (kind < 0.4) return ['softmax', 'cross-entropy'];
  if (kind < 0.55) return ['softmax', 'mse'];
  if (kind < 0.65) return ['ratio', 'mse'];
  return [pick(rng, ELEMENTWISE_ACTIVATIONS), 'mse'];
}

/**
 * Normal weights with the deviation of He et al., times `scale`, and nonzero biases. Rounded to
 * binary32.
 */
export function randomParameters(network: NetworkSpec, rng: Rng, scale = power(2, 2 * rng.uniform() - 1)): Parameters {
  const parameters = zeroParameters(network, 'f32');
  for (const { weights, bias } of denseLayers(parameters)) {
    const deviation = scale * Math.sqrt(2 / weights.rows);
    for (let i = 0; i < weights.data.length; i++) weights.data[i] = deviation * rng.normal();
    for (let o = 0; o < bias.length; o++) bias[o] = 0.1 * rng.normal();
  }
  return parameters;
}

/**
 * Inputs are normal at a scale of 1e-2 to 1e2, or bytes divided by 255; a third of them are 0.
 * Targets are one-hot, soft, 0 and 1, or any numbers.
 */
export function randomBatch(
  network: NetworkSpec,
  B: number,
  rng: Rng,
  scale = power(10, 4 * rng.uniform() - 2),
): Batch {
  const inputs = zeros('f32', B, network.inputs);
  const bytes = rng.uniform() < 0.25;
  for (let i = 0; i < inputs.data.length; i++) {
    const zero = rng.uniform() < 1 / 3;
    inputs.data[i] = zero ? 0 : bytes ? rng.below(256) / 255 : scale * rng.normal();
  }
  const targets = zeros('f32', B, outputs(network));
  const shares = isRowActivation(network.layers[network.layers.length - 1].activation);
  const isBetween = lossOf(network.loss).targets !== undefined; // 0 and 1
  const soft = isBetween && rng.uniform() < 0.2;
  for (let r = 0; r < B; r++) {
    if (shares && rng.uniform() < 0.8) targets.data[r * targets.cols + rng.below(targets.cols)] = 1;
    else if (shares) softRow(targets, r, rng);
    else
      for (let k = 0; k < targets.cols; k++) {
        const t = isBetween ? (soft ? rng.below(257) / 256 : rng.below(2)) : rng.normal();
        targets.data[r * targets.cols + k] = t;
      }
  }
  return { inputs, targets };
}

/** Adds probabilities in multiples of 1/256, so that they sum to exactly 1 in binary32. */
function softRow(targets: Matrix, r: number, rng: Rng): void {
  for (let n = 0; n < 256; n++) targets.data[r * targets.cols + rng.below(targets.cols)] += 1 / 256;
}

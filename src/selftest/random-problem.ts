// A random network with parameters, a batch and an optimizer for the self-test; one seed determines
// everything.
import type { Batch } from '../network/batch.ts';
import { drawMasks } from '../network/masks.ts';
import { shapesOf, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS, isRowActivation, lossOf } from '../ops/registry.ts';
import { countMultiplications, countParameters, lastLayer, outputs } from '../network/spec.ts';
import { withOtherPieces } from './other-pieces.ts';
import { pick, randomHead } from './random-head.ts';
import { randomPictureNetwork } from './random-pictures.ts';
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
  /** Dense layers and two losses alone: what every engine computes. */
  readonly plain: boolean;
}
const SIZES: Sizes = { largest: 300, deepest: 5, mostWork: 2e6, plain: false };

/** The share of networks that read pictures. */
const PICTURES = 0.2;

/**
 * Layer and batch sizes from 1 to `largest` (half of the draws are below its square root), 1 to
 * `deepest` layers, inputs and weights at several scales.
 */
export function randomProblem(seed: number, sizes: Partial<Sizes> = {}): RandomProblem {
  const { largest, deepest, mostWork, plain } = { ...SIZES, ...sizes };
  if (!plain && createRng(seed, 'pictures').uniform() < PICTURES) return pictureProblem(seed, largest, mostWork);
  const rng = createRng(seed, 'self-test');
  const size = (): number => Math.max(1, Math.round(power(largest, rng.uniform())));
  for (;;) {
    const drawn = randomNetwork(rng, size, deepest);
    const network = plain ? drawn : withMore(drawn, seed);
    const B = size();
    if (countParameters(network) * B > mostWork) continue;
    const optimizer = optimizerSpec(pick(rng, COMPARABLE), { learningRate: power(10, -3 * rng.uniform()) });
    const [start, batch] = [randomParameters(network, rng), randomBatch(network, B, rng)];
    if (plain) return { seed, network, optimizer, start, batch };
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

function withMore(network: NetworkSpec, seed: number): NetworkSpec {
  const others = withOtherPieces(network, createRng(seed, 'other pieces'));
  return withMoreLayers(others, createRng(seed, 'more layers'));
}

/** The share of networks with normalizations and dropout among their layers. */
const MORE_LAYERS = 0.25;

/** Some networks get such a layer below some of their layers. */
function withMoreLayers({ layers, ...network }: NetworkSpec, rng: Rng): NetworkSpec {
  if (rng.uniform() >= MORE_LAYERS) return { ...network, layers };
  const one = (): LayerSpec => {
    const kind = pick(rng, ['layer-norm', 'batch-norm', 'dropout']);
    const rate = kind === 'dropout' && { rate: pick(rng, [0.1, 0.25, 0.5, 0.8]) };
    const activation = rng.uniform() < 0.5 && { activation: pick(rng, ELEMENTWISE_ACTIVATIONS) };
    return { kind, ...rate, ...activation } as unknown as LayerSpec;
  };
  const more = (layer: LayerSpec): LayerSpec[] => (rng.uniform() < 0.6 ? [one(), layer] : [layer]);
  return { ...network, layers: layers.flatMap(more) };
}

function pictureProblem(seed: number, largest: number, mostWork: number): RandomProblem {
  const rng = createRng(seed, 'self-test of pictures');
  for (;;) {
    const network = randomPictureNetwork(rng, Math.sqrt(largest));
    const B = Math.max(1, Math.round(power(largest, rng.uniform())));
    if (network === null || countMultiplications(network) * B > mostWork) continue;
    const optimizer = optimizerSpec(pick(rng, COMPARABLE), { learningRate: power(10, -3 * rng.uniform()) });
    return { seed, network, optimizer, start: randomParameters(network, rng), batch: randomBatch(network, B, rng) };
  }
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

/**
 * Normal weights with the deviation of He et al., times `scale`; biases and other tensors around
 * the number that they start at. Rounded to binary32.
 */
export function randomParameters(network: NetworkSpec, rng: Rng, scale = power(2, 2 * rng.uniform() - 1)): Parameters {
  const parameters = zeroParameters(network, 'f32');
  shapesOf(network).forEach(({ start }, t) => {
    const { values } = parameters[t];
    const [centre, deviation] = typeof start === 'number' ? [start, 0.1] : [0, scale * Math.sqrt(2 / start.fanIn)];
    for (let i = 0; i < values.length; i++) values[i] = centre + deviation * rng.normal();
  });
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
  const shares = isRowActivation(lastLayer(network).activation);
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
  return { inputs, targets, ...drawMasks(network, B, rng) };
}

/** Adds probabilities in multiples of 1/256, so that they sum to exactly 1 in binary32. */
function softRow(targets: Matrix, r: number, rng: Rng): void {
  for (let n = 0; n < 256; n++) targets.data[r * targets.cols + rng.below(targets.cols)] += 1 / 256;
}

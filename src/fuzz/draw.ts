// A random problem from a space: one seed determines everything.
import { DataError, UsageError } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import { checkNetwork, countMultiplications, layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { power } from '../numeric/elementary.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import type { OptimizerId, OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { pick } from '../selftest/random-head.ts';
import { randomPictureNetwork } from '../selftest/random-pictures.ts';
import { randomBatch, randomParameters } from '../selftest/random-problem.ts';
import { networkFrom } from './space.ts';
import type { Head, Space } from './space.ts';
import { additionsOf, withAdditions } from './training.ts';

/** What an engine is asked: a network, a training, and the numbers. */
export interface Problem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** Updates, and training steps, of a subject that makes its own. */
  readonly steps: number;
  readonly start: Parameters;
  readonly batch: Batch;
}

/** The share of networks that read pictures, if there are such layers. */
const PICTURES = 0.2;
/** The share with normalizations and dropout among their layers. */
const ROW_LAYERS = 0.25;
/** The share with a penalty. */
const PENALISED = 0.2;
/** The share of sizes that another size of the network has too: some mistakes show only then. */
const SHARED = 0.35;
/** Multiplications of a forward pass. A larger draw is discarded. */
const MOST_WORK = 2e6;
/** Draws of pictures whose windows do not fit, before dense layers are drawn instead. */
const TRIES = 20;
const SMALLEST_SCALE = 0.01;
const READS_PICTURES = ['conv2d', 'max-pool', 'average-pool'];

/**
 * The problem of this seed.
 * @param adapt changes the network to one that a candidate can compute
 */
export function drawProblem(
  seed: number,
  space: Space,
  adapt: (network: NetworkSpec) => NetworkSpec = (network) => network,
): Problem {
  const rng = createRng(seed, 'fuzz');
  for (;;) {
    const sizes = new Sizes(rng, space.largest);
    const network = adapt(drawNetwork(rng, space, sizes));
    const B = sizes.within(space.examples);
    if (countMultiplications(network) * B > MOST_WORK) continue;
    const optimizer = optimizerSpec(pick(rng, space.optimizers) as OptimizerId, {
      learningRate: power(10, -3 * rng.uniform()),
    });
    const start = randomParameters(network, rng);
    const scale = SMALLEST_SCALE * power(space.scale / SMALLEST_SCALE, rng.uniform());
    const batch = drawBatch(network, B, rng, scale, space.classes);
    const affordable = Math.floor(MOST_WORK / (countMultiplications(network) * B));
    return { network, ...drawTraining(seed, optimizer, space, affordable), start, batch };
  }
}

/** @param most steps that are worth the time */
function drawTraining(
  seed: number,
  optimizer: OptimizerSpec,
  space: Space,
  most: number,
): Pick<Problem, 'optimizer' | 'steps'> {
  const rng = createRng(seed, 'fuzz: training');
  const steps = Math.min(1 + rng.below(space.steps), most);
  return { optimizer: withAdditions(rng, optimizer, space.additions), steps };
}

/** Examples whose targets fit the network. */
export function drawBatch(network: NetworkSpec, B: number, rng: Rng, scale: number, classes: boolean): Batch {
  const batch = randomBatch(network, B, rng, scale);
  return classes ? withClasses(batch, rng) : batch;
}

/** The batch with a class for each example. With one output it is 0 or 1. */
function withClasses(batch: Batch, rng: Rng): Batch {
  const { rows, cols, data } = batch.targets;
  const targets = { rows, cols, data: data.slice().fill(0) };
  for (let r = 0; r < rows; r++) {
    if (cols === 1) targets.data[r] = rng.below(2);
    else targets.data[r * cols + rng.below(cols)] = 1;
  }
  return { ...batch, targets };
}

/** Random sizes, half of them below the root of the largest; some repeat an earlier one. */
class Sizes {
  readonly #rng: Rng;
  readonly #largest: number;
  readonly #taken: number[] = [];

  constructor(rng: Rng, largest: number) {
    this.#rng = rng;
    this.#largest = largest;
  }

  next(): number {
    return this.within([1, this.#largest]);
  }

  within([least, most]: readonly [number, number]): number {
    const same = this.#taken.filter((size) => size >= least && size <= most);
    const repeats = same.length > 0 && this.#rng.uniform() < SHARED;
    const size = repeats ? pick(this.#rng, same) : Math.round(least * power(most / least, this.#rng.uniform()));
    this.#taken.push(size);
    return size;
  }
}

function drawNetwork(rng: Rng, space: Space, sizes: Sizes): NetworkSpec {
  const readers = READS_PICTURES.filter((kind) => space.kinds.includes(kind));
  const network =
    (readers.length > 0 && rng.uniform() < PICTURES ? pictures(rng, space, readers) : null) ?? dense(rng, space, sizes);
  return withPenalty(rng, withRowLayers(rng, network, space), space);
}

function dense(rng: Rng, space: Space, sizes: Sizes): NetworkSpec {
  const [output, loss] = drawHead(rng, space);
  const inputs = sizes.next();
  const layers = Array.from({ length: pick(rng, space.depths) - 1 }, () => ({
    units: sizes.next(),
    activation: pick(rng, space.activations),
  }));
  return networkFrom({ inputs, layers: [...layers, { units: sizes.next(), activation: output }], loss });
}

/** Every loss as often: some are defined on one output, others on all. */
function drawHead(rng: Rng, { heads }: Space): Head {
  const loss = pick(rng, [...new Set(heads.map(([, one]) => one))]);
  return pick(
    rng,
    heads.filter(([, one]) => one === loss),
  );
}

/** null if no picture network of this space fits. */
function pictures(rng: Rng, space: Space, readers: readonly string[]): NetworkSpec | null {
  const pieces = {
    activation: () => pick(rng, space.activations.length > 0 ? space.activations : ['linear']),
    head: () => drawHead(rng, space),
    kind: () => pick(rng, readers),
  };
  for (let n = 0; n < TRIES; n++) {
    const network = randomPictureNetwork(rng, Math.min(space.largest, MOST_PIXELS), pieces);
    if (network !== null) return network;
  }
  return null;
}

/** Most rows and columns of a picture. */
const MOST_PIXELS = 8;

function withRowLayers(rng: Rng, network: NetworkSpec, { kinds, activations }: Space): NetworkSpec {
  const rows = kinds.filter((kind) => !READS_PICTURES.includes(kind));
  if (rows.length === 0 || rng.uniform() >= ROW_LAYERS) return network;
  const one = (): object => {
    const kind = pick(rng, rows);
    const rate = kind === 'dropout' && { rate: pick(rng, [0.25, 0.5, 0.75]) };
    const activation = activations.length > 0 && rng.uniform() < 0.5 && { activation: pick(rng, activations) };
    return { kind, ...rate, ...activation };
  };
  const layers = network.layers.flatMap((layer) => (rng.uniform() < 0.5 ? [one(), layer] : [layer]));
  const more = networkFrom({ ...network, layers });
  return isPossible(more) ? more : network;
}

function withPenalty(rng: Rng, network: NetworkSpec, { penalties }: Space): NetworkSpec {
  if (penalties.length === 0 || rng.uniform() >= PENALISED) return network;
  const penalty = {
    kind: pick(rng, penalties),
    strength: power(10, -3 * rng.uniform()),
    ...(rng.uniform() < 0.3 && { half: true }),
    ...(rng.uniform() < 0.3 && { biases: true }),
    ...(rng.uniform() < 0.3 && { overBatch: true }),
  };
  return networkFrom({ ...network, penalties: [penalty] });
}

/** Whether the space has such a problem, whatever its numbers and sizes are. */
export function isWithin({ network, optimizer, steps, batch }: Problem, space: Space): boolean {
  const { layers, loss, penalties = [] } = network;
  const kinds = layersOf(network).map(({ page }) => page.id);
  const [fewest, most] = space.examples;
  const B = batch.inputs.rows;
  return (
    layers.slice(0, -1).every(({ activation }) => isAny(activation, space.activations)) &&
    space.heads.some(([output, one]) => one === loss && output === layers[layers.length - 1].activation) &&
    kinds.every((id) => id === 'dense' || id === 'flatten' || space.kinds.includes(id)) &&
    space.depths.includes(kinds.filter((id) => id === 'dense').length) &&
    penalties.every(({ kind }) => space.penalties.includes(kind)) &&
    space.optimizers.includes(optimizer.id) &&
    additionsOf(optimizer).every((one) => space.additions.includes(one)) &&
    steps <= space.steps &&
    B >= fewest &&
    B <= most
  );
}

/** A layer of another kind than dense may have none. */
function isAny(activation: string | undefined, all: readonly string[]): boolean {
  return activation === undefined || all.includes(activation);
}

/** Whether backproof can compute it. */
export function isPossible(network: NetworkSpec): boolean {
  try {
    checkNetwork(network);
    layersOf(network);
    return true;
  } catch (error) {
    if (error instanceof UsageError || error instanceof DataError) return false;
    throw error;
  }
}

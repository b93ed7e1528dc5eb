// The general point: random weights, biases that are not 0, dense inputs, shuffled targets. Checks
// ask there as well as at the user's own point, whose zero biases, equal weights or empty pixels
// can hide a mistake.
import type { Batch } from '../../network/batch.ts';
import { heldBatch, heldParameters } from '../../network/held.ts';
import { initialParameters } from '../../network/initializers.ts';
import { drawMasks, mapBatch } from '../../network/masks.ts';
import { isAlwaysZero, shapesOf } from '../../network/parameters.ts';
import { copyParameters, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { countMultiplications, lastLayer, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { dot } from '../../numeric/norms.ts';
import { createRng } from '../../numeric/rng.ts';
import type { Rng } from '../../numeric/rng.ts';
import { alignOnce } from '../../numeric/bounds/alikeness.ts';
import type { Align } from '../../numeric/bounds/alikeness.ts';
import { activationOf, lossOf } from '../../ops/registry.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';

/** Parameters and a batch of one network, rounded to what all engines hold. */
export interface Point {
  readonly parameters: Parameters;
  readonly batch: Batch;
}

/**
 * How many points are drawn; the one that hides least is kept. For large networks the first
 * is taken.
 */
const DRAWS = 8;
const LARGE = 20_000;
/**
 * Far from the seeds that people choose, so that the general point is not the given one by chance.
 */
const SEEDS_FROM = 7_000_001;
/** Batch sizes; none divides another. */
const SIZES = [7, 5, 11, 3, 13, 17, 19, 23, 29];

/** Units of the layers of a small network, the inputs first; none is another one's double. */
const WIDTHS = [5, 4, 6, 7, 9, 11, 13];

/**
 * A small network of the same layers and outputs; null if it is small already, or has layers other
 * than dense ones.
 */
export function smallLike(network: NetworkSpec): NetworkSpec | null {
  const { inputShape: _shape, ...rest } = network;
  if (countMultiplications(network) <= LARGE || network.layers.some(({ kind }) => kind !== undefined)) return null;
  const last = network.layers.length - 1;
  const layers = network.layers.map((layer, l) => (l === last ? layer : { ...layer, units: widthOf(l + 1) }));
  return { ...rest, inputs: widthOf(0), layers };
}

const widthOf = (n: number): number => WIDTHS[n % WIDTHS.length];

/** A point, and what is known about it. */
export interface GeneralPoint extends Point {
  /** How errors are correlated at its parameters, for all batches there. */
  readonly align: Align;
  /** The exact answer there, computed on first use. */
  readonly exact: () => BoundedGradients;
}

/** Points of small networks by batch size and targets: they depend on nothing else. */
const found = new WeakMap<NetworkSpec, Map<string, GeneralPoint>>();

/**
 * The parameters and the batch are copies: whoever is asked may change them.
 * @param oneHot whether each row of targets is one class, as in the user's own data
 */
export function generalPoint(network: NetworkSpec, B: number, oneHot: boolean): GeneralPoint {
  if (countMultiplications(network) > LARGE) return search(network, B, oneHot, 1);
  const points = found.get(network) ?? new Map<string, GeneralPoint>();
  found.set(network, points);
  const key = `${B} ${oneHot}`;
  const point = points.get(key) ?? search(network, B, oneHot, DRAWS);
  points.set(key, point);
  const batch = mapBatch(point.batch, copyOf);
  return { ...point, parameters: copyParameters(point.parameters, 'f32'), batch };
}

function copyOf({ rows, cols, data }: Matrix): Matrix {
  return { rows, cols, data: data.slice() };
}

function search(network: NetworkSpec, B: number, oneHot: boolean, draws: number): GeneralPoint {
  let best: { point: GeneralPoint; hidden: number } | null = null;
  const scales = mayGrow(network) ? SCALES : [1];
  for (let n = 0; n < draws; n++) {
    for (const scale of scales) {
      const point = pointOf(network, B, SEEDS_FROM + n, oneHot, scale);
      const hidden = (draws === 1 ? 0 : hiddenAt(point.exact())) + formulasHiddenAt(network, point);
      if (best === null || hidden < best.hidden) best = { point, hidden };
      if (hidden === 0) return point;
    }
  }
  if (best === null) throw new Error('DRAWS is 0');
  return best.point;
}

/** Of the last layer: outputs of the size of targets may all have one formula of a loss. */
const SCALES = [1, 6, 36];

/** Whether larger weights may lead to another formula of the loss. */
function mayGrow(network: NetworkSpec): boolean {
  const [lowest, highest] = activationOf(lastLayer(network).activation).targets ?? [0, Infinity];
  return lossOf(network.loss).changes !== undefined && !(Number.isFinite(lowest) && Number.isFinite(highest));
}

/** How many formulas of the loss no entry of the batch has. */
function formulasHiddenAt(network: NetworkSpec, { batch, exact }: GeneralPoint): number {
  const { changes } = lossOf(network.loss);
  if (changes === undefined) return 0;
  const { data } = exact().outputs.value;
  const sides = new Set(Array.from(data, (p, i) => Math.sign(changes(p, batch.targets.data[i]))));
  return [-1, 1].filter((side) => !sides.has(side)).length;
}

function pointOf(network: NetworkSpec, B: number, seed: number, oneHot: boolean, scale: number): GeneralPoint {
  const drawn = randomParameters(network, seed);
  const last = network.layers.length;
  for (const { layer, values } of drawn) if (layer === last) for (let i = 0; i < values.length; i++) values[i] *= scale;
  const parameters = heldParameters(network, drawn);
  const batch = heldBatch(network, randomBatch(network, B, seed, oneHot));
  const align = alignOnce();
  let known: BoundedGradients | null = null;
  const exact = (): BoundedGradients => (known ??= boundedGradients(network, parameters, batch, align));
  return { parameters, batch, align, exact };
}

/**
 * Counts what hides mistakes: gradients that are exactly 0 (units that are off for every example),
 * and units at a kink.
 */
function hiddenAt({ gradients, kinks }: BoundedGradients): number {
  const trained = gradients.filter((tensor) => tensor.trained !== false);
  return trained.reduce((sum, { values }) => sum + values.filter((x) => x === 0).length, kinks.length);
}

/**
 * A batch size that is neither one of these nor half of one, so that a sum over examples is not
 * taken for a sum over units; null if none is left.
 */
export function sizeUnlike(taken: readonly number[]): number | null {
  return SIZES.find((size) => !taken.includes(size) && !taken.includes(2 * size)) ?? null;
}

/**
 * Glorot's uniform weights. Biases, and other parameters that start at one number everywhere, are
 * drawn near that number: leaving one out then shows.
 */
export function randomParameters(network: NetworkSpec, seed: number): Parameters {
  const parameters = initialParameters(withoutInitializers(network), 'glorot-uniform', seed);
  const rng = createRng(seed, 'biases');
  shapesOf(network).forEach((tensor, t) => {
    const { start } = tensor;
    if (typeof start !== 'number' || isAlwaysZero(network, tensor)) return;
    const { values } = parameters[t];
    for (let i = 0; i < values.length; i++) values[i] = start + 0.1 * rng.normal();
  });
  return parameters;
}

/** A layer may ask for zeros: no general point has these. */
function withoutInitializers(network: NetworkSpec): NetworkSpec {
  if (network.layers.every(({ initializer }) => initializer === undefined)) return network;
  return { ...network, layers: network.layers.map(({ initializer: _own, ...layer }) => layer) };
}

/** Normal inputs, none of them 0; targets within the range of the output, or one class each. */
export function randomBatch(network: NetworkSpec, B: number, seed: number, oneHot: boolean): Batch {
  const rng = createRng(seed, 'examples');
  const inputs = zeros('f32', B, network.inputs);
  rng.fillNormal(inputs.data, 1);
  const targets = zeros('f32', B, outputs(network));
  const loss = lossOf(network.loss);
  const range = loss.targets ?? activationOf(lastLayer(network).activation).targets;
  if (!oneHot && loss.targetsSumTo1 !== true)
    for (let i = 0; i < targets.data.length; i++) targets.data[i] = draw(rng, range);
  else for (let r = 0; r < B; r++) targets.data[r * targets.cols + rng.below(targets.cols)] = 1;
  return { inputs, targets, ...drawMasks(network, B, createRng(seed, 'masks')) };
}

/** Uniform within a finite range; otherwise normal, or the absolute value of a normal number. */
function draw(rng: Rng, [lowest, highest]: readonly [number, number] = [0, Infinity]): number {
  if (Number.isFinite(highest)) return lowest + (highest - lowest) * rng.uniform();
  return lowest < 0 ? rng.normal() : lowest + Math.abs(rng.normal());
}

/**
 * Random gradients, tensor by tensor of the size of the given ones, scaled differently at
 * each step.
 */
export function freshGradients(network: NetworkSpec, like: Parameters): (step: number) => Parameters {
  const sizes = like.map(({ values }) => {
    const squares = dot(values, values);
    return squares > 0 ? Math.sqrt(squares / values.length) : 1;
  });
  return (step) => {
    const rng = createRng(SEEDS_FROM + step, 'gradients');
    const fresh = zeroParameters(network, 'f32');
    for (const [t, { values, trained }] of fresh.entries())
      if (trained !== false) rng.fillNormal(values, sizes[t] * STEP_FACTORS[step % STEP_FACTORS.length]);
    return heldParameters(network, fresh);
  };
}

/**
 * Gradients that change in size tell an optimizer that keeps a running mean from one that does not.
 */
const STEP_FACTORS = [1, 3, 0.25, 2, 0.5];

/** Whether every row is a class: one 1, and 0 elsewhere. */
export function isOneHot({ rows, cols, data }: Matrix): boolean {
  for (let r = 0; r < rows; r++) {
    let ones = 0;
    for (let k = 0; k < cols; k++) {
      const target = data[r * cols + k];
      if (target !== 0 && target !== 1) return false;
      ones += target;
    }
    if (ones !== 1) return false;
  }
  return true;
}

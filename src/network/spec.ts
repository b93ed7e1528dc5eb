// A network as plain data: the layers of a multilayer perceptron and its loss.
import { DataError, UsageError, placed } from '../errors.ts';
import type { Fields, LayerPage, ParameterShape } from '../ops/layers/page.ts';
import type { ArithmeticId } from '../numeric/bounds/arithmetic.ts';
import type { PictureLayerSpec } from './picture-layers.ts';
import type { RowLayerSpec } from './row-layers.ts';
import type { PenaltySpec } from '../ops/penalties/page.ts';
import {
  activationOf,
  activationPages,
  isRowActivation,
  knownActivation,
  knownLoss,
  layerKindOf,
  lossOf,
  lossPages,
} from '../ops/registry.ts';
import type { ActivationId, LayerKindId, LossId } from '../ops/registry.ts';
import { formatLayer } from './layer-notation.ts';
import { namesOf, requireCount, requireKnown } from './require.ts';
import { checkPenalties, penaltyFormula } from './penalty-spec.ts';

/** 2^26 take half a gigabyte in binary64, and a check holds several copies. */
const MOST_PARAMETERS = 2 ** 26;

/**
 * TensorFlow.js and the graph of scalars recurse over layers. All engines manage three times
 * as many.
 */
export const MOST_LAYERS = 1000;

/**
 * A layer. { units, activation } is a dense one: z = x W + b with x (B, inputs of the layer), W
 * (inputs, units), b (units), then a = activation(z). Others name their `kind`; they have other
 * fields, and an activation only if they are followed by one.
 */
export interface LayerSpec {
  readonly kind?: LayerKindId;
  readonly units: number;
  readonly activation: ActivationId;
  /** false: this layer's bias stays at 0, and so does its gradient. Default: as the network. */
  readonly bias?: boolean | undefined;
  /** One of INITIALIZERS, for this layer's weights. Default: the one that is chosen for all. */
  readonly initializer?: string | undefined;
}

/** The same layer, typed as one of a network: layers: [rowLayer({ kind: 'batch-norm' }), ...]. */
export function rowLayer(spec: RowLayerSpec): LayerSpec {
  return spec as unknown as LayerSpec;
}

/** The same layer, typed as one of a network: layers: [pictureLayer({ kind: 'flatten' }), ...]. */
export function pictureLayer(spec: PictureLayerSpec): LayerSpec {
  return spec as unknown as LayerSpec;
}

/**
 * A multilayer perceptron: layer l computes z = a_prev W + b and a = activation(z). Loss: `mse` is
 * (1/B) Σ_b (1/K) Σ_k (target - output)²; `cross-entropy` is (1/B) Σ_b -Σ_k target·log softmax(z)
 * and is defined on a softmax output only.
 */
export interface NetworkSpec {
  readonly inputs: number;
  /**
   * [height, width, channels] where an example is a picture: its numbers are then row-major,
   * channels last. Their product is `inputs`. Layers that read pictures need it.
   */
  readonly inputShape?: readonly number[] | undefined;
  readonly layers: readonly LayerSpec[];
  readonly loss: LossId;
  /** false: biases stay at 0, and so do their gradients. Default: true. */
  readonly biases?: boolean | undefined;
  /** Added to the loss: functions of the parameters alone, such as λ Σ w². Default: none. */
  readonly penalties?: readonly PenaltySpec[] | undefined;
  /**
   * How exact the least exact engine is that the network is compared on; bounds allow for it.
   * `gpu`: what WGSL and GLSL ask of shaders; `gpu16`: the same, stored in 16 bits. Default: IEEE
   * 754.
   */
  readonly arithmetic?: ArithmeticId | undefined;
}

/** A layer with everything that follows from its kind and its place. */
export interface NetworkLayer {
  readonly page: LayerPage;
  readonly spec: Fields;
  /** Numbers per example that enter it, and that leave it. */
  readonly inputs: number;
  readonly units: number;
  /** The shape of what leaves it, where that is known. */
  readonly shape: readonly number[] | undefined;
  readonly activation: ActivationId;
  readonly parameters: readonly ParameterShape[];
}

const resolved = new WeakMap<NetworkSpec, readonly NetworkLayer[]>();

/**
 * The layers of a network, from the input to the output.
 * @throws UsageError where a kind is unknown or does not fit
 */
export function layersOf(network: NetworkSpec): readonly NetworkLayer[] {
  let layers = resolved.get(network);
  if (layers === undefined) resolved.set(network, (layers = resolve(network)));
  return layers;
}

/** The kind that { units, activation } is short for. */
const SHORT_FORM = 'dense';

/** The short form has an activation; for other kinds it is optional. */
function activationOfLayer(kind: string | undefined, activation: ActivationId | undefined): ActivationId {
  return kind === undefined ? (activation as ActivationId) : (activation ?? 'linear');
}

function resolve(network: NetworkSpec): NetworkLayer[] {
  let { inputs, inputShape } = network;
  return network.layers.map((layer, l) => {
    const { kind, activation, bias: _bias, initializer: _initializer, ...given } = layer as Partial<LayerSpec>;
    const page = layerKindOf(kind ?? SHORT_FORM);
    const fields: Fields = { ...defaultsOf(page), ...given };
    if (page.reads === 'picture' && inputShape?.length !== 3) throw noPicture(l, page.id, inputShape ?? [inputs]);
    const spec: Fields = inputShape === undefined ? fields : { ...fields, inputShape };
    const shape = placed(`network.layers[${l}]: `, () => page.shape?.(spec, inputShape));
    const resolved = {
      page,
      spec,
      inputs,
      shape,
      units: shape === undefined ? page.outputs(spec, inputs) : sizeOf(shape),
      activation: activationOfLayer(kind, activation),
    };
    const parameters = page.parameters(spec, inputs);
    [inputs, inputShape] = [resolved.units, shape];
    return { ...resolved, parameters };
  });
}

/** The fields that a layer has where its spec leaves them out. */
function defaultsOf({ fields = {} }: LayerPage): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, { missing }]) => (missing === undefined ? [] : [[name, missing]])),
  );
}

function noPicture(l: number, kind: string, found: readonly number[]): UsageError {
  return new UsageError(
    `network.layers[${l}]: ${kind} reads pictures (height, width, channels), but gets ${found.join(' x ')} numbers without that shape`,
    l === 0 ? 'give network.inputShape, or a data set of pictures' : 'put it above dense layers and flatten',
  );
}

export function outputs(network: NetworkSpec): number {
  return lastLayer(network).units;
}

export function lastLayer(network: NetworkSpec): NetworkLayer {
  const last = layersOf(network).at(-1);
  if (last === undefined) throw new DataError('network.layers: expected at least one layer, got none');
  return last;
}

/** Whether layer l (0-based) learns its bias; otherwise it stays at 0. */
export function hasBias({ layers, biases }: NetworkSpec, l: number): boolean {
  return biases !== false && layers[l].bias !== false;
}

/** Whether every layer learns its bias. */
export function hasAllBiases(network: NetworkSpec): boolean {
  return network.layers.every((_, l) => hasBias(network, l));
}

/** Whether outputs are 1/K where no score is positive, and such examples are counted. */
export function uniformWhereNoneIsPositive(network: NetworkSpec): boolean {
  const page = activationOf(lastLayer(network).activation);
  return page.kind === 'output' && page.uniformWhereNoneIsPositive === true;
}

/** Numbers per example that enter layer l (0-based). */
export function widthInto(network: NetworkSpec, l: number): number {
  return layersOf(network)[l].inputs;
}

/** Number of trained parameters; of dense layers Σ (inputs + 1) · units. */
export function countParameters(network: NetworkSpec): number {
  const shapes = layersOf(network).flatMap(({ parameters }) => parameters);
  return shapes.reduce((sum, { shape, trained }) => sum + (trained === false ? 0 : sizeOf(shape)), 0);
}

/** Multiplications of one forward pass of one example; of dense layers one per parameter. */
export function countMultiplications(network: NetworkSpec): number {
  return layersOf(network).reduce((sum, { page, spec, inputs, parameters }) => {
    const own = parameters.reduce((size, { shape }) => size + sizeOf(shape), 0);
    return sum + (page.multiplications?.(spec, inputs) ?? own);
  }, 0);
}

/** Number of entries in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/**
 * "784-128-10, relu, softmax, cross-entropy": how reports name a network. One with layers that read
 * pictures: "28x28x1, conv:8x3:relu, max-pool:2, flatten, dense:10:softmax, cross-entropy".
 */
export function describeNetwork(network: NetworkSpec): string {
  const layers = layersOf(network);
  const without = network.layers.flatMap((_, l) => (hasBias(network, l) ? [] : [l + 1]));
  const isAll = without.length === network.layers.length;
  const biases = without.length === 0 ? '' : isAll ? 'no biases' : `no bias in layer ${without.join(', ')}`;
  const loss = [network.loss, penaltyFormula(network)].filter((part) => part !== null).join(' + ');
  const all = layers.some(({ page }) => page.reads === 'picture')
    ? [(network.inputShape ?? []).join('x'), ...network.layers.map(formatLayer), loss]
    : [...widthsAndActivations(network), loss];
  return [...all, biases].filter((part) => part !== '').join(', ');
}

function widthsAndActivations(network: NetworkSpec): string[] {
  const layers = layersOf(network);
  const widths = [
    network.inputs,
    ...layers.map(({ units }, l) => [units, network.layers[l].kind ?? ''].join(' ').trim()),
  ].join('-');
  const hidden = [...new Set(layers.slice(0, -1).map((layer) => layer.activation))].join('/');
  return [widths, hidden, lastLayer(network).activation];
}

/**
 * Refuses networks that make no sense.
 * @throws UsageError or DataError that names the layer
 */
export function checkNetwork(network: NetworkSpec): void {
  requireCount(network.inputs, 'network.inputs');
  if (network.inputShape !== undefined) requireShape(network.inputShape, network.inputs);
  if (network.layers.length > MOST_LAYERS) {
    throw new UsageError(`network.layers: expected at most ${MOST_LAYERS} layers, got ${network.layers.length}`);
  }
  network.layers.forEach((layer, l) => {
    requireFields(layer, `network.layers[${l}]`);
    const activation = activationOfLayer(layer.kind, layer.activation);
    requireKnown(activation, { pages: activationPages(), known: knownActivation }, `network.layers[${l}].activation`);
    if (l < network.layers.length - 1 && isRowActivation(activation)) {
      throw new UsageError(
        `network.layers[${l}]: ${activation} is for the last layer only`,
        `choose one of ${namesOf(activationPages().filter(({ kind }) => kind === 'elementwise'))}`,
      );
    }
  });
  const last = lastLayer(network);
  const following = layersOf(network).find(({ page }) => page.follow !== undefined);
  if (following !== undefined && network.layers.some((_, l) => !hasBias(network, l)))
    throw new UsageError(`layers without a bias are not supported with ${following.page.id}`);
  requireKnown(network.loss, { pages: lossPages(), known: knownLoss }, 'network.loss');
  checkPenalties(network, network.layers.length);
  const parameters = countParameters(network);
  if (parameters > MOST_PARAMETERS) {
    throw new UsageError(
      `${describeNetwork(network)} has ${parameters} parameters; at most ${MOST_PARAMETERS} are supported`,
    );
  }
  const { on, outputs: wanted = last.units } = lossOf(network.loss);
  if (wanted !== last.units)
    throw new UsageError(`${network.loss} is for ${wanted} outputs, but the network has ${last.units}`);
  if (on !== undefined && !on.includes(last.activation)) {
    const allowed = lossPages().filter((loss) => loss.on?.includes(last.activation) ?? true);
    // one that is made for this output, or else one for any
    const others = allowed.toSorted((a, b) => Number(b.on !== undefined) - Number(a.on !== undefined));
    throw new UsageError(
      `${network.loss} is defined on a ${on.join(' or ')} output, not on ${last.activation}`,
      [`use --output ${on[0]}`, ...others.slice(0, 1).map(({ id }) => `or --loss ${id}`)].join(', '),
    );
  }
}

function requireShape(shape: readonly number[], inputs: number): void {
  shape.forEach((n, d) => {
    requireCount(n, `network.inputShape[${d}]`);
  });
  if (shape.length === 3 && sizeOf(shape) === inputs) return;
  throw new DataError(
    `network.inputShape: expected height, width and channels with the product ${inputs} of network.inputs, got ${shape.join(', ')}`,
  );
}

function requireFields(layer: LayerSpec, where: string): void {
  const { counts, fields = {} } = layerKindOf(layer.kind ?? SHORT_FORM);
  const values = layer as unknown as Fields;
  for (const name of counts) requireCount(values[name], `${where}.${name}`);
  for (const [name, { expected, optional, fits }] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined ? optional === true : fits(value)) continue;
    throw new DataError(`${where}.${name}: expected ${expected}, got ${JSON.stringify(value) ?? 'nothing'}`);
  }
}

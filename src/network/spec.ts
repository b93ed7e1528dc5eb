// A network as plain data: the layers of a multilayer perceptron and its loss.
import { DataError, UsageError } from '../errors.ts';
import type { Fields, LayerPage, ParameterShape } from '../ops/layers/page.ts';
import { choicesOf } from '../ops/family.ts';
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
 * (inputs, units), b (units), then a = activation(z). Others name their `kind`.
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

/**
 * A multilayer perceptron: layer l computes z = a_prev W + b and a = activation(z). Loss: `mse` is
 * (1/B) Σ_b (1/K) Σ_k (target - output)²; `cross-entropy` is (1/B) Σ_b -Σ_k target·log softmax(z)
 * and is defined on a softmax output only.
 */
export interface NetworkSpec {
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
  readonly loss: LossId;
  /** false: biases stay at 0, and so do their gradients. Default: true. */
  readonly biases?: boolean | undefined;
  /** Added to the loss: functions of the parameters alone, such as λ Σ w². Default: none. */
  readonly penalties?: readonly PenaltySpec[] | undefined;
}

/** A layer with everything that follows from its kind and its place. */
export interface NetworkLayer {
  readonly page: LayerPage;
  readonly spec: Fields;
  /** Numbers per example that enter it, and that leave it. */
  readonly inputs: number;
  readonly units: number;
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
  let { inputs } = network;
  return network.layers.map(({ kind, activation, bias: _bias, initializer: _initializer, ...spec }) => {
    const page = layerKindOf(kind ?? SHORT_FORM);
    const layer = {
      page,
      spec,
      inputs,
      units: page.outputs(spec, inputs),
      activation: activationOfLayer(kind, activation),
    };
    inputs = layer.units;
    return { ...layer, parameters: page.parameters(spec, layer.inputs) };
  });
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

/** Number of parameters; of dense layers Σ (inputs + 1) · units. */
export function countParameters(network: NetworkSpec): number {
  const shapes = layersOf(network).flatMap(({ parameters }) => parameters);
  return shapes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Number of entries in a tensor of this shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, n) => size * n, 1);
}

/** "784-128-10 relu, softmax, cross-entropy": how reports name a network. */
export function describeNetwork(network: NetworkSpec): string {
  const layers = layersOf(network);
  const widths = [
    network.inputs,
    ...layers.map(({ units }, l) => [units, network.layers[l].kind ?? ''].join(' ').trim()),
  ].join('-');
  const hidden = [...new Set(layers.slice(0, -1).map((layer) => layer.activation))].join('/');
  const without = network.layers.flatMap((_, l) => (hasBias(network, l) ? [] : [l + 1]));
  const all = without.length === network.layers.length;
  const biases = without.length === 0 ? '' : all ? 'no biases' : `no bias in layer ${without.join(', ')}`;
  const loss = [network.loss, penaltyFormula(network)].filter((part) => part !== null).join(' + ');
  return [widths, hidden, lastLayer(network).activation, loss, biases].filter((part) => part !== '').join(', ');
}

/**
 * Refuses networks that make no sense.
 * @throws UsageError or DataError that names the layer
 */
export function checkNetwork(network: NetworkSpec): void {
  requireCount(network.inputs, 'network.inputs');
  if (network.layers.length > MOST_LAYERS) {
    throw new UsageError(`network.layers: expected at most ${MOST_LAYERS} layers, got ${network.layers.length}`);
  }
  network.layers.forEach((layer, l) => {
    requireCounts(layer, `network.layers[${l}]`);
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

function requireCounts(layer: LayerSpec, where: string): void {
  const { counts } = layerKindOf(layer.kind ?? SHORT_FORM);
  for (const name of counts) requireCount((layer as unknown as Fields)[name], `${where}.${name}`);
}

function requireCount(n: unknown, where: string): void {
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= 1) return;
  const found = typeof n === 'number' ? String(n) : (JSON.stringify(n) ?? 'nothing'); // JSON has no NaN
  throw new DataError(`${where}: expected a whole number of at least 1, got ${found}`);
}

type Pages = readonly { readonly id: string; readonly family?: { readonly usage: string } }[];

interface Sort {
  readonly pages: Pages;
  readonly known: (id: string) => object | undefined;
}

function namesOf(pages: Pages): string {
  return choicesOf(pages).join(', ');
}

function requireKnown(name: string, { pages, known }: Sort, where: string): void {
  if (knownAt(name, known, where) === undefined)
    throw new UsageError(`${where}: unknown name "${name}"`, `choose one of ${namesOf(pages)}`);
}

/** @throws UsageError that names the place, if what follows the colon does not fit */
function knownAt(name: string, known: Sort['known'], where: string): object | undefined {
  try {
    return known(name);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${where}: ${error.message}`);
    throw error;
  }
}

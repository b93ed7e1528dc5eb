// What is compared, as plain data: the shape of a multilayer perceptron and its loss.
import { DataError, UsageError } from '../errors.ts';
import { activationOf, activationPages, isRowActivation, lossOf, lossPages } from '../ops/registry.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';

/** 2^26: half a gigabyte in binary64, of which a check holds several. */
const MOST_PARAMETERS = 2 ** 26;

/** TensorFlow.js goes through layers by recursion, and the graph of scalars through its nodes: all engines manage three times as many. */
export const MOST_LAYERS = 1000;

/** A dense layer: z = x W + b with x (B, inputs of the layer), W (inputs, units), b (units); then a = activation(z). */
export interface LayerSpec {
  readonly units: number;
  readonly activation: ActivationId;
}

/**
 * A multilayer perceptron: layer l computes z = a_prev W + b and a = activation(z).
 * Loss: `mse` is (1/B) Σ_b (1/K) Σ_k (target - output)²; `cross-entropy` is (1/B) Σ_b -Σ_k target·log softmax(z)
 * and is defined on a softmax output only.
 */
export interface NetworkSpec {
  readonly inputs: number;
  readonly layers: readonly LayerSpec[];
  readonly loss: LossId;
  /** false: biases stay at 0, and so do their gradients. Default: true. */
  readonly biases?: boolean | undefined;
}

export function outputs(network: NetworkSpec): number {
  return lastLayer(network).units;
}

export function lastLayer(network: NetworkSpec): LayerSpec {
  const last = network.layers.at(-1);
  if (last === undefined) throw new DataError('network.layers: at least one layer expected, none found');
  return last;
}

/** Whether outputs are 1/K where no score is positive, and such examples are counted. */
export function uniformWhereNoneIsPositive(network: NetworkSpec): boolean {
  const page = activationOf(lastLayer(network).activation);
  return page.kind === 'output' && page.uniformWhereNoneIsPositive === true;
}

/** Width of what enters layer l (0-based): the inputs, or the units of the layer below. */
export function widthInto(network: NetworkSpec, l: number): number {
  return l === 0 ? network.inputs : network.layers[l - 1].units;
}

/** All weights and biases: Σ (inputs + 1) · units over the layers. */
export function countParameters(network: NetworkSpec): number {
  return network.layers.reduce((sum, { units }, l) => sum + (widthInto(network, l) + 1) * units, 0);
}

/** "784-128-10 relu, softmax, cross-entropy": how reports name a network. */
export function describeNetwork(network: NetworkSpec): string {
  const widths = [network.inputs, ...network.layers.map((layer) => layer.units)].join('-');
  const hidden = [...new Set(network.layers.slice(0, -1).map((layer) => layer.activation))].join('/');
  const biases = network.biases === false ? 'no biases' : '';
  return [widths, hidden, lastLayer(network).activation, network.loss, biases].filter((part) => part !== '').join(', ');
}

/** Refuses networks that have no meaning.
 * @throws UsageError or DataError naming the layer. */
export function checkNetwork(network: NetworkSpec): void {
  requireCount(network.inputs, 'network.inputs');
  const last = lastLayer(network);
  if (network.layers.length > MOST_LAYERS) {
    throw new UsageError(`network.layers: at most ${MOST_LAYERS} layers expected, ${network.layers.length} found`);
  }
  network.layers.forEach((layer, l) => {
    requireCount(layer.units, `network.layers[${l}].units`);
    requireKnown(layer.activation, activationPages(), `network.layers[${l}].activation`);
    if (l < network.layers.length - 1 && isRowActivation(layer.activation)) {
      throw new UsageError(
        `network.layers[${l}]: ${layer.activation} is for the last layer only`,
        `choose one of ${namesOf(activationPages().filter(({ kind }) => kind === 'elementwise'))}`,
      );
    }
  });
  requireKnown(network.loss, lossPages(), 'network.loss');
  const parameters = countParameters(network);
  if (parameters > MOST_PARAMETERS) {
    throw new UsageError(
      `${describeNetwork(network)} has ${parameters} parameters, at most ${MOST_PARAMETERS} fit in memory several times over`,
    );
  }
  const { on } = lossOf(network.loss);
  if (on !== undefined && !on.includes(last.activation)) {
    const others = lossPages().filter((loss) => loss.on?.includes(last.activation) ?? true);
    throw new UsageError(
      `${network.loss} is defined on a ${on.join(' or ')} output, not on ${last.activation}`,
      [`use --output ${on[0]}`, ...others.slice(0, 1).map(({ id }) => `or --loss ${id}`)].join(', '),
    );
  }
}

function requireCount(n: unknown, where: string): void {
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= 1) return;
  const found = typeof n === 'number' ? String(n) : (JSON.stringify(n) ?? 'nothing'); // JSON has no NaN
  throw new DataError(`${where}: a whole number of at least 1 expected, ${found} found`);
}

type Named = readonly { readonly id: string }[];

function namesOf(choices: Named): string {
  return choices.map(({ id }) => id).join(', ');
}

function requireKnown(name: string, choices: Named, where: string): void {
  if (!choices.some(({ id }) => id === name)) {
    throw new UsageError(`${where}: unknown name "${name}"`, `choose one of ${namesOf(choices)}`);
  }
}

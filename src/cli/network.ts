// The network that the options ask for: dense layers from --hidden, any layers from --layers, or
// all of it from the file of --network.
import { isRegression } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import { readText } from '../data/files/read-text.ts';
import { UsageError } from '../errors.ts';
import { parseLayers } from '../network/layer-notation.ts';
import { networkSchema, parseAs, parseJson } from '../network/schema.ts';
import { checkNetwork, layersOf, outputs } from '../network/spec.ts';
import type { LayerSpec, NetworkSpec } from '../network/spec.ts';
import { layerKindOf } from '../ops/registry.ts';
import type { ActivationId } from '../ops/registry.ts';
import { DATASET_DEFAULTS, DEFAULTS } from './arguments/defaults.ts';
import type { Options } from './options.ts';
import { penaltiesOf } from './penalties.ts';

/** What --layers and --network say themselves. */
const OF_LAYERS = ['hidden', 'network'] as const;
const OF_FILE = [
  'hidden',
  'activation',
  'output',
  'loss',
  'l1',
  'l2',
  'l2-half',
  'penalize-biases',
  'penalty-over-batch',
] as const;

/**
 * The network for this data set.
 * @throws UsageError or DataError where it makes no sense or does not fit the data
 */
export function networkOf(options: Options, dataset: Dataset): NetworkSpec {
  if (options.network !== undefined) return fromFile(options, options.network, dataset);
  const { train } = dataset;
  requireTwoClasses(options, dataset);
  const output = options.output ?? defaultOutput(options, dataset);
  const activation = options.activation ?? DEFAULTS.activation;
  const network: NetworkSpec =
    options.layers === undefined
      ? {
          inputs: train.width,
          layers: hiddenAndOutput(options, options.outputs ?? dataset.classes, activation, output),
          loss: lossFor(options, output),
          ...penaltiesOf(options),
        }
      : fromNotation(options, options.layers, dataset, activation, output);
  checkNetwork(network);
  if (options.layers !== undefined) requireFit(network, dataset, options.outputs ?? dataset.classes, '--layers');
  return network;
}

function hiddenAndOutput(options: Options, units: number, activation: string, output: string): LayerSpec[] {
  const hidden = options.hidden ?? DATASET_DEFAULTS[options.dataset ?? DEFAULTS.dataset].hidden;
  return [...hidden.map((units) => ({ units, activation })), { units, activation: output }] as LayerSpec[];
}

/** The output without --output: softmax for classes, sigmoid for one output, linear for targets. */
function defaultOutput({ outputs: one }: Options, dataset: Dataset): ActivationId {
  if (isRegression(dataset)) return DEFAULTS.regressionOutput;
  return one === 1 ? 'sigmoid' : DEFAULTS.output;
}

/** One output tells two classes apart. */
function requireTwoClasses(options: Options, dataset: Dataset): void {
  if (options.outputs !== 1 || (dataset.classes === 2 && !isRegression(dataset))) return;
  const has = isRegression(dataset) ? 'targets' : String(dataset.classes);
  throw new UsageError(`--outputs 1: one output tells two classes apart, and the data set has ${has}`);
}

/**
 * Without --loss, the loss is cross-entropy for softmax, binary cross-entropy for one sigmoid
 * output, and mse for every other output.
 */
function lossFor({ loss, outputs: one }: Options, output: string): NetworkSpec['loss'] {
  if (one === 1 && output === 'sigmoid') return loss ?? 'binary-cross-entropy';
  return loss ?? (output === 'softmax' ? 'cross-entropy' : 'mse');
}

function fromNotation(
  options: Options,
  text: string,
  dataset: Dataset,
  activation: string,
  output: string,
): NetworkSpec {
  requireNone(options, OF_LAYERS, '--layers');
  const layers = parseLayers(text, activation, output) as unknown as LayerSpec[];
  const last = layers.at(-1)?.activation ?? 'linear';
  return {
    inputs: dataset.train.width,
    ...shapeIfRead(layers, dataset),
    layers,
    loss: lossFor(options, last),
    ...penaltiesOf(options),
  };
}

function fromFile(options: Options, file: string, dataset: Dataset): NetworkSpec {
  requireNone(options, [...OF_FILE, 'layers'], '--network');
  const own = parseAs(networkSchema, parseJson(readText(file), file), file);
  const network: NetworkSpec = own.inputShape === undefined ? { ...own, ...shapeIfRead(own.layers, dataset) } : own;
  checkNetwork(network);
  requireFit(network, dataset, options.outputs ?? dataset.classes, file);
  return network;
}

/** The shape of the examples, if they are pictures and a layer reads them as such. */
function shapeIfRead(layers: readonly LayerSpec[], { image }: Dataset): Pick<NetworkSpec, 'inputShape'> {
  const isRead = layers.some(({ kind }) => kind !== undefined && layerKindOf(kind).reads === 'picture');
  return isRead && image !== undefined ? { inputShape: [image.rows, image.cols, 1] } : {};
}

function requireNone(options: Options, names: readonly (keyof Options)[], given: string): void {
  const other = names.find((name) => options[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} does not go with ${given}, which has all layers`);
}

function requireFit(network: NetworkSpec, { name, train, classes }: Dataset, units: number, where: string): void {
  if (network.inputs !== train.width)
    throw new UsageError(
      `${where}: the network has ${network.inputs} inputs, ${name} has ${train.width} numbers per example`,
    );
  if (outputs(network) !== units) {
    const found = layersOf(network).at(-1)?.units;
    throw new UsageError(
      `${where}: the last layer has ${found} units, but ${name} has ${classes} classes`,
      `end with dense:${units}`,
    );
  }
}

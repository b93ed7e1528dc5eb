// Converts backproof's arrays to a candidate's by its conventions, and its answers back.
import { DataError } from '../errors.ts';
import type { AnswerFlaw } from './engine.ts';
import type { Batch } from '../network/batch.ts';
import { nameOf, tensorsOf } from '../network/parameters.ts';
import type { Parameters, ParameterTensor } from '../network/parameters.ts';
import { layersOf, outputs, sizeOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { argMax } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { matrix } from '../ops/layers/dense.ts';
import type { Tensor, Tensors } from '../ops/layers/page.ts';
import { joined, parted, weightsWith } from './conventions/bias-in-weights.ts';
import type { Conventions } from './conventions/conventions.ts';
import type { Shaped, ShapedBatch, ShapedLayer } from './request.ts';
import { readNumbers } from './read.ts';

/**
 * The network, with the fields that its layers leave out, and the shapes of the pictures that they
 * read. Dense layers stay as they are.
 */
export function presentNetwork(network: NetworkSpec): NetworkSpec {
  const layers = layersOf(network).map(({ spec, activation }, l) => {
    const layer = network.layers[l];
    return layer.kind === undefined ? layer : { ...spec, ...layer, activation };
  });
  const { arithmetic: _, ...own } = network; // nothing that a candidate computes with
  return { ...own, layers };
}

/** The tensors of each layer by role; {} for a layer that has none. */
export function presentParameters(
  network: NetworkSpec,
  parameters: Parameters,
  conventions: Conventions,
): ShapedLayer[] {
  return network.layers.map((_, l) => {
    const { weights, bias, ...more } = tensorsOf(parameters, l) as Partial<Tensors>;
    if (weightsWith(conventions.biases) !== null && weights !== undefined && bias !== undefined)
      return { weights: presentWeights(joined(matrix(weights), bias.values, conventions), conventions) };
    const others = Object.fromEntries(Object.entries(more as Tensors).map(([role, one]) => [role, copyOf(one)]));
    return {
      ...(weights !== undefined && {
        weights: isMatrix(weights) ? presentWeights(matrix(weights), conventions) : copyOf(weights),
      }),
      ...(bias !== undefined &&
        conventions.biases !== 'none' && { bias: copyOf({ ...bias, shape: biasShape(bias.shape[0], conventions) }) }),
      ...others,
    };
  });
}

/** Weights of a dense layer; a convolution's are always (height, width, channels, filters). */
function isMatrix({ shape }: Pick<Tensor, 'shape'>): boolean {
  return shape.length === 2;
}

function presentWeights(weights: Matrix, conventions: Conventions): Shaped {
  return conventions.weights === 'units-inputs' ? transposed(weights) : copyOfMatrix(weights);
}

/**
 * The examples of each request: all in one, or one per request.
 * @throws DataError if targets must be classes and are not one-hot
 */
export function presentBatch({ inputs, targets, masks }: Batch, conventions: Conventions): ShapedBatch[] {
  const x = presentExamples(inputs, conventions);
  const t =
    conventions.targets === 'classes' ? presentClasses(targets, conventions) : presentExamples(targets, conventions);
  const drawn = masks?.map((mask) => mask && presentExamples(mask, conventions));
  return x.map((one, n) => ({
    inputs: one,
    targets: t[n],
    ...(drawn !== undefined && { masks: drawn.map((mask) => mask && mask[n]) }),
  }));
}

export function presentExamples(m: Matrix, { examples }: Conventions): Shaped[] {
  if (examples === 'columns') return [transposed(m)];
  if (examples === 'rows') return [copyOfMatrix(m)];
  return Array.from({ length: m.rows }, (_, r) => ({
    shape: [m.cols],
    data: Float64Array.from(m.data.subarray(r * m.cols, (r + 1) * m.cols)),
  }));
}

function presentClasses(targets: Matrix, { examples }: Conventions): (Shaped | number)[] {
  const classes = Float64Array.from({ length: targets.rows }, (_, r) => classOf(targets, r));
  return examples === 'one' ? Array.from(classes) : [{ shape: [targets.rows], data: classes }];
}

function classOf(targets: Matrix, r: number): number {
  if (targets.cols === 1 && (targets.data[r] === 0 || targets.data[r] === 1)) return targets.data[r];
  const best = argMax(targets, r);
  for (let k = 0; k < targets.cols; k++) {
    const value = targets.data[r * targets.cols + k];
    if (value !== (k === best ? 1 : 0))
      throw new DataError(
        `targets row ${r} is not one-hot`,
        "a candidate that declares targets: 'classes' needs one-hot targets",
      );
  }
  return best;
}

function biasShape(units: number, { biases }: Conventions): number[] {
  return biases === 'row' ? [1, units] : biases === 'column' ? [units, 1] : [units];
}

function copyOfMatrix({ rows, cols, data }: Matrix): Shaped {
  return copyOf({ shape: [rows, cols], values: data });
}

function copyOf({ shape, values }: Tensor): Shaped {
  return { shape, data: Float64Array.from(values) };
}

function transposed({ rows, cols, data }: Matrix): Shaped {
  const out = new Float64Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = data[r * cols + c];
  return { shape: [cols, rows], data: out };
}

/**
 * The layers a candidate returned, and the flaws of their form. Numbers that are missing or
 * unusable are NaN.
 * @param what gradients: those of tensors that are not trained are 0
 * @param kept what tensors that are not trained are where they are left out; missing: a flaw
 */
export function readLayers(
  network: NetworkSpec,
  answered: unknown,
  conventions: Conventions,
  what: 'gradients' | 'parameters',
  kept?: Parameters,
): { layers: Parameters; flaws: AnswerFlaw[] } {
  const flaws: AnswerFlaw[] = [];
  const list = Array.isArray(answered) ? (answered as readonly unknown[]) : [];
  if (list.length > network.layers.length)
    flaws.push({ kind: 'shape', parameter: what, expected: [network.layers.length], found: [list.length] });
  const layers = layersOf(network).flatMap(({ parameters }, l): ParameterTensor[] => {
    const given = (list[l] ?? {}) as Record<string, unknown>;
    const tensors = parameters.map((one): Place => ({ layer: l + 1, ...one }));
    if (weightsWith(conventions.biases) !== null && tensors.length > 0)
      return readJoined(given['weights'], tensors, conventions, flaws);
    return tensors.map((place) => {
      const { layer, role, shape, trained } = place;
      const found = given[role] ?? null;
      if (trained !== false) return { layer, role, shape, values: readTensor(found, place, conventions, flaws) };
      const isLeftOut = what === 'gradients' || (kept !== undefined && found === null);
      const own = kept === undefined ? new Float64Array(sizeOf(shape)) : tensorsOf(kept, l)[role].values;
      return { layer, role, shape, trained, values: isLeftOut ? own : readTensor(found, place, conventions, flaws) };
    });
  });
  return { layers, flaws };
}

type Place = Omit<ParameterTensor, 'values'>;

function readTensor(found: unknown, tensor: Place, conventions: Conventions, flaws: AnswerFlaw[]): Float64Array {
  const { role, shape } = tensor;
  const name = nameOf(tensor);
  if (role === 'bias' && conventions.biases === 'none') {
    if (found !== null) flaws.push({ kind: 'shape', parameter: name, expected: [0], found: [...shape] });
    return new Float64Array(shape[0]);
  }
  if (role === 'bias') return readNumbers(found, biasShape(shape[0], conventions), name, flaws, false);
  if (role !== 'weights' || !isMatrix(tensor) || conventions.weights !== 'units-inputs')
    return readNumbers(found, shape, name, flaws);
  const [rows, cols] = shape;
  return transposed({ rows: cols, cols: rows, data: readNumbers(found, [cols, rows], name, flaws) }).data;
}

/** The tensors of a dense layer, from weights with the biases in them. */
function readJoined(
  found: unknown,
  [weights, bias]: readonly Place[],
  conventions: Conventions,
  flaws: AnswerFlaw[],
): ParameterTensor[] {
  const [inputs, units] = weights.shape;
  const own: AnswerFlaw[] = [];
  const data = readTensor(found, { ...weights, shape: [inputs + 1, units] }, conventions, own);
  for (const flaw of own) {
    flaws.push(flaw);
    if (flaw.kind === 'missing') flaws.push({ ...flaw, parameter: nameOf(bias), shape: [units] });
    if (flaw.kind === 'shape') flaws.push({ ...flaw, parameter: nameOf(bias) });
  }
  const parts = parted({ rows: inputs + 1, cols: units, data }, conventions);
  const tensor = ({ layer, role, shape }: Place, values: Float64Array): ParameterTensor => ({
    layer,
    role,
    shape,
    values,
  });
  return [tensor(weights, parts.weights), tensor(bias, parts.bias)];
}

/** The outputs of one request (B examples, or one) as rows, with the flaws of their form. */
export function readOutputs(
  network: NetworkSpec,
  answered: unknown,
  examples: number,
  conventions: Conventions,
): { rows: Float64Array; flaws: AnswerFlaw[] } {
  const flaws: AnswerFlaw[] = [];
  const K = outputs(network);
  const shape = { rows: [examples, K], columns: [K, examples], one: [K] }[conventions.examples];
  const numbers = readNumbers(answered, shape, 'outputs', flaws);
  const columns = conventions.examples === 'columns';
  return { rows: columns ? transposed({ rows: K, cols: examples, data: numbers }).data : numbers, flaws };
}

// Converts backproof's arrays to a candidate's by its conventions, and its answers back.
import { DataError } from '../errors.ts';
import type { AnswerFlaw } from './engine.ts';
import type { Batch } from '../network/batch.ts';
import { denseLayers, fromDense } from '../network/parameters.ts';
import type { DenseParameters, Parameters } from '../network/parameters.ts';
import { layersOf, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { argMax } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { joined, parted, weightsWith } from './conventions/bias-in-weights.ts';
import type { Conventions } from './conventions/conventions.ts';
import type { Shaped, ShapedLayer } from './request.ts';
import { readNumbers } from './read.ts';

export function presentParameters(parameters: Parameters, conventions: Conventions): ShapedLayer[] {
  const isApart = weightsWith(conventions.biases) === null;
  return denseLayers(parameters).map(({ weights: own, bias }) => {
    const weights = isApart ? own : joined(own, bias, conventions);
    return {
      weights: conventions.weights === 'units-inputs' ? transposed(weights) : asIs(weights),
      ...(isApart &&
        conventions.biases !== 'none' && {
          bias: { shape: biasShape(bias.length, conventions), data: Float64Array.from(bias) },
        }),
    };
  });
}

/**
 * The examples of each request: all in one, or one per request.
 * @throws DataError if targets must be classes and are not one-hot
 */
export function presentBatch(
  { inputs, targets }: Batch,
  conventions: Conventions,
): { inputs: Shaped; targets: Shaped | number }[] {
  const x = presentExamples(inputs, conventions);
  const t =
    conventions.targets === 'classes' ? presentClasses(targets, conventions) : presentExamples(targets, conventions);
  return x.map((one, n) => ({ inputs: one, targets: t[n] }));
}

export function presentExamples(m: Matrix, { examples }: Conventions): Shaped[] {
  if (examples === 'columns') return [transposed(m)];
  if (examples === 'rows') return [asIs(m)];
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

function asIs({ rows, cols, data }: Matrix): Shaped {
  return { shape: [rows, cols], data: Float64Array.from(data) };
}

function transposed({ rows, cols, data }: Matrix): Shaped {
  const out = new Float64Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) out[c * rows + r] = data[r * cols + c];
  return { shape: [cols, rows], data: out };
}

/**
 * The layers a candidate returned, and the flaws of their form. Numbers that are missing or
 * unusable are NaN.
 */
export function readLayers(
  network: NetworkSpec,
  answered: unknown,
  conventions: Conventions,
  what: string,
): { layers: Parameters; flaws: AnswerFlaw[] } {
  const flaws: AnswerFlaw[] = [];
  const list = Array.isArray(answered) ? (answered as readonly unknown[]) : [];
  if (list.length > network.layers.length)
    flaws.push({ kind: 'shape', parameter: what, expected: [network.layers.length], found: [list.length] });
  const layers = layersOf(network).map(({ inputs, units }, l): DenseParameters => {
    const layer = (list[l] ?? {}) as Record<string, unknown>;
    const turned = conventions.weights === 'units-inputs';
    const isApart = weightsWith(conventions.biases) === null;
    const rows = isApart ? inputs : inputs + 1;
    const shape = turned ? [units, rows] : [rows, units];
    const weights = readNumbers(layer['weights'], shape, `W${l + 1}`, flaws);
    const data = turned ? transposed({ rows: units, cols: rows, data: weights }).data : weights;
    if (!isApart) {
      const [flaw] = flaws.filter(({ parameter }) => parameter === `W${l + 1}`); // of the biases in it, too
      if (flaw?.kind === 'missing') flaws.push({ ...flaw, parameter: `b${l + 1}`, shape: [units] });
      if (flaw?.kind === 'shape') flaws.push({ ...flaw, parameter: `b${l + 1}` });
      const parts = parted({ rows, cols: units, data }, conventions);
      return { weights: { rows: inputs, cols: units, data: parts.weights }, bias: parts.bias };
    }
    const surplus = conventions.biases === 'none' && layer['bias'] !== undefined && layer['bias'] !== null;
    if (surplus) flaws.push({ kind: 'shape', parameter: `b${l + 1}`, expected: [0], found: [units] });
    const bias =
      conventions.biases === 'none'
        ? new Float64Array(units)
        : readNumbers(layer['bias'], biasShape(units, conventions), `b${l + 1}`, flaws, false);
    return { weights: { rows: inputs, cols: units, data }, bias };
  });
  return { layers: fromDense(layers), flaws };
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

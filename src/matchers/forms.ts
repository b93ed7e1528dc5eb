// The forms in which users pass numbers to the matchers, and how they are read.
import { DEFAULT_CONVENTIONS } from '../candidates/conventions/conventions.ts';
import type { NumberRows, Numbers } from '../candidates/candidate.ts';
import { readLayers } from '../candidates/present.ts';
import { readNumbers, shapeOf } from '../candidates/read.ts';
import type { AnswerFlaw } from '../candidates/engine.ts';
import { DataError } from '../errors.ts';
import { checkBatch } from '../network/batch.ts';
import type { Batch } from '../network/batch.ts';
import { checkFinite, denseLayers } from '../network/parameters.ts';
import type { DenseParameters, Parameters } from '../network/parameters.ts';
import { outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { toRows } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { formatShape } from '../report/words/flaws.ts';

/** A matrix as rows, as a flat array (row after row), or as a backproof Matrix. */
export type MatrixLike = Matrix | NumberRows;

/**
 * One entry per layer, from the input on: weights (inputs, units) and bias (units); or backproof's
 * own tensors. Gradients have the same form.
 */
export type ParametersLike =
  | readonly {
      readonly weights: MatrixLike;
      readonly bias?: Numbers | undefined;
    }[]
  | Parameters;

/** Inputs (B, D), and targets (B, K). */
export interface BatchLike {
  readonly inputs: MatrixLike;
  readonly targets: MatrixLike;
}

export function isMatrix(value: unknown): value is Matrix {
  return typeof value === 'object' && value !== null && 'rows' in value && 'cols' in value && 'data' in value;
}

/** A backproof Matrix as rows; everything else unchanged. */
export function plain(value: unknown): unknown {
  return isMatrix(value) ? toRows(value) : value;
}

function isTensors(value: readonly unknown[]): value is Parameters {
  return value.some((one) => typeof one === 'object' && one !== null && 'role' in one && 'values' in one);
}

/** backproof's own tensors as one entry per layer; everything else unchanged. */
export function layered<T>(value: T): T | readonly DenseParameters[] {
  return Array.isArray(value) && isTensors(value) ? denseLayers(value) : value;
}

export function isLayers(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.some((one) => typeof one === 'object' && one !== null && 'weights' in one);
}

/**
 * The parameters in binary64.
 * @throws DataError naming a tensor that is missing, has another shape, or is not finite
 */
export function parametersFrom(network: NetworkSpec, given: ParametersLike): Parameters {
  const layers = Array.from(layered(given) as Exclude<ParametersLike, Parameters>, ({ weights, bias }) => {
    return { weights: plain(weights), bias };
  });
  const conventions = { ...DEFAULT_CONVENTIONS, ...(network.biases === false && { biases: 'none' as const }) };
  const { layers: parameters, flaws } = readLayers(network, layers, conventions, 'parameters');
  refuse(flaws, 'parameters', 'weights are (inputs, units)');
  checkFinite(parameters);
  return parameters;
}

/** The batch in binary64. @throws DataError naming what does not fit the network */
export function batchFrom(network: NetworkSpec, { inputs, targets }: BatchLike): Batch {
  const batch = {
    inputs: rowsFrom(inputs, network.inputs, 'inputs'),
    targets: rowsFrom(targets, outputs(network), 'targets'),
  };
  checkBatch(network, batch);
  return batch;
}

function rowsFrom(given: MatrixLike, cols: number, name: string): Matrix {
  const rows = plain(given);
  const shape = shapeOf(rows);
  const count = shape === null || shape.length === 2 ? (shape?.[0] ?? 0) : Math.ceil(shape[0] / cols);
  const flaws: AnswerFlaw[] = [];
  const data = readNumbers(rows, [count, cols], name, flaws);
  refuse(flaws, 'batch', 'expected one row per example');
  return { rows: count, cols, data };
}

function refuse([first]: readonly AnswerFlaw[], what: string, hint: string): void {
  if (first !== undefined) throw new DataError(`${what}: ${shapeSentence(first)}`, hint);
}

/** "W1: expected (3, 4), got (4, 3)" */
export function shapeSentence(flaw: AnswerFlaw): string {
  if (flaw.kind === 'missing') return `${flaw.parameter}: expected ${formatShape(flaw.shape)}, got nothing`;
  if (flaw.kind !== 'shape') return flaw.parameter;
  const expected = flaw.expected.length === 0 ? 'a number' : formatShape(flaw.expected);
  const found = flaw.found?.length === 0 ? 'a number' : formatShape(flaw.found);
  return `${flaw.parameter}: expected ${expected}, got ${found}`;
}

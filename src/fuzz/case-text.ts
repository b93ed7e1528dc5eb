// A problem as a case file (backproof-case/1), and the problem of a case file.
import { caseOptimizer } from '../check/expected/case-check.ts';
import type { Case } from '../network/case.ts';
import { mapBatch } from '../network/masks.ts';
import { copyParameters, tensorsOf } from '../network/parameters.ts';
import { nestedOf } from '../network/schema.ts';
import type { Nested } from '../network/schema.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { asDtype } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import type { Problem } from './draw.ts';
import { shortest } from './shrink/rounding.ts';

/** The content of a case file. */
export interface CaseFile {
  readonly format: 'backproof-case/1';
  readonly name: string;
  readonly network: NetworkSpec;
  readonly parameters: readonly Readonly<Record<string, Nested>>[];
  readonly batch: {
    readonly inputs: readonly (readonly number[])[];
    readonly targets: readonly (readonly number[])[];
    readonly masks?: readonly (readonly (readonly number[])[] | null)[];
  };
  readonly optimizer?: object;
  readonly steps?: number;
}

/**
 * The problem as a case file: its numbers are the shortest decimals of theirs.
 * @param updates whether the training matters
 */
export function caseOf({ network, optimizer, steps, start, batch }: Problem, updates: boolean, name: string): CaseFile {
  const parameters = network.layers.map((_, l) =>
    Object.fromEntries(
      Object.entries(tensorsOf(start, l)).map(([role, { shape, values }]) => [
        role,
        nestedOf({ shape, values: Float64Array.from(values, shortest) }),
      ]),
    ),
  );
  const { masks } = batch;
  return {
    format: 'backproof-case/1',
    name,
    network,
    parameters,
    batch: {
      inputs: rowsOf(batch.inputs),
      targets: rowsOf(batch.targets),
      ...(masks !== undefined && { masks: masks.map((mask) => mask && rowsOf(mask)) }),
    },
    ...(updates && { optimizer: JSON.parse(JSON.stringify(optimizer)) as object, steps }),
  };
}

function rowsOf({ rows, cols, data }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * cols, (r + 1) * cols), shortest));
}

/** One line for each layer and each row. */
export function caseText(file: CaseFile): string {
  const text = JSON.stringify(file, null, 1);
  return `${text.replace(/\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]/g, (_, row: string) => `[${row.replace(/\s+/g, ' ')}]`)}\n`;
}

/** The problem of a case file, in binary32, as all engines are given it. */
export function problemOfCase(given: Case): Problem {
  const { network, parameters, batch } = given;
  const single = (m: Matrix): Matrix => ({ ...m, data: asDtype(m.data, 'f32') });
  return {
    network,
    optimizer: caseOptimizer(given) ?? optimizerSpec('sgd'),
    steps: given.steps ?? 1,
    start: copyParameters(parameters, 'f32'),
    batch: mapBatch(batch, single),
  };
}

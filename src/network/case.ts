// Case files: one gradient problem with its answer, from any framework. Format "backproof-case/1".
import { z } from 'zod';
import type { Dtype } from '../numeric/dtype.ts';
import { DTYPES } from '../numeric/dtype.ts';
import { asDtype, matrixOf } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { checkBatch } from './batch.ts';
import type { Batch } from './batch.ts';
import { checkFinite, checkShapes, copyParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { matrixSchema, named, networkSchema, parametersOf, parametersSchema, parseAs, parseJson } from './schema.ts';
import { checkNetwork } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

const caseSchema = z.object({
  format: z.literal('backproof-case/1'),
  name: z.string(),
  network: networkSchema,
  parameters: parametersSchema,
  batch: z.object({ inputs: matrixSchema, targets: matrixSchema }),
  expected: z
    .object({
      source: z.string(),
      dtype: z.enum(DTYPES),
      loss: z.number(),
      gradients: parametersSchema,
    })
    .optional(),
});

/** What another framework says the answer is. */
export interface Expected {
  readonly source: string;
  readonly dtype: Dtype;
  readonly loss: number;
  readonly gradients: Parameters;
}

/** Numbers are kept in binary64, as written. */
export interface Case {
  readonly name: string;
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** null: nothing to compare with but the engines. */
  readonly expected: Expected | null;
}

/** @throws DataError or UsageError naming the file, the field, what was expected and what was found. */
export function parseCase(text: string, file: string): Case {
  const raw = parseAs(caseSchema, parseJson(text, file), file);
  const { network } = raw;
  const parameters = parametersOf(raw.parameters, 'f64', `${file}: parameters`);
  const batch = {
    inputs: named(`${file}: batch.inputs`, () => matrixOf(raw.batch.inputs, 'f64')),
    targets: named(`${file}: batch.targets`, () => matrixOf(raw.batch.targets, 'f64')),
  };
  const expected = raw.expected && {
    ...raw.expected,
    gradients: parametersOf(raw.expected.gradients, 'f64', `${file}: expected.gradients`),
  };
  named(file, () => {
    checkNetwork(network);
    checkShapes(network, parameters);
    checkFinite(copyParameters(parameters, 'f32'), 'parameters in single precision:');
    checkBatch(network, { inputs: single(batch.inputs), targets: single(batch.targets) });
    if (expected !== undefined) checkShapes(network, expected.gradients, 'expected.gradients');
  });
  return { name: raw.name, network, parameters, batch, expected: expected ?? null };
}

/** What the engines will be given. */
function single(m: Matrix): Matrix {
  return { ...m, data: asDtype(m.data, 'f32') };
}

// Reads case files: one gradient problem with its answer, from any framework. Format
// "backproof-case/1".
import * as z from 'zod';
import { DataError } from '../errors.ts';
import { asDtype, matrixOf } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { checkBatch } from './batch.ts';
import type { Batch } from './batch.ts';
import { expectedOf, expectedSchema } from './expected.ts';
import type { Expected } from './expected.ts';
import { mapBatch } from './masks.ts';
import { checkFinite, checkShapes, copyParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import {
  foreignText,
  matrixSchema,
  named,
  networkSchema,
  parametersOf,
  parametersSchema,
  parseAs,
  parseJson,
} from './schema.ts';
import { checkNetwork } from './spec.ts';
import type { NetworkSpec } from './spec.ts';
import { MOST_STEPS } from './steps.ts';
import { targetsOf, targetsSchema } from './targets.ts';

/**
 * Uses of TensorFlow.js that are known to be wrong, which a case can check in place of the right
 * one: the loss of its layers API (softmax outputs, clipped), which has no gradient where the
 * network is confident; an optimizer that was used with another list of variables before; an
 * optimizer with the ε of the backend, which is another on webgl; and webgl with packed textures,
 * its default.
 */
export const TFJS_VARIANTS = [
  'categoricalCrossentropy',
  'second variable list',
  'default epsilon',
  'packed textures',
] as const;
export type TfjsVariant = (typeof TFJS_VARIANTS)[number];

const positive = z.number().min(0);
const optimizerSchema = z.strictObject({
  id: z.string(),
  learningRate: positive,
  momentum: positive.optional(),
  decay: positive.optional(),
  beta1: positive.optional(),
  beta2: positive.optional(),
  epsilon: positive.optional(),
  weightDecay: positive.optional(),
  clipNorm: positive.optional(),
  clipValue: positive.optional(),
  schedule: z.string().optional(),
});

const caseSchema = z.strictObject({
  format: z.literal('backproof-case/1'),
  name: foreignText(),
  note: foreignText(1000).optional(),
  tfjs: z.enum(TFJS_VARIANTS).optional(),
  network: networkSchema,
  parameters: parametersSchema,
  batch: z.strictObject({
    inputs: matrixSchema,
    targets: targetsSchema,
    masks: z.array(matrixSchema.nullable()).optional(),
  }),
  optimizer: optimizerSchema.optional(),
  steps: z.int().min(1).max(MOST_STEPS).optional(),
  expected: expectedSchema.optional(),
});

/** The optimizer as in the case file; missing hyperparameters have their defaults. */
export type CaseOptimizer = z.infer<typeof optimizerSchema>;

/** A case file, parsed. Numbers are in binary64, as written. */
export interface Case {
  readonly name: string;
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
  /** A note of the case's author. */
  readonly note: string | null;
  /** The use of TensorFlow.js to check; null: the one of every comparison. */
  readonly tfjs: TfjsVariant | null;
  readonly optimizer: CaseOptimizer | null;
  /** Updates and training steps that are checked; null: as many as in any check. */
  readonly steps: number | null;
  /** null: the engines are compared with each other only. */
  readonly expected: Expected | null;
}

/**
 * @throws DataError or UsageError that names the file and the field, and says what was expected
 *   and found
 */
export function parseCase(text: string, file: string): Case {
  const raw = parseAs(caseSchema, parseJson(text, file), file);
  const { network } = raw;
  const { masks } = raw.batch;
  const parameters = parametersOf(network, raw.parameters, 'f64', `${file}: parameters`);
  const batch = {
    inputs: named(`${file}: batch.inputs`, () => matrixOf(raw.batch.inputs, 'f64')),
    targets: named(`${file}: batch.targets`, () => targetsOf(raw.batch.targets, network)),
    ...(masks !== undefined && {
      masks: named(`${file}: batch.masks`, () => masks.map((m) => m && matrixOf(m, 'f64'))),
    }),
  };
  named(file, () => {
    checkNetwork(network);
    checkShapes(network, parameters);
    checkFinite(copyParameters(parameters, 'f32'), 'parameters in single precision:');
    checkBatch(network, mapBatch(batch, single));
    if (raw.expected?.training !== undefined && raw.optimizer === undefined)
      throw new DataError('expected.training needs an optimizer');
    if (raw.steps !== undefined && raw.optimizer === undefined) throw new DataError('steps needs an optimizer');
  });
  const { name, note = null, tfjs = null, optimizer = null, steps = null } = raw;
  const expected = raw.expected === undefined ? null : expectedOf(raw.expected, network, file);
  return { name, note, tfjs, network, parameters, batch, optimizer, steps, expected };
}

/** The numbers that the engines are given. */
function single(m: Matrix): Matrix {
  return { ...m, data: asDtype(m.data, 'f32') };
}

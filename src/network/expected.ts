// The expected answer in a case file. Any part of it may be missing, and its numbers may be
// rounded.
import * as z from 'zod';
import { DataError } from '../errors.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { DTYPES } from '../numeric/dtype.ts';
import { MEANINGS, MEANS } from './meaning.ts';
import type { Meaning } from './meaning.ts';
import { checkShapes } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { asTold, foreignText, isDenseForm, named, nestedOf, nestedSchema, parametersOf } from './schema.ts';
import { layersOf, sizeOf } from './spec.ts';
import type { NetworkLayer, NetworkSpec } from './spec.ts';

/** null and undefined: not stated. */
const number = z.number().nullish();
const vector = z.array(number).nullish();
const dense = z.strictObject({ weights: z.array(vector).nullish(), bias: vector });
const byRole = z.record(z.string(), nestedSchema);
const layer = asTold((value): z.ZodType<z.infer<typeof dense> | z.infer<typeof byRole>> => {
  return isDenseForm(value) ? dense : byRole;
});
const tensors = z.array(z.union([z.null(), z.undefined(), layer])).nullish();

type RawTensors = z.infer<typeof tensors>;

export const expectedSchema = z.strictObject({
  source: foreignText(),
  dtype: z.enum(DTYPES),
  /** Decimals to which its numbers are rounded. */
  decimals: z.int().min(0).max(16).optional(),
  conventions: z
    .strictObject({
      gradients: z.enum(MEANINGS.gradients).optional(),
      loss: z.enum(MEANINGS.loss).optional(),
      squaredError: z.enum(MEANINGS.squaredError).optional(),
    })
    .optional(),
  loss: number,
  gradients: tensors,
  training: z
    .strictObject({
      losses: z.array(number).min(1),
      parameters: tensors,
      differs: z.strictObject({ mistake: foreignText(), reason: foreignText(500) }).optional(),
    })
    .optional(),
});

/** Numbers that may not all be stated; NaN where one is not. */
export type Stated = Parameters;

/** Several steps of an optimizer on the same batch. */
export interface ExpectedTraining {
  /** Before each step; NaN where not stated. */
  readonly losses: readonly number[];
  /** After the last step. */
  readonly parameters: Stated;
  /**
   * Where the framework defines the optimizer differently: the known mistake that this equals here,
   * and the difference.
   */
  readonly differs: { readonly mistake: string; readonly reason: string } | null;
}

/** The answer of another framework. */
export interface Expected {
  readonly source: string;
  readonly dtype: Dtype;
  /** Decimals that are given; null: as many as the precision has. */
  readonly decimals: number | null;
  readonly conventions: Meaning;
  /** NaN where not stated. */
  readonly loss: number;
  readonly gradients: Stated;
  readonly training: ExpectedTraining | null;
}

/**
 * @param network a checked network whose parameters fit it
 * @throws DataError that names the field, and says what was expected and found
 */
export function expectedOf(raw: z.infer<typeof expectedSchema>, network: NetworkSpec, file: string): Expected {
  const { source, dtype, decimals = null, loss } = raw;
  const stated = (layers: RawTensors, place: string): Stated => named(file, () => statedOf(layers, network, place));
  const training =
    raw.training === undefined
      ? null
      : {
          losses: raw.training.losses.map((x) => x ?? NaN),
          parameters: stated(raw.training.parameters, 'expected.training.parameters'),
          differs: raw.training.differs ?? null,
        };
  const gradients = stated(raw.gradients, 'expected.gradients');
  const conventions = { ...MEANS, ...given(raw.conventions ?? {}) };
  const expected = { source, dtype, decimals, conventions, loss: loss ?? NaN, gradients, training };
  if (numbersOf(expected).length === 0)
    throw new DataError(`${file}: "expected" has no number`, 'leave "expected" out where nothing is known');
  return expected;
}

/** All stated numbers. */
export function numbersOf({ loss, gradients, training }: Pick<Expected, 'loss' | 'gradients' | 'training'>): number[] {
  const all = [gradients, ...(training === null ? [] : [training.parameters])];
  const entries = all.flatMap((parameters) => parameters.flatMap(({ values }) => Array.from(values)));
  return [loss, ...(training?.losses ?? []), ...entries].filter((x) => !Number.isNaN(x));
}

/** Most decimals of a number that a person wrote; more mean that a program printed a double. */
export const MOST_WRITTEN = 12;

/** Decimals of a number in its shortest form: 9 for 1.25e-7, 0 for NaN. */
export function decimalsOf(x: number): number {
  const [, fraction = '', exponent = '0'] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(x)) ?? [];
  return Math.max(0, fraction.length - Number(exponent));
}

function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** The stated tensors, with NaN for missing numbers. */
function statedOf(layers: RawTensors, network: NetworkSpec, place: string): Stated {
  const row = (numbers: z.infer<typeof vector>, length: number): number[] =>
    numbers?.map((x) => x ?? NaN) ?? new Array<number>(length).fill(NaN);
  const resolved = layersOf(network);
  const filled = (layers ?? network.layers.map(() => null)).map((layer, l) => {
    const [rows, cols] = l < resolved.length ? [resolved[l].inputs, resolved[l].units] : [0, 0];
    if (l < resolved.length && !isDense(resolved[l])) return byRoleOf((layer ?? {}) as ByRole, resolved[l]);
    const own = layer as z.infer<typeof dense> | null | undefined;
    const weights = own?.weights ?? new Array<null>(rows).fill(null);
    return { weights: weights.map((numbers) => row(numbers, cols)), bias: row(own?.bias, cols) };
  });
  const parameters = parametersOf(network, filled, 'f64', place);
  checkShapes(network, parameters, place);
  return parameters;
}

type ByRole = z.infer<typeof byRole>;

function isDense({ parameters }: NetworkLayer): boolean {
  return parameters.map(({ role, shape }) => `${role} ${shape.length}`).join() === 'weights 2,bias 1';
}

/** The stated tensors of a layer of any kind; NaN for those that are not stated. */
function byRoleOf(stated: ByRole, { parameters }: NetworkLayer): ByRole {
  const missing = parameters.map(({ role, shape }) => {
    const values = new Float64Array(sizeOf(shape)).fill(NaN);
    return [role, nestedOf({ shape, values })] as const;
  });
  return { ...Object.fromEntries(missing), ...stated };
}

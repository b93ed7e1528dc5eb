// Zod schemas of the files that users give, and one-line errors from them.
import * as z from 'zod';
import { BackproofError, DataError } from '../errors.ts';
import { safeText } from '../text.ts';
import { newArray } from '../numeric/dtype.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { matrixOf } from '../numeric/matrix.ts';
import { choicesOf } from '../ops/family.ts';
import type { Named } from '../ops/family.ts';
import { ARITHMETICS } from '../numeric/bounds/arithmetic.ts';
import { activationPages, knownActivation, knownLoss, layerPages, lossPages } from '../ops/registry.ts';
import type { ActivationId, LayerKindId, LossId } from '../ops/registry.ts';
import { penaltyPages } from '../ops/penalties/registry.ts';
import { nameOf, shapesOf } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import type { LayerSpec, NetworkSpec } from './spec.ts';
import type { Tensor } from '../ops/layers/page.ts';

const count = z.int().min(1);
/** A name or note, made safe to print. */
export const foreignText = (most?: number): z.ZodType<string> => z.string().transform((text) => safeText(text, most));
export const vectorSchema = z.array(z.number());
export const matrixSchema = z.array(vectorSchema);

/** A sort of piece: its pages, and the page of a name, which may have numbers in it. */
interface Sort {
  readonly pages: () => readonly Named[];
  readonly known: (id: string) => object | undefined;
}

/**
 * The name of a piece. Choices are looked up when a file is read, because pages can be registered.
 */
function pieceName<Id extends string>({ pages, known }: Sort): z.ZodType<Id> {
  const reasonAgainst = (value: unknown): string | null => {
    try {
      if (typeof value === 'string' && known(value) !== undefined) return null;
    } catch (error) {
      if (error instanceof BackproofError) return error.message;
      throw error;
    }
    const choices = choicesOf(pages()).map((id) => `"${id}"`);
    return `Invalid option: expected one of ${choices.join('|')}`;
  };
  return z.custom<Id>((value) => reasonAgainst(value) === null, {
    error: ({ input }) => reasonAgainst(input) ?? '',
  });
}

const ACTIVATION_NAMES: Sort = { pages: activationPages, known: knownActivation };
const LOSS_NAMES: Sort = { pages: lossPages, known: knownLoss };
const PENALTY_NAMES: Sort = { pages: penaltyPages, known: (id) => penaltyPages().find((page) => page.id === id) };
const LAYER_NAMES: Sort = { pages: layerPages, known: (id) => layerPages().find((page) => page.id === id) };

/** `choose` picks the schema by the value. */
export function asTold<T>(choose: (value: unknown) => z.ZodType<T>) {
  return z.unknown().transform((value, context): T => {
    const result = choose(value).safeParse(value);
    if (result.success) return result.data;
    for (const { path, message } of result.error.issues)
      context.issues.push({ code: 'custom', path, message, input: value });
    return z.NEVER;
  });
}

/** A layer: { units, activation }, or { kind, ... } with the counts of its kind. */
const layerSchema = asTold((value) => layerOf(value) as unknown as z.ZodType<LayerSpec>);

/** What any layer may say. */
const perLayer = { bias: z.boolean().optional(), initializer: z.string().optional() };

function layerOf(value: unknown): z.ZodType {
  const activation = pieceName<ActivationId>(ACTIVATION_NAMES);
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  if (kind === undefined) return z.strictObject({ units: count, activation, ...perLayer });
  const page = layerPages().find(({ id }) => id === kind);
  const counts = Object.fromEntries((page?.counts ?? []).map((name) => [name, count]));
  const fields = Object.fromEntries(
    Object.entries(page?.fields ?? {}).map(([name, { expected, optional, fits }]) => {
      const field = z.unknown().refine(fits, { error: `expected ${expected}` });
      return [name, optional === true ? field.optional() : field];
    }),
  );
  return z.strictObject({
    kind: pieceName<LayerKindId>(LAYER_NAMES),
    ...counts,
    ...fields,
    activation: activation.optional(),
    ...perLayer,
  });
}

export const networkSchema = z.strictObject({
  inputs: count,
  inputShape: z.array(count).optional(),
  layers: z.array(layerSchema).min(1),
  loss: pieceName<LossId>(LOSS_NAMES),
  biases: z.boolean().optional(),
  arithmetic: z.enum(ARITHMETICS).optional(),
  penalties: z
    .array(
      z.strictObject({
        kind: pieceName<string>(PENALTY_NAMES),
        strength: z.number().min(0),
        half: z.boolean().optional(),
        biases: z.boolean().optional(),
        overBatch: z.boolean().optional(),
        layers: z.array(count).optional(),
      }),
    )
    .optional(),
});

/** Nested arrays of numbers, one level per dimension of a tensor. */
export type Nested = readonly number[] | readonly Nested[];
export const nestedSchema: z.ZodType<Nested> = z.lazy(() => z.union([vectorSchema, z.array(nestedSchema)]));
const denseParameters = z.strictObject({ weights: matrixSchema, bias: vectorSchema });
const parametersByRole = z.record(z.string(), nestedSchema);

/** Whether it is { weights, bias } as dense layers have them: with a matrix, if there is one. */
export function isDenseForm(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const { weights } = value as { weights?: unknown };
  const inner: unknown = Array.isArray(weights) && Array.isArray(weights[0]) ? weights[0][0] : null;
  return ('weights' in value || 'bias' in value) && !Array.isArray(inner);
}

/** One entry per layer: { weights, bias } of a dense layer, tensors by role of any other. */
export const parametersSchema = z.array(
  asTold((value): z.ZodType<Readonly<Record<string, Nested>>> => {
    return isDenseForm(value) ? denseParameters : parametersByRole;
  }),
);

/** @throws DataError that names the file and, where known, the line */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error); // it quotes the text, with its line breaks
    throw new DataError(`${name}: not JSON (${safeText(message)})`);
  }
}

/** @throws DataError naming the file, the first field that is not as it should be, and why. */
export function parseAs<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue, ...more] = result.error.issues;
  const field = issue.path.length === 0 ? '' : ` ${formatPath(issue.path)}:`;
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
  throw new DataError(`${name}:${field} ${safeText(issue.message)}${others}`);
}

/** ["layers", 0, "units"] to layers[0].units */
function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${safeText(String(part), 60)}`))
    .join('')
    .replace(/^\./, '');
}

/**
 * The tensors of a file, in the order in which the network has them.
 * @throws DataError if rows differ in length.
 */
export function parametersOf(
  network: NetworkSpec,
  layers: z.infer<typeof parametersSchema>,
  dtype: Dtype,
  name: string,
): Parameters {
  const shapes = new Map(shapesOf(network).map((tensor, at) => [nameOf(tensor), { at, rank: tensor.shape.length }]));
  const tensors = layers.flatMap((own, l) =>
    Object.entries(own).map(([role, numbers]) => {
      const place = { layer: l + 1, role };
      const { at, rank } = shapes.get(nameOf(place)) ?? { at: shapes.size, rank: 1 };
      const tensor = named(`${name} ${nameOf(place)}`, () => tensorOf(numbers, dtype, rank));
      return { at, tensor: { ...place, ...tensor } };
    }),
  );
  return tensors.toSorted((a, b) => a.at - b.at).map(({ tensor }) => tensor);
}

/**
 * @param rank how many dimensions one without numbers has
 * @throws DataError if rows differ in length
 */
function tensorOf(numbers: Nested, dtype: Dtype, rank: number): Tensor {
  if (numbers.length === 0) return { shape: new Array<number>(rank).fill(0), values: newArray(dtype, 0) };
  const rows = numbers.filter((row): row is Nested => typeof row !== 'number');
  if (rows.length === 0) {
    const values = newArray(dtype, numbers.length);
    values.set(numbers as readonly number[]);
    return { shape: [numbers.length], values };
  }
  const parts = rows.map((row) => tensorOf(row, 'f64', rank - 1));
  const {
    rows: count,
    cols,
    data,
  } = matrixOf(
    parts.map(({ values }) => Array.from(values)),
    dtype,
  );
  const [{ shape }] = parts;
  return { shape: shape.length === 1 ? [count, cols] : [count, ...shape], values: data };
}

/** The numbers of a tensor as nested arrays, one level per dimension. */
export function nestedOf({ shape: [count, ...inner], values }: Tensor): Nested {
  if (inner.length === 0) return Array.from(values);
  const size = values.length / count;
  return Array.from({ length: count }, (_, r) => {
    return nestedOf({ shape: inner, values: values.subarray(r * size, (r + 1) * size) });
  });
}

/** Runs `make`, and puts the place in front of the message of its error. */
export function named<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof BackproofError) throw new DataError(`${place}: ${error.message}`, error.hint);
    throw error;
  }
}

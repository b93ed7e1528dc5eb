// Shapes of the files that come from outside, as zod schemas, and one-line errors from them.
import { z } from 'zod';
import { BackproofError, DataError } from '../errors.ts';
import { safeText } from '../text.ts';
import { newArray } from '../numeric/dtype.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { matrixOf } from '../numeric/matrix.ts';
import { activationPages, lossPages } from '../ops/registry.ts';
import type { ActivationId, LossId } from '../ops/registry.ts';
import { fromDense } from './parameters.ts';
import type { Parameters } from './parameters.ts';

const count = z.int().min(1);
/** A name or note as it may be printed. */
export const foreignText = (most?: number): z.ZodType<string> => z.string().transform((text) => safeText(text, most));
export const vectorSchema = z.array(z.number());
export const matrixSchema = z.array(vectorSchema);

/** The name of a piece that is known when the file is read: pages can be registered. */
function nameOf<Id extends string>(pages: () => readonly { readonly id: string }[]): z.ZodType<Id> {
  return z.custom<Id>((value) => pages().some(({ id }) => id === value), {
    error: () =>
      `Invalid option: expected one of ${pages()
        .map(({ id }) => `"${id}"`)
        .join('|')}`,
  });
}

export const networkSchema = z.strictObject({
  inputs: count,
  layers: z.array(z.strictObject({ units: count, activation: nameOf<ActivationId>(activationPages) })).min(1),
  loss: nameOf<LossId>(lossPages),
  biases: z.boolean().optional(),
});

export const parametersSchema = z.array(z.strictObject({ weights: matrixSchema, bias: vectorSchema }));

/** @throws DataError naming the file and, where it is known, the line. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error); // quotes the text, line breaks and all
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

/** @throws DataError if rows differ in length. */
export function parametersOf(layers: z.infer<typeof parametersSchema>, dtype: Dtype, name: string): Parameters {
  const dense = layers.map(({ weights, bias }, l) => {
    const data = newArray(dtype, bias.length);
    data.set(bias);
    return { weights: named(`${name} W${l + 1}`, () => matrixOf(weights, dtype)), bias: data };
  });
  return fromDense(dense);
}

/** Runs `make`, with the place put in front of what it complains about. */
export function named<T>(place: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof BackproofError) throw new DataError(`${place}: ${error.message}`, error.hint);
    throw error;
  }
}

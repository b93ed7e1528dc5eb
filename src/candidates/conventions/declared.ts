// Reads the conventions that a candidate declares. They come from outside, so they are checked.
import * as z from 'zod';
import { DataError } from '../../errors.ts';
import { parseAs } from '../../network/schema.ts';
import { isPossible, weightsWith } from './bias-in-weights.ts';
import { CONVENTIONS, DEFAULT_CONVENTIONS } from './conventions.ts';
import type { Conventions, DeclaredConventions } from './conventions.ts';

const declared = z.strictObject(
  Object.fromEntries(Object.entries(CONVENTIONS).map(([name, choices]) => [name, z.enum([...choices]).optional()])),
) as unknown as z.ZodType<DeclaredConventions>;

/**
 * @param where "my-mlp.ts: conventions"
 * @throws DataError naming the unknown name or value, with the choices; or two that contradict
 */
export function conventionsOf(value: unknown, where: string): Conventions {
  const given = value === undefined || value === null ? {} : parseAs(declared, value, where);
  const { weights = weightsWith(given.biases ?? 'flat') ?? DEFAULT_CONVENTIONS.weights } = given;
  const all = { ...DEFAULT_CONVENTIONS, ...given, weights };
  if (isPossible(all)) return all;
  throw new DataError(
    `${where}: biases: '${all.biases}' needs weights: '${weightsWith(all.biases)}', got '${weights}'`,
    'biases are a row of weights (inputs, units), or a column of weights (units, inputs)',
  );
}

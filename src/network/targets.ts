// The targets of a case file: a row per example, or the number of its class.
import type * as z from 'zod';
import { DataError } from '../errors.ts';
import { matrixOf, zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { isRowActivation, lossOf } from '../ops/registry.ts';
import { asTold, matrixSchema, vectorSchema } from './schema.ts';
import { lastLayer, outputs } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

type Raw = readonly number[] | readonly (readonly number[])[];

const areNumbers = (raw: unknown): raw is readonly number[] =>
  Array.isArray(raw) && raw.length > 0 && raw.every((value) => typeof value === 'number');

export const targetsSchema = asTold((value): z.ZodType<Raw> => (areNumbers(value) ? vectorSchema : matrixSchema));

/**
 * (B, K), in binary64. Class c of K becomes a row with 1 at c; with one output it is 0 or 1.
 * @throws DataError if a number is no class, or the loss is not one of classes
 */
export function targetsOf(raw: Raw, network: NetworkSpec): Matrix {
  if (!areNumbers(raw)) return matrixOf(raw, 'f64');
  const K = outputs(network);
  if (!isOfClasses(network))
    throw new DataError(
      `expected a row of ${K} numbers per example, got numbers`,
      `class numbers are for networks that tell classes, not for ${network.loss} on ${lastLayer(network).activation}`,
    );
  const [classes, out] = [Math.max(2, K), zeros('f64', raw.length, K)];
  raw.forEach((target, b) => {
    if (!Number.isInteger(target) || target < 0 || target >= classes)
      throw new DataError(
        `example ${b} has class ${target}, expected a whole number from 0 to ${classes - 1}`,
        `other targets are rows of ${K}, one per example`,
      );
    if (K === 1) out.data[b] = target;
    else out.data[b * K + target] = 1;
  });
  return out;
}

/** Whether a loss asks for shares or for 0 and 1, or outputs are shares. */
function isOfClasses(network: NetworkSpec): boolean {
  const { targets, targetsSumTo1 } = lossOf(network.loss);
  return targets !== undefined || targetsSumTo1 === true || isRowActivation(lastLayer(network).activation);
}

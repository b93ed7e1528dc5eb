// What was found and what was expected, tensor by tensor beside each other, with the bound of every entry.
import { readNumbers, shapeOf } from '../candidates/read.ts';
import type { AnswerFlaw } from '../candidates/engine.ts';
import { DataError } from '../errors.ts';
import { isExact } from './exact-gradients.ts';
import { isLayers, isMatrix, layered, plain } from './forms.ts';
import { plainBounds } from './plain-bound.ts';
import type { Pair } from './relations.ts';

/** How a tensor is called that has no name. */
export const SINGLE = 'what is found';

/** Numbers under a name, not read yet. */
interface Given {
  readonly name: string;
  readonly value: unknown;
}

export interface Paired {
  readonly pairs: readonly Pair[];
  readonly flaws: readonly AnswerFlaw[];
  /** Whether the bounds are those of exactGradients. */
  readonly exact: boolean;
  readonly batchSize: number | null;
}

/** @param reversed whether the layers found are taken from the last to the first
 * @throws DataError where what is expected is no numbers, or the two are not the same kind of thing */
export function pairedUp(found: unknown, expected: unknown, reversed = false): Paired {
  const exact = isExact(expected) ? expected : null;
  const wanted = exact === null ? givenOf(expected, 'what is expected') : givenOfExact(exact, found);
  const bounds = exact === null ? null : new Map(givenOf(exact.bounds, 'bounds').map((b) => [b.name, b.value]));
  bounds?.set('loss', exact?.lossBound);
  const have = givenOf(found, 'what is found', reversed);
  if (wanted[0].name === '' ? have[0].name !== '' : have[0].name === '')
    throw new DataError(
      `${kindOf(wanted)} expected, ${kindOf(have)} found`,
      'layers are [{ weights, bias }, ...], or { loss, gradients }',
    );
  const flaws: AnswerFlaw[] = [];
  const read = wanted.map(({ name, value }) => {
    const shape = shapeOfExpected(value, name);
    const own: AnswerFlaw[] = [];
    const numbers = numbersOf(have.find((one) => one.name === name)?.value, shape, name || SINGLE, own);
    flaws.push(...own);
    return { name, shape, found: numbers, expected: numbersOf(value, shape, name, []) };
  });
  const names = wanted.map(({ name }) => name);
  for (const { name, value } of have)
    if (!names.includes(name) && name !== 'loss')
      flaws.push({
        kind: 'shape',
        parameter: `${name}, which is too many`,
        expected: [0],
        found: shapeOf(plain(value)),
      });
  const shapes = read.map(({ shape }) => shape);
  const pairs = read.map((one) => {
    const bound = bounds?.get(one.name);
    return {
      ...one,
      bounds: bound === undefined ? plainBounds(one.expected, shapes) : numbersOf(bound, one.shape, one.name, []),
    };
  });
  return { pairs, flaws, exact: exact !== null, batchSize: exact?.batchSize ?? null };
}

function numbersOf(value: unknown, shape: readonly number[], name: string, flaws: AnswerFlaw[]): Float64Array {
  if (shape.length > 0) return readNumbers(plain(value), shape, name, flaws);
  const found = value === undefined || value === null ? null : shapeOf(value);
  if (typeof value !== 'number')
    flaws.push(
      found === null && (value === undefined || value === null)
        ? { kind: 'missing', parameter: name, shape: [] }
        : { kind: 'shape', parameter: name, expected: [], found },
    );
  return Float64Array.of(typeof value === 'number' ? value : NaN);
}

/** Layers, with the loss where both have one; a network without biases has no gradients of them. */
function givenOfExact(
  exact: { loss: number; gradients: unknown; network: { biases?: boolean | undefined } },
  found: unknown,
): Given[] {
  const withLoss = typeof found === 'object' && found !== null && 'gradients' in found && 'loss' in found;
  const layers = givenOf(exact.gradients, 'exact gradients');
  const biases = exact.network.biases !== false || givenOf(found, 'what is found').some(({ name }) => name === 'b1');
  const moving = layers.filter(({ name }) => biases || name.startsWith('W'));
  return withLoss ? [{ name: 'loss', value: exact.loss }, ...moving] : moving;
}

function givenOf(given: unknown, what: string, reversed = false): Given[] {
  const value = layered(given);
  if (typeof value === 'object' && value !== null && 'gradients' in value) {
    const { loss, gradients } = value as { loss?: unknown; gradients: unknown };
    return [...(loss === undefined ? [] : [{ name: 'loss', value: loss }]), ...givenOf(gradients, what, reversed)];
  }
  if (isLayers(value))
    return (reversed ? value.toReversed() : value).flatMap((layer, l) => {
      const { weights, bias } = (layer as { weights?: unknown; bias?: unknown } | null) ?? {};
      return [
        { name: `W${l + 1}`, value: weights },
        ...(bias === undefined ? [] : [{ name: `b${l + 1}`, value: bias }]),
      ];
    });
  if (typeof value !== 'number' && !isMatrix(value) && !Array.isArray(value) && !ArrayBuffer.isView(value))
    throw new DataError(
      `${what} is no numbers`,
      'layers [{ weights, bias }, ...], a matrix, a vector or a number expected, each as nested or typed arrays',
    );
  return [{ name: '', value }];
}

function shapeOfExpected(value: unknown, name: string): readonly number[] {
  if (typeof value === 'number') return [];
  const shape = shapeOf(plain(value));
  if (shape === null || shape.length === 0 || shape.length > 2)
    throw new DataError(`what is expected${name === '' ? '' : ` of ${name}`} is no matrix, no vector and no number`);
  return shape;
}

function kindOf(given: readonly Given[]): string {
  return given[0].name === '' ? 'one tensor' : 'layers of weights and biases';
}

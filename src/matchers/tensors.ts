// Pairs the received tensors with the expected ones, with the bound of every entry.
import { readNumbers, shapeOf } from '../candidates/read.ts';
import type { AnswerFlaw } from '../candidates/engine.ts';
import { DataError } from '../errors.ts';
import { isExact } from './exact-gradients.ts';
import { isLayers, isMatrix, layered, plain } from './forms.ts';
import { plainBounds } from './plain-bound.ts';
import type { FoundTensor } from './relations.ts';

/** The name in messages of a single tensor without a name. */
export const SINGLE = 'the received value';

/** A named tensor, not read yet. */
interface Given {
  /** Empty for a single tensor. */
  readonly name: string;
  readonly layer?: number;
  readonly role?: 'weights' | 'bias';
  readonly value: unknown;
}

export interface Paired {
  readonly pairs: readonly FoundTensor[];
  readonly flaws: readonly AnswerFlaw[];
  /** Whether the bounds come from exactGradients. */
  readonly exact: boolean;
  readonly batchSize: number | null;
}

/**
 * @param reversed whether to read the received layers from the last to the first
 * @throws DataError if the expected value is not made of numbers, or the two differ in kind
 */
export function pairedUp(found: unknown, expected: unknown, reversed = false): Paired {
  const exact = isExact(expected) ? expected : null;
  const wanted = exact === null ? givenOf(expected, 'the expected value') : givenOfExact(exact, found);
  const bounds = exact === null ? null : new Map(givenOf(exact.bounds, 'bounds').map((b) => [b.name, b.value]));
  bounds?.set('loss', exact?.lossBound);
  const have = givenOf(found, 'the received value', reversed);
  if (wanted[0].name === '' ? have[0].name !== '' : have[0].name === '')
    throw new DataError(
      `expected ${kindOf(wanted)}, got ${kindOf(have)}`,
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
        parameter: `unexpected ${name}`,
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

/**
 * The layers, and the loss if both have one; without bias gradients if the network has no biases.
 */
function givenOfExact(
  exact: { loss: number; gradients: unknown; network: { biases?: boolean | undefined } },
  found: unknown,
): Given[] {
  const withLoss = typeof found === 'object' && found !== null && 'gradients' in found && 'loss' in found;
  const layers = givenOf(exact.gradients, 'exact gradients');
  const biases =
    exact.network.biases !== false ||
    givenOf(found, 'the received value').some(({ layer, role }) => layer === 1 && role === 'bias');
  const moving = layers.filter(({ role }) => biases || role !== 'bias');
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
        { name: `W${l + 1}`, layer: l + 1, role: 'weights' as const, value: weights },
        ...(bias === undefined ? [] : [{ name: `b${l + 1}`, layer: l + 1, role: 'bias' as const, value: bias }]),
      ];
    });
  if (typeof value !== 'number' && !isMatrix(value) && !Array.isArray(value) && !ArrayBuffer.isView(value))
    throw new DataError(
      `${what} is not made of numbers`,
      'expected layers [{ weights, bias }, ...], a matrix, a vector or a number, each as nested or typed arrays',
    );
  return [{ name: '', value }];
}

function shapeOfExpected(value: unknown, name: string): readonly number[] {
  if (typeof value === 'number') return [];
  const shape = shapeOf(plain(value));
  if (shape === null || shape.length === 0 || shape.length > 2)
    throw new DataError(`the expected value${name === '' ? '' : ` of ${name}`} is not a matrix, a vector or a number`);
  return shape;
}

function kindOf(given: readonly Given[]): string {
  return given[0].name === '' ? 'one tensor' : 'layers of weights and biases';
}

// Calls a candidate's functions in the thread where they are loaded (host.ts or local.ts), and
// checks whether they changed their arguments.
import { CandidateError } from '../errors.ts';
import type { CandidateModule } from './candidate.ts';
import type { Conventions } from './conventions/conventions.ts';
import { indexOf } from '../network/parameters.ts';
import { toPlain } from './plain.ts';
import type { Plain, PlainRoom } from './plain.ts';
import { arraysOf, nested, sizeOf, spelledOut } from './request.ts';
import type { ChangedArgument, Description, Request, RequestName, Shaped } from './request.ts';
import { oneLine } from './words.ts';

type Arrays = Conventions['arrays'];
type Call = (argument: Record<string, unknown>) => unknown;

/** Taken before any candidate is loaded, because a candidate may replace it. */
const { is } = Object;

/** A candidate's functions by request. @throws CandidateError if the import is not a candidate */
function functionsOf(
  imported: unknown,
  name: string,
): { functions: Partial<Record<RequestName, Call>>; module: Partial<CandidateModule> } {
  const outer = (typeof imported === 'function' ? { default: imported } : imported) as Record<string, unknown> | null;
  const inner = outer?.['default'] as Record<string, unknown> | undefined;
  // module.exports = { default }
  const isModule = typeof inner === 'object' && [inner?.['default'], inner?.['trainStep']].some(isFunction);
  const module = isModule ? inner : outer;
  if (module === null || ![module['default'], module['trainStep']].some(isFunction)) {
    throw new CandidateError(
      `${name} has no default export that is a function`,
      'export default function ({ network, parameters, inputs, targets }) { ... return { loss, gradients }; }, or module.exports = that function',
    );
  }
  const bound = (f: unknown): Call => (f as Call).bind(module);
  const functions: Partial<Record<RequestName, Call>> = isFunction(module['default'])
    ? { gradients: bound(module['default']) }
    : {};
  for (const optional of ['predict', 'applyGradients', 'trainStep'] as const) {
    const f = module[optional];
    if (f === undefined) continue;
    if (typeof f !== 'function') throw new CandidateError(`${name}: ${optional} is not a function`);
    functions[optional] = bound(f);
  }
  return { functions, module };
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

export function describe(imported: unknown, fileName: string): Description {
  const { functions, module } = functionsOf(imported, fileName);
  return {
    name: typeof module.name === 'string' && module.name !== '' ? module.name : fileName,
    conventions: module.conventions,
    can: Object.keys(functions) as RequestName[],
    versions: {},
  };
}

export interface Called {
  readonly answer: Plain;
  /** The candidate's own state, passed to the next update. */
  readonly state: unknown;
  readonly changed: ChangedArgument | null;
}

/**
 * Calls the function for `request` with a copy of everything in it.
 * @throws CandidateError if the return value is not data, or far too large
 */
export async function call(
  imported: unknown,
  name: string,
  request: Request,
  arrays: Arrays,
  room: PlainRoom,
): Promise<Called> {
  const function_ = functionsOf(imported, name).functions[request.request] as Call;
  const given = new Map<Shaped, unknown>();
  const make = (shaped: Shaped): unknown => {
    const array = arrays === 'typed' ? shaped.data.slice() : nested(shaped);
    given.set(shaped, array);
    return array;
  };
  const argument = spelledOut(request, make);
  const returned: unknown = await function_(argument);
  const answered = request.request === 'trainStep' ? stepped(returned, argument) : returned;
  const changed = firstChange(request, given);
  const state = isObject(answered) ? answered['state'] : undefined;
  const answer = toPlain(dataOf(answered), room);
  if (!('kind' in answer)) return { answer, state, changed };
  const place = answer.place === '' ? 'the return value' : oneLine(answer.place);
  if (answer.kind === 'no-data')
    throw new CandidateError(`${name} returned something that is not data: ${place} is ${answer.type}`, PLAIN);
  throw new CandidateError(
    `${name} returned far more numbers than requested: ${place} has shape (${answer.shape.join(', ')})`,
    `expected ${sizeOf(request)} numbers`,
  );
}

/**
 * What a training step led to. It returns the parameters, or changes the given ones in place; it
 * may return the loss alone, or the parameters alone.
 */
function stepped(returned: unknown, { parameters }: Record<string, unknown>): unknown {
  if (typeof returned === 'number') return { loss: returned, parameters };
  if (Array.isArray(returned)) return { parameters: returned };
  if (returned === undefined || returned === null) return { parameters };
  return isObject(returned) && (returned['parameters'] ?? null) === null ? { ...returned, parameters } : returned;
}

export const PLAIN = 'expected plain numbers and arrays';

/** The fields of an answer that backproof reads; the others need not be data. */
function dataOf(answer: unknown): unknown {
  if (!isObject(answer)) return answer;
  const { loss, gradients, outputs, parameters } = answer;
  return { loss, gradients, outputs, parameters };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function firstChange(request: Request, given: ReadonlyMap<Shaped, unknown>): ChangedArgument | null {
  for (const { name, shaped } of arraysOf(request)) {
    const place = changeIn(shaped, given.get(shaped));
    if (place !== null) return { argument: name, ...place };
  }
  return null;
}

function changeIn({ shape, data }: Shaped, array: unknown): Omit<ChangedArgument, 'argument'> | null {
  if (!(array instanceof Float64Array)) return changeBelow(shape, data, array);
  const at = data.findIndex((x, i) => !is(x, array[i]));
  return at < 0 ? null : { index: indexOf(shape, at), before: data[at], after: array[at] ?? null };
}

/** The first change in nested arrays. */
function changeBelow(
  [length, ...inner]: readonly number[],
  data: Float64Array,
  array: unknown,
): Omit<ChangedArgument, 'argument'> | null {
  const size = data.length / length;
  for (let i = 0; i < length; i++) {
    const value = (array as ArrayLike<unknown> | undefined)?.[i];
    if (inner.length > 0) {
      const below = changeBelow(inner, data.subarray(i * size, (i + 1) * size), value);
      if (below !== null) return { ...below, index: [i, ...below.index] };
    } else if (!is(value, data[i])) {
      return { index: [i], before: data[i], after: typeof value === 'number' ? value : null };
    }
  }
  return null;
}

// A request to a candidate. Its arrays already have the layout of the candidate's conventions, but
// are not yet nested or typed arrays.
import { nameOf } from '../network/parameters.ts';
import { countParameters, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Conventions } from './conventions/conventions.ts';

/** Numbers row after row, and the lengths of the axes: one for a vector, two for a matrix ... */
export interface Shaped {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/**
 * The parameters or gradients of one layer by role: weights and bias, gamma and beta ...; no bias
 * if the candidate has none.
 */
export type ShapedLayer = Readonly<Record<string, Shaped>>;

/** The examples of one request. */
export interface ShapedBatch {
  readonly inputs: Shaped;
  /** A number if it is the class of one example. */
  readonly targets: Shaped | number;
  /** One entry per layer, null where it draws none; missing where no layer draws. */
  readonly masks?: readonly (Shaped | null)[];
}

/** One question, with everything its answer depends on. */
export type Request =
  | (ShapedBatch & {
      readonly request: 'gradients';
      readonly network: NetworkSpec;
      readonly parameters: readonly ShapedLayer[];
    })
  | {
      readonly request: 'predict';
      readonly network: NetworkSpec;
      readonly parameters: readonly ShapedLayer[];
      readonly inputs: Shaped;
    }
  | {
      readonly request: 'applyGradients';
      readonly network: NetworkSpec;
      readonly optimizer: OptimizerSpec;
      readonly parameters: readonly ShapedLayer[];
      readonly gradients: readonly ShapedLayer[];
      readonly step: number;
      readonly state: unknown;
    }
  | {
      readonly request: 'trainStep';
      readonly network: NetworkSpec;
      readonly optimizer: OptimizerSpec;
      readonly parameters: readonly ShapedLayer[];
      readonly batch: ShapedBatch;
      readonly step: number;
      readonly state: unknown;
    };

/** A request before the network is added to it. */
export type Question = Request extends infer R ? (R extends Request ? Omit<R, 'network'> : never) : never;

/** The names of the requests. */
export const REQUESTS = ['gradients', 'predict', 'applyGradients', 'trainStep'] as const;
/** One of REQUESTS. */
export type RequestName = (typeof REQUESTS)[number];

/** How a candidate describes itself. */
export interface Description {
  readonly name: string;
  /** As declared, not validated yet. */
  readonly conventions: unknown;
  readonly can: readonly RequestName[];
  /** Versions of what runs it: { node: '20.19.0' }. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The connection to a candidate, in this thread or in a process of its own. */
export interface CandidatePort {
  readonly description: Description;
  /**
   * Its raw answer, and the first argument it changed.
   * @param seconds a time limit below the usual one
   * @throws CandidateError if it gives no answer
   */
  ask(request: Request, arrays: Conventions['arrays'], seconds?: number): Promise<Answered>;
  /** Whether it can still be asked. */
  alive(): boolean;
  /** Ends the process behind it. */
  close(): Promise<void>;
}

/**
 * How many numbers the answer holds: the outputs; or, per parameter, a gradient, or a new value and
 * two moments.
 */
export function sizeOf(request: Request): number {
  const { network } = request;
  if (request.request === 'predict') return (request.inputs.data.length / network.inputs) * outputs(network);
  return (isUpdate(request) ? 3 : 1) * countParameters(network) + 1;
}

/** Whether it asks for new parameters, and hands the optimizer's state on. */
export function isUpdate(request: Request): request is Extract<Request, { state: unknown }> {
  return request.request === 'applyGradients' || request.request === 'trainStep';
}

/** A received answer. */
export interface Answered {
  readonly answer: unknown;
  readonly changed: ChangedArgument | null;
}

/** An argument that the call changed. */
export interface ChangedArgument {
  /** W1, b1, inputs, targets. */
  readonly argument: string;
  /** In the candidate's layout. */
  readonly index: readonly number[];
  readonly before: number;
  /** null if it is no longer a number, or the array changed its length. */
  readonly after: number | null;
}

/**
 * The arrays that must not be changed, with their names. An update may be made in place: it has
 * none, and a training step only its examples.
 */
export function arraysOf(request: Request): { readonly name: string; readonly shaped: Shaped }[] {
  if (request.request === 'applyGradients') return [];
  const named = isUpdate(request)
    ? []
    : request.parameters.flatMap((layer, l) =>
        Object.entries(layer).map(([role, shaped]) => ({ name: nameOf({ layer: l + 1, role }), shaped })),
      );
  const { inputs, targets, masks = [] } = examplesOf(request);
  named.push({ name: 'inputs', shaped: inputs });
  if (targets !== undefined && typeof targets !== 'number') named.push({ name: 'targets', shaped: targets });
  masks.forEach((shaped, l) => {
    if (shaped !== null) named.push({ name: `masks[${l}]`, shaped });
  });
  return named;
}

function examplesOf(
  request: Exclude<Request, { request: 'applyGradients' }>,
): Pick<ShapedBatch, 'inputs' | 'masks'> & Partial<ShapedBatch> {
  return request.request === 'trainStep' ? request.batch : request;
}

/**
 * The argument of the candidate's function: `make` makes the arrays, everything else is a copy,
 * except the state, which is the candidate's own.
 */
export function spelledOut(request: Request, make: (shaped: Shaped) => unknown): Record<string, unknown> {
  const { request: _name, ...given } = request;
  const layers = (all: readonly ShapedLayer[]): unknown[] =>
    all.map((layer) => Object.fromEntries(Object.entries(layer).map(([role, shaped]) => [role, make(shaped)])));
  const out: Record<string, unknown> = {
    ...given,
    network: copied(request.network),
    parameters: layers(request.parameters),
  };
  if (request.request === 'applyGradients')
    return { ...out, optimizer: copied(request.optimizer), gradients: layers(request.gradients) };
  const { inputs, targets, masks } = examplesOf(request);
  const examples = {
    inputs: make(inputs),
    ...(targets !== undefined && { targets: typeof targets === 'number' ? targets : make(targets) }),
    ...(masks !== undefined && { masks: masks.map((mask) => mask && make(mask)) }),
  };
  if (request.request === 'trainStep') return { ...out, optimizer: copied(request.optimizer), batch: examples };
  return { ...out, ...examples };
}

/** A deep copy of plain objects and arrays. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copied(entry)]));
}

/** An array of numbers, of rows, of pictures ... */
export type Nested = number[] | Nested[];

/** [1, 2, 3], or [[1, 2], [3, 4]] ... */
export function nested({ shape: [length, ...inner], data }: Shaped): Nested {
  if (inner.length === 0) return Array.from(data);
  const size = data.length / length;
  return Array.from({ length }, (_, r) => nested({ shape: inner, data: data.subarray(r * size, (r + 1) * size) }));
}

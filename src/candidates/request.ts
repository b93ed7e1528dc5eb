// What a candidate is asked, on its way there: arrays with their shapes already as its conventions have them, before they become nested or typed ones.
import { countParameters, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Conventions } from './conventions/conventions.ts';

/** Numbers row after row, and the lengths of the axes: one for a vector, two for a matrix. */
export interface Shaped {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** The parameters, or gradients, of one layer; no bias where the candidate has none. */
export interface ShapedLayer {
  readonly weights: Shaped;
  readonly bias?: Shaped;
}

/** One question, with all that its answer depends on. */
export type Request =
  | {
      readonly request: 'gradients';
      readonly network: NetworkSpec;
      readonly parameters: readonly ShapedLayer[];
      readonly inputs: Shaped;
      /** A number where it is the class of one example. */
      readonly targets: Shaped | number;
    }
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
    };
/** What can be asked. */
export type RequestName = Request['request'];

/** What a candidate says of itself. */
export interface Description {
  readonly name: string;
  /** As declared, not looked at yet. */
  readonly conventions: unknown;
  readonly can: readonly RequestName[];
  /** What runs it: "node 20.19.0". */
  readonly versions: Readonly<Record<string, string>>;
}

/** Where a candidate is: in this thread, or in a process of its own. */
export interface CandidatePort {
  readonly description: Description;
  /** Its answer as it gave it, and what it changed of what it was given. @param seconds that it may take, where they are fewer than usual
   * @throws CandidateError if there is none */
  ask(request: Request, arrays: Conventions['arrays'], seconds?: number): Promise<Answered>;
  /** Whether it can still be asked. */
  alive(): boolean;
  /** Ends the process behind it. */
  close(): Promise<void>;
}

/** How many numbers are asked for: a gradient, or a new value and two moments, for each parameter; or the outputs. */
export function sizeOf(request: Request): number {
  const { network } = request;
  if (request.request === 'predict') return (request.inputs.data.length / network.inputs) * outputs(network);
  return (request.request === 'applyGradients' ? 3 : 1) * countParameters(network) + 1;
}

/** An answer that came. */
export interface Answered {
  readonly answer: unknown;
  readonly changed: ChangedArgument | null;
}

/** An argument that is not what it was before the call. */
export interface ChangedArgument {
  /** W1, b1, inputs, targets. */
  readonly argument: string;
  /** In the form that the candidate has it. */
  readonly index: readonly number[];
  readonly before: number;
  /** null if it is not a number any more, or the array was made longer or shorter. */
  readonly after: number | null;
}

/** Every array that a loss, a gradient or an output is computed from, with its name. An update may be made in place: of it there are none. */
export function arraysOf(request: Request): { readonly name: string; readonly shaped: Shaped }[] {
  if (request.request === 'applyGradients') return [];
  const named = request.parameters.flatMap(({ weights, bias }, l) => [
    { name: `W${l + 1}`, shaped: weights },
    ...(bias === undefined ? [] : [{ name: `b${l + 1}`, shaped: bias }]),
  ]);
  named.push({ name: 'inputs', shaped: request.inputs });
  if (request.request === 'gradients' && typeof request.targets !== 'number')
    named.push({ name: 'targets', shaped: request.targets });
  return named;
}

/** The request as the candidate's function gets it: each array made by `make`, everything else a copy, but for the state, which is the candidate's own. */
export function spelledOut(request: Request, make: (shaped: Shaped) => unknown): Record<string, unknown> {
  const { request: _name, ...given } = request;
  const layers = (all: readonly ShapedLayer[]): unknown[] =>
    all.map(({ weights, bias }) => ({ weights: make(weights), ...(bias !== undefined && { bias: make(bias) }) }));
  const out: Record<string, unknown> = {
    ...given,
    network: copied(request.network),
    parameters: layers(request.parameters),
  };
  if (request.request === 'applyGradients')
    return { ...out, optimizer: copied(request.optimizer), gradients: layers(request.gradients) };
  out['inputs'] = make(request.inputs);
  if (request.request === 'gradients' && typeof request.targets !== 'number') out['targets'] = make(request.targets);
  return out;
}

/** Of plain objects and arrays. */
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copied(entry)]));
}

/** [1, 2, 3], or [[1, 2], [3, 4]] */
export function nested({ shape, data }: Shaped): number[] | number[][] {
  const [rows, cols] = shape;
  if (cols === undefined) return Array.from(data);
  return Array.from({ length: rows }, (_, r) => Array.from(data.subarray(r * cols, (r + 1) * cols)));
}

// From what a file exports to a check of it.
import { checkGradient } from '../../check/function/check-gradient.ts';
import { checkLayer } from '../../check/function/check-layer.ts';
import type { Layer, LayerGradients } from '../../check/function/layer.ts';
import type { LayerTwin, Twin } from '../../check/function/tensor-library.ts';
import { thrownText } from '../../candidates/words.ts';
import type { BackendChoice } from '../../engines/tfjs/backends.ts';
import { BackproofError, CandidateError, UsageError } from '../../errors.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';

/** What a module exports, or what stands for it. */
export type Exports = Readonly<Record<string, unknown>>;
export type Called = (...args: unknown[]) => unknown;

const EXPECTED =
  'export parameters, value(parameters) and gradient(parameters); for a layer inputs, forward(inputs, parameters) and backward(dOutputs, inputs, parameters)';

/** How what a module exports is checked. */
export interface Asked {
  /** How the module is called in messages. */
  readonly name: string;
  readonly seed: number;
  /** Of TensorFlow.js, for a twin; cpu if it is not given. */
  readonly backend?: BackendChoice | undefined;
}

/** Makes a twin of what a module exports as one, with TensorFlow.js. */
export type OpenTwin = (
  twin: Called,
  data: unknown,
  name: string,
  backend?: BackendChoice,
) => Promise<Twin<never> & LayerTwin<never, never>>;

/**
 * Checks the function or the layer that a module exports, by name or in its default export.
 * @throws UsageError if it exports neither; CandidateError if what it exports throws;
 *   EngineUnavailableError if it has a twin, and TensorFlow.js is not there
 */
export async function checkExports(
  module: Exports,
  { name, seed, backend }: Asked,
  openTwin: OpenTwin,
): Promise<AnyCheck> {
  const all = exportsIn(module);
  const { parameters, value, gradient, inputs, forward, backward, examples, sizes, twin, data } = all;
  if (backend !== undefined && !isFunction(twin))
    throw new UsageError(`--backend: ${name} has no twin in TensorFlow.js`, 'see docs/check.md');
  const named = {
    ...(isSizes(sizes) && { sizes }),
    ...(isFunction(twin) && { twin: await openTwin(twin, data, name, backend) }),
  };
  if (isFunction(forward) && isFunction(backward)) {
    if (inputs === undefined) throw new UsageError(`${name} exports no inputs`, EXPECTED);
    const layer: Layer = {
      forward: guarded(forward, name, 'forward'),
      backward: guarded(backward, name, 'backward') as (...args: unknown[]) => Promise<LayerGradients>,
    };
    const independent = examples === 'independent' ? { examples: 'independent' as const } : {};
    return checkLayer(layer, { inputs, parameters, seed, ...independent, ...named });
  }
  if (!isFunction(value)) throw new UsageError(`${name} exports neither value nor forward and backward`, EXPECTED);
  if (parameters === undefined) throw new UsageError(`${name} exports no parameters`, EXPECTED);
  const f = guarded(value, name, 'value') as (p: unknown) => Promise<number>;
  const slope = isFunction(gradient) ? guarded(gradient, name, 'gradient') : (gradient as object | undefined);
  return checkGradient(f, {
    at: parameters,
    seed,
    ...(slope !== undefined && { gradient: slope }),
    ...named,
  });
}

/** Those by name, and those of an object that is its default export. */
export function exportsIn(module: Exports): Exports {
  const own = module['default'];
  return typeof own === 'object' && own !== null ? { ...own, ...module } : module;
}

export function isFunction(value: unknown): value is Called {
  return typeof value === 'function';
}

function isSizes(value: unknown): value is Record<string, number> {
  return typeof value === 'object' && value !== null && Object.values(value).every((n) => typeof n === 'number');
}

/** What somebody's function throws is no bug of this program. */
function guarded(f: Called, name: string, what: string): (...args: unknown[]) => Promise<unknown> {
  return async (...args) => {
    try {
      return await f(...args);
    } catch (error) {
      if (error instanceof BackproofError) throw error;
      throw new CandidateError(`${name}: ${what} threw ${thrownText(error)}`, undefined, { cause: error });
    }
  };
}

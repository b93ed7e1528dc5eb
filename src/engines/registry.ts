// Engines by name.
import { UsageError, lookUp } from '../errors.ts';
import { checkNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import { createAutogradEngine } from './autograd/autograd.ts';
import { ENGINES } from './engine.ts';
import type { Engine, EngineId } from './engine.ts';
import type { EngineOptions } from './engine-options.ts';
import type { Lack } from './lack.ts';
import { createVectorEngine } from './vector/vector.ts';
import { lacksKernels } from './wasm/known.ts';
import { createWasmEngine } from './wasm/wasm.ts';
import { withoutBiases } from './without-biases.ts';

/** One kind of engine: what it can compute, and how to open one for a network. */
interface Kind {
  /** The first is the default. */
  readonly dtypes: readonly [Dtype, ...Dtype[]];
  /** Missing: it implements all pages. */
  readonly lacks?: (network: NetworkSpec, optimizer: OptimizerSpec) => readonly Lack[];
  readonly open: (network: NetworkSpec, optimizer: OptimizerSpec, options: EngineOptions) => Engine | Promise<Engine>;
}

const KINDS: Readonly<Record<EngineId, Kind>> = {
  autograd: { dtypes: ['f64'], open: createAutogradEngine },
  vector: {
    dtypes: ['f32', 'f64'],
    open: (network, optimizer, { dtype = 'f32', injection }) =>
      createVectorEngine(network, optimizer, { dtype, ...(injection && { injection }) }),
  },
  wasm: {
    dtypes: ['f32'],
    lacks: lacksKernels,
    open: (network, optimizer, { threads }) =>
      createWasmEngine(network, optimizer, { ...(threads !== undefined && { threads }) }),
  },
  tfjs: {
    dtypes: ['f32'],
    async open(network, optimizer, { backend = 'auto', threads, variant }) {
      // only here, because TensorFlow.js need not be installed
      const { createTfjsEngine } = await import('./tfjs/tfjs.ts');
      return createTfjsEngine(network, optimizer, {
        backend,
        ...(threads !== undefined && { threads }),
        ...(variant !== undefined && { variant }),
      });
    },
  },
};

/**
 * The pages that this network and its optimizer need and the engine does not implement; empty if it
 * implements them all.
 */
export function lackOf(id: EngineId, network: NetworkSpec, optimizer: OptimizerSpec): readonly Lack[] {
  return KINDS[id].lacks?.(network, optimizer) ?? [];
}

/**
 * A fresh engine with parameters at zero; `load` sets them.
 * @throws UsageError on an unknown name, a precision that the engine does not have, or a page that
 *   it does not implement
 * @throws EngineUnavailableError if the engine is not available
 */
export async function createEngine(
  id: EngineId,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  options: EngineOptions = {},
): Promise<Engine> {
  const { dtypes, open } = lookUp(KINDS, id, 'engine');
  if (options.dtype !== undefined && !dtypes.includes(options.dtype)) {
    throw new UsageError(`${id} computes in ${dtypes[0]} only`, `use --dtype ${dtypes[0]}, or --engine vector`);
  }
  refuseLacks(id, network, optimizer);
  const engine = await open(network, optimizer, options);
  return withoutBiases(network, engine);
}

function refuseLacks(id: EngineId, network: NetworkSpec, optimizer: OptimizerSpec): void {
  const lacks = lackOf(id, network, optimizer);
  if (lacks.length === 0) return;
  checkNetwork(network); // an unknown name is reported as such
  optimizerPage(optimizer.id);
  const able = ENGINES.filter((other) => lackOf(other, network, optimizer).length === 0);
  throw new UsageError(
    `${id} has no kernel for ${lacks.map((lack) => `${lack.of} ${lack.id}`).join(', ')}`,
    `use ${able.map((other) => `--engine ${other}`).join(' or ')}`,
  );
}

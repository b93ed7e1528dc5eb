// Engines by name.
import { UsageError, unknownName } from '../errors.ts';
import type { TfjsVariant } from '../network/case.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { createAutogradEngine } from './autograd/autograd.ts';
import { ENGINES } from './engine.ts';
import type { Engine, EngineId, Mistake } from './engine.ts';
import type { BackendChoice } from './tfjs/backends.ts';
import { createVectorEngine } from './vector/vector.ts';
import { createWasmEngine } from './wasm/wasm.ts';
import { withoutBiases } from './without-biases.ts';

/** What an engine may be asked for beside its name; each option counts for the engines it names. */
export interface EngineOptions {
  /** Default: f32; autograd computes in f64 only, wasm and tfjs in f32 only. */
  readonly dtype?: Dtype;
  /** tfjs only. Default: auto. */
  readonly backend?: BackendChoice;
  /** wasm, and tfjs's node backend. */
  readonly threads?: number;
  /** tfjs only: a way that is known to be wrong, to be put on trial. */
  readonly variant?: TfjsVariant | null;
  /** vector only. */
  readonly mistake?: Mistake;
}

/**
 * A fresh engine with parameters at zero; `load` gives it its own.
 * @throws UsageError on an unknown name or a precision the engine does not have; EngineUnavailableError if it is not there.
 */
export async function createEngine(
  id: EngineId,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  options: EngineOptions = {},
): Promise<Engine> {
  const engine = await create(id, network, optimizer, options);
  return network.biases === false ? withoutBiases(engine) : engine;
}

async function create(
  id: EngineId,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  { dtype, backend = 'auto', threads, variant, mistake }: EngineOptions,
): Promise<Engine> {
  switch (id) {
    case 'autograd':
      if (dtype === 'f32') throw new UsageError('autograd computes in f64 only', 'use --dtype f64, or --engine vector');
      return createAutogradEngine(network, optimizer);
    case 'vector':
      return createVectorEngine(network, optimizer, { dtype: dtype ?? 'f32', ...(mistake && { mistake }) });
    case 'wasm':
      if (dtype === 'f64') throw new UsageError('wasm computes in f32 only', 'use --dtype f32, or --engine vector');
      return createWasmEngine(network, optimizer, { ...(threads !== undefined && { threads }) });
    case 'tfjs': {
      if (dtype === 'f64') throw new UsageError('tfjs computes in f32 only', 'use --dtype f32, or --engine vector');
      const { createTfjsEngine } = await import('./tfjs/tfjs.ts'); // only now: TensorFlow.js need not be installed
      return createTfjsEngine(network, optimizer, {
        backend,
        ...(threads !== undefined && { threads }),
        ...(variant !== undefined && { variant }),
      });
    }
    default:
      throw unknownName('engine', String(id), ENGINES);
  }
}

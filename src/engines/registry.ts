// Engines by name.
import { UsageError, unknownName } from '../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import { ENGINES } from './engine.ts';
import type { Engine, EngineId } from './engine.ts';
import type { BackendChoice } from './tfjs/backend.ts';
import { createTfjsEngine } from './tfjs/tfjs.ts';
import { createVectorEngine } from './vector/vector.ts';
import type { VectorOptions } from './vector/vector.ts';

export interface EngineOptions {
  /** Default: f32, the precision every engine has. */
  readonly dtype?: Dtype;
  /** tfjs only. Default: auto. */
  readonly backend?: BackendChoice;
  readonly threads?: number;
  /** vector only: mistaken steps of the backward pass. */
  readonly rules?: VectorOptions['rules'];
}

/**
 * A fresh engine with parameters at zero; `load` gives it its own.
 * @throws UsageError on an unknown name or a precision the engine does not have; EngineUnavailableError if it is not there.
 */
export async function createEngine(
  id: EngineId,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  { dtype = 'f32', backend = 'auto', threads, rules }: EngineOptions = {},
): Promise<Engine> {
  switch (id) {
    case 'vector':
      return createVectorEngine(network, optimizer, { dtype, ...(rules && { rules }) });
    case 'tfjs':
      if (dtype !== 'f32') throw new UsageError('tfjs computes in f32 only', 'use --dtype f32, or --engine vector');
      return createTfjsEngine(network, optimizer, { backend, ...(threads !== undefined && { threads }) });
    default:
      throw unknownName('engine', String(id), ENGINES);
  }
}

// From options to engines.
import { faultRules } from '../check/faults.ts';
import type { EngineFactory, EngineId } from '../engines/engine.ts';
import { createEngine } from '../engines/registry.ts';
import type { EngineOptions } from '../engines/registry.ts';
import { UsageError } from '../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import type { Options } from './options.ts';

export interface Factories {
  readonly candidate: EngineFactory;
  readonly reference: EngineFactory;
  readonly oracle: EngineFactory;
  /** Present where one of the two is no single-precision engine. */
  readonly yardstick?: EngineFactory;
}

export const DEFAULT_ENGINE: EngineId = 'vector';
export const DEFAULT_REFERENCE: EngineId = 'tfjs';

/** @throws UsageError on options that do not go together */
export function createFactories(network: NetworkSpec, optimizer: OptimizerSpec, options: Options): Factories {
  const make = (id: EngineId, dtype: Dtype, more: EngineOptions = {}): EngineFactory => {
    const threads = options.threads === undefined ? {} : { threads: options.threads };
    return () =>
      createEngine(id, network, optimizer, { dtype, backend: options.backend ?? 'auto', ...threads, ...more });
  };
  const [engine, reference] = [options.engine ?? DEFAULT_ENGINE, options.reference ?? DEFAULT_REFERENCE];
  const dtype = options.dtype ?? 'f32';
  if (dtype !== 'f32' && engine !== 'vector') throw new UsageError(`--dtype ${dtype} is for --engine vector`);
  if (options.fault !== undefined && engine !== 'vector') throw new UsageError('--fault is for --engine vector');
  const faulty = options.fault === undefined ? {} : { rules: faultRules(network, options.fault) };
  return {
    candidate: make(engine, dtype, faulty),
    reference: make(reference, 'f32'),
    oracle: make('vector', 'f64'),
    ...(dtype !== 'f32' && { yardstick: make('vector', 'f32') }),
  };
}

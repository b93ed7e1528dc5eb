// From options to engines.
import type { MistakenFactory } from '../check/diagnose.ts';
import { faultRules } from '../check/faults.ts';
import type { EngineFactory, EngineId } from '../engines/engine.ts';
import { createEngine } from '../engines/registry.ts';
import type { EngineOptions } from '../engines/registry.ts';
import { UsageError } from '../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import type { Options } from './options.ts';

export interface Factories {
  readonly candidate: EngineFactory;
  readonly reference: EngineFactory;
  readonly oracle: EngineFactory;
  /** The hand-written network in binary64 with a mistake put in. */
  readonly mistaken: MistakenFactory;
  /** Present where one of the two is no single-precision engine. */
  readonly yardstick?: EngineFactory;
}

export const DEFAULT_ENGINE: EngineId = 'vector';
export const DEFAULT_REFERENCE: EngineId = 'tfjs';

/** @throws UsageError on options that do not go together */
export function createFactories(network: NetworkSpec, optimizer: OptimizerSpec, options: Options): Factories {
  const [engine, reference] = [options.engine ?? DEFAULT_ENGINE, options.reference ?? DEFAULT_REFERENCE];
  if (options.fault !== undefined && engine !== 'vector') throw new UsageError('--fault is for --engine vector');
  const faulty = options.fault === undefined ? {} : { rules: faultRules(network, options.fault) };
  const shared: EngineOptions = {
    backend: options.backend ?? 'auto',
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  const make =
    (id: EngineId, more: EngineOptions): EngineFactory =>
    () =>
      createEngine(id, network, optimizer, { ...shared, ...more });
  const allSingle = options.dtype !== 'f64' && engine !== 'autograd' && reference !== 'autograd';
  return {
    candidate: make(engine, { ...(options.dtype !== undefined && { dtype: options.dtype }), ...faulty }),
    reference: make(reference, {}),
    oracle: make('vector', { dtype: 'f64' }),
    mistaken: (rules) => make('vector', { dtype: 'f64', rules })(),
    ...(!allSingle && { yardstick: make('vector', { dtype: 'f32' }) }),
  };
}

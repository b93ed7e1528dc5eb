// Every kind of engine, and why one is not available here: contract tests run over all of them.
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/registry.ts';
import type { EngineId } from '../../src/engines/engine.ts';
import { EngineUnavailableError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { NETWORK } from '../fixtures.ts';

export interface Kind {
  readonly name: string;
  readonly id: EngineId;
  readonly options: EngineOptions;
}

export const KINDS: readonly Kind[] = [
  { name: 'vector f32', id: 'vector', options: { dtype: 'f32' } },
  { name: 'vector f64', id: 'vector', options: { dtype: 'f64' } },
  { name: 'autograd', id: 'autograd', options: {} },
  { name: 'wasm', id: 'wasm', options: {} },
  { name: 'wasm, 3 threads', id: 'wasm', options: { threads: 3 } },
  { name: 'tfjs cpu', id: 'tfjs', options: { backend: 'cpu' } },
  { name: 'tfjs wasm', id: 'tfjs', options: { backend: 'wasm' } },
  { name: 'tfjs node', id: 'tfjs', options: { backend: 'node' } },
];

/** null if the engine is available. */
export async function whyMissing({ id, options }: Kind): Promise<string | null> {
  try {
    await (await createEngine(id, NETWORK, optimizerSpec('sgd'), options)).dispose();
    return null;
  } catch (error) {
    if (error instanceof EngineUnavailableError) return error.message;
    throw error;
  }
}

// Every kind of engine, and why one is not available here: contract tests run over all of them.
import { createEngine } from '../../src/engines/registry.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import type { Engine, EngineId } from '../../src/engines/engine.ts';
import { EngineThread } from '../../src/engines/threads/thread.ts';
import { EngineUnavailableError } from '../../src/errors.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { NETWORK } from '../fixtures.ts';

export interface Kind {
  readonly name: string;
  readonly id: EngineId;
  readonly options: Omit<EngineOptions, 'injection'>;
  /** In a thread of its own. */
  readonly thread?: EngineThread;
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

/** Those that run in a browser, for tests that may start one. */
export const IN_BROWSER: readonly Kind[] = [
  { name: 'tfjs webgl', id: 'tfjs', options: { backend: 'webgl' } },
  { name: 'tfjs webgpu', id: 'tfjs', options: { backend: 'webgpu' } },
];

/** Some of them in threads, which start with their first engine and end with the test. */
export const IN_THREADS: readonly Kind[] = KINDS.filter(({ name }) => /vector f32|wasm$|node/.test(name)).map(
  (kind) => {
    return { ...kind, name: `${kind.name} in a thread`, thread: new EngineThread() };
  },
);

export function open({ id, options, thread }: Kind, network: NetworkSpec, optimizer: OptimizerSpec): Promise<Engine> {
  return thread === undefined
    ? createEngine(id, network, optimizer, options)
    : thread.open({ id, network, optimizer, options });
}

/**
 * null if the engine is available.
 * @param keep leaves it open, and the browser that it may be in, for the tests
 */
export async function whyMissing(kind: Kind, keep = false): Promise<string | null> {
  try {
    const engine = await open(kind, NETWORK, optimizerSpec('sgd'));
    if (!keep) await engine.dispose();
    return null;
  } catch (error) {
    if (error instanceof EngineUnavailableError) return error.message;
    throw error;
  }
}

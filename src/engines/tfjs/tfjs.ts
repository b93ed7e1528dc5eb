// The identical TensorFlow.js model behind the Engine interface, in Node.
import type { TfjsVariant } from '../../network/case.ts';
import { checkNetwork } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Engine } from '../engine.ts';
import { openBackend } from './backend.ts';
import type { BackendChoice } from './backends.ts';
import { tfjsEngineOn } from './engine.ts';

export interface TfjsOptions {
  readonly backend: BackendChoice;
  /** Threads of native TensorFlow; default: its own choice. */
  readonly threads?: number;
  /** A variant that is known to be wrong, as a test of the checker. */
  readonly variant?: TfjsVariant | null;
}

/**
 * @throws EngineUnavailableError if the backend is not available
 * @throws UsageError or DataError on an invalid network
 */
export async function createTfjsEngine(
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  { backend, threads, variant = null }: TfjsOptions,
): Promise<Engine> {
  checkNetwork(network);
  return tfjsEngineOn(await openBackend(backend, threads), network, optimizer, variant);
}

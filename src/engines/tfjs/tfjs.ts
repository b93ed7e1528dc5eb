// Opens the TensorFlow.js engine: in this process, or in a browser for the backends that need one.
import type { TfjsVariant } from '../../network/case.ts';
import { checkNetwork } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Engine } from '../engine.ts';
import { openBackend } from './backend.ts';
import { inBrowser } from './backends.ts';
import type { BackendChoice, BackendId, Bits } from './backends.ts';
import { TfjsEngine } from './tfjs-engine.ts';

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
  if (inBrowser(backend)) {
    const { openInBrowser } = await import('./browser/browser.ts');
    return openInBrowser(backend, { id: 'tfjs', network, optimizer, options: { backend, variant } });
  }
  return new TfjsEngine(await openBackend(backend, threads), network, optimizer, variant);
}

/**
 * Starts a backend, of which engines can then be made at once.
 * @returns its name, which `auto` leaves open
 * @throws EngineUnavailableError if it is not available
 */
export async function startBackend(choice: BackendChoice, threads?: number): Promise<BackendId> {
  if (!inBrowser(choice)) return (await openBackend(choice, threads)).id;
  const { openPage } = await import('./browser/browser.ts');
  await openPage(choice);
  return choice;
}

/**
 * Bits that a backend stores numbers in: of webgl they are known once it is started.
 * @throws EngineUnavailableError if it is not available
 */
export async function bitsOfBackend(choice: BackendChoice): Promise<Bits> {
  if (choice !== 'webgl') return 32;
  const { openPage } = await import('./browser/browser.ts');
  return (await openPage(choice)).device.bits;
}

// A twin where this program runs: TensorFlow.js is loaded for it.
import type { LayerTwin, Twin } from '../../check/function/tensor-library.ts';
import { howToInstall } from '../../engines/tfjs/backends.ts';
import type { BackendChoice } from '../../engines/tfjs/backends.ts';
import { EngineUnavailableError } from '../../errors.ts';
import type { Called } from './exports.ts';
import { twinIn } from './twin.ts';

/** @throws EngineUnavailableError if TensorFlow.js is not there */
export async function twinOf(
  twin: Called,
  data: unknown,
  name: string,
  backend: BackendChoice = 'cpu',
): Promise<Twin<never> & LayerTwin<never, never>> {
  const { openBackend } = await import('../../engines/tfjs/backend.ts');
  const { tf } = await openBackend(backend).catch((error: unknown) => {
    if (!(error instanceof EngineUnavailableError)) throw error;
    throw new EngineUnavailableError(`the twin of ${name}: ${error.message}`, howToInstall('cpu'));
  });
  return twinIn(tf, twin, data, name);
}

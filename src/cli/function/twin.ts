// The twin of a function or a layer in TensorFlow.js, which is loaded for it.
import type { LayerTwin, TensorLike, Twin } from '../../check/function/tensor-library.ts';
import { thrownText } from '../../candidates/words.ts';
import { howToInstall } from '../../engines/tfjs/backends.ts';
import type { BackendChoice } from '../../engines/tfjs/backends.ts';
import { CandidateError, EngineUnavailableError } from '../../errors.ts';
import type { Called } from './exports.ts';

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
  const f = (...given: never[]): TensorLike => {
    try {
      return twin(tf, ...given, data) as TensorLike;
    } catch (error) {
      throw new CandidateError(`${name}: twin threw ${thrownText(error)}`, undefined, { cause: error });
    }
  };
  return { tf, f };
}

// The twin of a function or a layer, wherever TensorFlow.js is.
import type { LayerTwin, TensorLibrary, TensorLike, Twin } from '../../check/function/tensor-library.ts';
import { thrownText } from '../../candidates/words.ts';
import { CandidateError } from '../../errors.ts';
import type { Called } from './exports.ts';

/** @param data what the file exports as that */
export function twinIn(
  tf: TensorLibrary,
  twin: Called,
  data: unknown,
  name: string,
): Twin<never> & LayerTwin<never, never> {
  const f = (...given: never[]): TensorLike => {
    try {
      return twin(tf, ...given, data) as TensorLike;
    } catch (error) {
      throw new CandidateError(`${name}: twin threw ${thrownText(error)}`, undefined, { cause: error });
    }
  };
  return { tf, f };
}

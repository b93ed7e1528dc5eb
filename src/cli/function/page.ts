// The program of a page in which somebody's file is checked, where its twin is on a backend that
// runs in a browser. bundle.ts puts the file beside it; `tf` is there already. Nothing here imports
// anything of Node.
import { thrownText } from '../../candidates/words.ts';
import type { TensorLibrary } from '../../check/function/tensor-library.ts';
import { answering } from '../../engines/tfjs/browser/in-page.ts';
import { CandidateError } from '../../errors.ts';
import { answerOrder } from './answer.ts';
import type { Exports } from './exports.ts';
import { CHECK, IN_NODE, SERVE } from './protocol.ts';
import type { ToPage } from './protocol.ts';
import { twinIn } from './twin.ts';

/** @param load runs the file, the first time that it is called */
function serve(load: () => Promise<Exports>): void {
  answering<ToPage>(CHECK, async (order) => {
    const found = await load().catch((error: unknown) => {
      throw new CandidateError(`${order.name} cannot be loaded in a browser: ${thrownText(error)}`, IN_NODE);
    });
    const { tf } = globalThis as unknown as { readonly tf: TensorLibrary };
    return answerOrder(found, order, (twin, data, name) =>
      Promise.resolve({ ...twinIn(tf, twin, data, name), inShaders: true }),
    );
  });
}

Object.assign(globalThis, { [SERVE]: serve });

// The program of the thread in which somebody's function or layer runs: it is loaded, checked, and
// can be ended if it hangs.
import { extname } from 'node:path';
import { serve } from '../../engines/threads/serve.ts';
import { loadModule } from '../../candidates/process/load.ts';
import { CandidateError } from '../../errors.ts';
import { thrownText } from '../../candidates/words.ts';
import { answerOrder } from './answer.ts';
import { exportsIn, isFunction } from './exports.ts';
import type { ToThread } from './protocol.ts';
import { twinOf } from './twin-in-node.ts';

const TYPESCRIPT = ['.ts', '.mts', '.cts'];

// what it prints is no part of the report, which may be JSON
process.stdout.write = process.stderr.write.bind(process.stderr);
console.log = console.error; // eslint-disable-line no-console -- for the file that is checked
console.info = console.error; // eslint-disable-line no-console -- the same
console.debug = console.error; // eslint-disable-line no-console -- the same

/** Ends the check when the file throws outside any call, such as in a timer. */
const outside = new Promise<never>((_resolve, reject) => process.on('uncaughtException', reject));
outside.catch(() => undefined); // nobody may be waiting yet

serve<ToThread & { readonly call: number }, never>(async ({ file, hasTwin, call: _call, ...order }) => {
  const { name } = order;
  const thrown = outside.catch((error: unknown) => {
    throw new CandidateError(`${name} threw outside any call: ${thrownText(error)}`);
  });
  const answer = load(file, name).then<unknown>((found) =>
    hasTwin === true ? isFunction(exportsIn(found)['twin']) : answerOrder(found, order, twinOf),
  );
  return { value: await Promise.race([thrown, answer]) };
});

async function load(file: string, name: string): Promise<Record<string, unknown>> {
  try {
    return (await loadModule(file, TYPESCRIPT.includes(extname(file)))) as Record<string, unknown>;
  } catch (error) {
    throw new CandidateError(`${name} cannot be loaded: ${thrownText(error)}`);
  }
}

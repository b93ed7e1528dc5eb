// Compiled code of TensorFlow.js, kept for the next run: to compile it anew takes longer than to
// check a small network. Node itself keeps what it compiles from 22.1 on.
import Module, { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { Script } from 'node:vm';
import { editionOf, keepBytes, keptBytes } from '../data/files/kept.ts';

/** What Node's loader calls to run a file. */
interface Loader {
  _compile(this: NodeJS.Module, text: string, file: string): unknown;
}

/** The packages whose code is kept. */
const OF = `${sep}@tensorflow${sep}`;
/** Shorter files are compiled in the time in which a kept one is found. */
const LEAST = 20_000;

/** Code is kept when the process ends, so that the functions that were used are in it. */
export function keepCode(folder: string): void {
  const loader = Module.prototype as unknown as Loader;
  const compile = loader._compile;
  const fresh = new Map<string, Script>();
  loader._compile = function (text, file) {
    if (text.length < LEAST || !file.includes(OF)) return compile.call(this, text, file);
    const kept = join(folder, `${basename(file)}.${editionOf(file)}.${process.versions.v8}`);
    const cachedData = keptBytes(kept);
    const script = new Script(Module.wrap(text), { filename: file, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) fresh.set(kept, script);
    const run = script.runInThisContext() as (...of: unknown[]) => unknown;
    return run.call(this.exports, this.exports, createRequire(file), this, file, dirname(file));
  };
  process.on('exit', () => {
    for (const [kept, script] of fresh) keepBytes(kept, script.createCachedData());
  });
}

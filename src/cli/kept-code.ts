// Compiled code of TensorFlow.js, kept for the next run: to compile it anew takes longer than to
// check a small network. Node itself keeps what it compiles from 22.1 on.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import { Script } from 'node:vm';

/** What Node's loader calls to run a file. */
interface Loader {
  _compile(this: NodeJS.Module, text: string, file: string): unknown;
}

/** The packages whose code is kept. */
const OF = `${sep}@tensorflow${sep}`;
/** Shorter files are compiled in the time in which a kept one is found. */
const LEAST = 20_000;

/**
 * Code is kept when the process ends, so that the functions that were used are in it. Where nothing
 * can be written, nothing is kept; code of another V8 is compiled anew.
 */
export function keepCode(folder: string): void {
  const loader = Module.prototype as unknown as Loader;
  const compile = loader._compile;
  const fresh = new Map<string, Script>();
  loader._compile = function (text, file) {
    if (text.length < LEAST || !file.includes(OF)) return compile.call(this, text, file);
    const kept = join(folder, nameOf(file));
    const cachedData = contents(kept);
    const script = new Script(Module.wrap(text), { filename: file, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) fresh.set(kept, script);
    const run = script.runInThisContext() as (...of: unknown[]) => unknown;
    return run.call(this.exports, this.exports, createRequire(file), this, file, dirname(file));
  };
  process.on('exit', () => {
    for (const [file, script] of fresh) keep(file, script);
  });
}

/** V8 compares the lengths of texts alone. */
function nameOf(file: string): string {
  const { mtimeMs, size } = statSync(file);
  return `${basename(file)}.${size}.${Math.round(mtimeMs)}.${process.versions.v8}`;
}

/** V8 does not look whether code is damaged: its digest comes before it. */
function contents(file: string): Buffer | undefined {
  try {
    const kept = readFileSync(file);
    const code = kept.subarray(DIGEST);
    return digestOf(code).equals(kept.subarray(0, DIGEST)) ? code : undefined;
  } catch {
    return undefined; // the first run
  }
}

const DIGEST = 16;
const digestOf = (code: Buffer): Buffer => createHash('md5').update(code).digest();

function keep(file: string, script: Script): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const written = `${file}.${process.pid}`; // whole, or not there
    const code = script.createCachedData();
    writeFileSync(written, Buffer.concat([digestOf(code), code]));
    renameSync(written, file);
  } catch {
    // a folder of somebody else, or a full disk: the next run compiles again
  }
}

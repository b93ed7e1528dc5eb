#!/usr/bin/env node
// The program `backproof`. It imports the rest only once it can report an error of that import:
// Node itself would exit with 1, the code of a disagreement.
import * as module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const INTERNAL = 4; // as in exit-codes.ts

/**
 * Bytes of address space that must be free at the start: with less, the system kills Node at some
 * later point.
 */
const ADDRESS_SPACE = 2 ** 30;

/**
 * How much of a function is run before V8 optimizes it, in bytes of bytecode: seven times V8's own.
 * A short check ends before most optimized code would pay for its compilation; what a long one
 * repeats gets there in milliseconds.
 */
const RUN_BEFORE_OPTIMIZED = 1_000_000;
/** Later ones complain about the flag. */
const V8_OF_NODE_20 = '11.3.';

/** What the system may run out of, by the error's code. */
const SCARCE: Readonly<Record<string, string>> = {
  EMFILE: 'this process cannot open more files; raise the limit (ulimit -n 1024)',
  ENFILE: 'this machine cannot open more files',
  ENOMEM: 'this machine is out of memory',
};

process.on('uncaughtException', end);
try {
  requireSurroundings();
  if (process.versions.v8.startsWith(V8_OF_NODE_20)) setFlagsFromString(`--interrupt-budget=${RUN_BEFORE_OPTIMIZED}`);
  await keepCompiled();
  const { runAsProgram } = await import('../program/run-as-program.ts');
  const { run } = await import('./run.ts');
  await runAsProgram(run);
} catch (error) {
  end(error);
}

/** @throws where the program cannot run at all, with the reason */
function requireSurroundings(): void {
  try {
    process.cwd();
  } catch {
    throw scarce('the working directory no longer exists; change to one that does');
  }
  try {
    new ArrayBuffer(ADDRESS_SPACE); // reserved, not used
  } catch {
    throw scarce('too little address space: 2 GB are needed; raise the limit (ulimit -v unlimited)');
  }
}

/**
 * Keeps compiled code for the next run, before Node 22.1 that of TensorFlow.js alone: in the
 * `node_modules` that the package is in, which other users of the machine cannot write. Where that
 * is not writable, nothing is kept. Node's own variables NODE_COMPILE_CACHE and
 * NODE_DISABLE_COMPILE_CACHE come first.
 */
async function keepCompiled(): Promise<void> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url)))); // of the package
  const [packages = join(root, 'node_modules')] = /^.*[\\/]node_modules(?=[\\/])/.exec(root) ?? [];
  const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => unknown };
  const folder = join(packages, '.cache/backproof');
  if (enableCompileCache !== undefined) enableCompileCache(folder);
  else if (process.env['NODE_DISABLE_COMPILE_CACHE'] === undefined)
    (await import('./kept-code.ts')).keepCode(process.env['NODE_COMPILE_CACHE'] ?? folder);
}

function scarce(message: string): Error {
  return Object.assign(new Error(message), { code: 'SCARCE' });
}

function end(error: unknown): never {
  const { code = '', message = String(error), stack = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const line = SCARCE[code] ?? message.replace(/\s+/g, ' ');
  const ours = code !== 'SCARCE' && SCARCE[code] === undefined;
  process.stderr.write(`backproof: ${line}${ours ? `; this is a bug in backproof\n${stack}` : ''}\n`);
  if (process.argv.includes('--json')) {
    const document = { schemaVersion: 1, kind: 'error', code: 'internal', message: line, hint: null };
    process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
  }
  process.exit(INTERNAL);
}

// A candidate that is a JavaScript or TypeScript module. It runs in a thread of its own, which can be ended whatever it does.
import { createRequire } from 'node:module';
import { basename, extname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { CandidateError } from '../../errors.ts';
import { oneLine } from './words.ts';
import { DEFAULT_TIME_LIMIT, LOADING, Printed, within } from './limits.ts';
import type { CandidateOptions } from './limits.ts';
import type { Answered, CandidatePort, Description, Request } from './request.ts';

/** What the thread is asked and answers; errors come as text, because not everything that is thrown can be sent. */
export type ToThread = { readonly request: Request; readonly arrays: 'nested' | 'typed' } | { readonly end: true };
export type FromThread =
  | { readonly ready: Description }
  | { readonly answered: Answered }
  | { readonly failed: string; readonly where: string | null; readonly candidate: boolean };

/** A thread that ends by itself is given so long to do it, in milliseconds. */
const GRACE = 300;
/** MiB */
const MEMORY = 4096;

const TYPESCRIPT = ['.ts', '.mts', '.cts'];
const JAVASCRIPT = ['.js', '.mjs', '.cjs'];

/** A program that needs no loader: from sources and for TypeScript, jiti transforms what is imported. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { jiti, host, file } = workerData;
const transforming = require(jiti).createJiti(host, { fsCache: false, interopDefault: false });
const plain = (path) => import(require('node:url').pathToFileURL(path));
const again = (path) => (error) => (error instanceof SyntaxError ? transforming.import(path) : Promise.reject(error)); // to say where it is
const load = (path, transform) => (transform ? transforming.import(path) : plain(path).catch(again(path)));
load(host, host.endsWith('.ts'))
  .then((thread) => thread.serve(parentPort, () => load(file, workerData.transform), workerData.name))
  .catch((error) => parentPort.postMessage({ failed: String(error), where: null, candidate: false }));
`;

/** @throws CandidateError if the module cannot be loaded or has no candidate in it */
export async function openModule(path: string, options: CandidateOptions = {}): Promise<CandidatePort> {
  const [file, extension, fileName] = [resolve(path), extname(path), basename(path)];
  if (![...TYPESCRIPT, ...JAVASCRIPT].includes(extension)) {
    throw new CandidateError(
      `${path}: a module (${[...TYPESCRIPT, ...JAVASCRIPT].join(', ')}) expected`,
      'programs in other languages go with --candidate-command',
    );
  }
  const own = fileURLToPath(import.meta.url);
  const worker = new Worker(PROGRAM, {
    eval: true,
    workerData: {
      jiti: createRequire(import.meta.url).resolve('jiti'),
      host: resolve(own, '..', `thread${extname(own)}`),
      file,
      transform: TYPESCRIPT.includes(extension),
      name: fileName,
    },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: options.memoryLimit ?? MEMORY },
    stdout: true,
    stderr: true,
  });
  return connect(worker, fileName, options);
}

async function connect(
  worker: Worker,
  name: string,
  { timeLimit = DEFAULT_TIME_LIMIT, log, signal }: CandidateOptions,
): Promise<CandidatePort> {
  const printed = new Printed(log);
  let ended: CandidateError | null = null;
  let waiting: { resolve: (message: FromThread) => void; reject: (error: Error) => void } | null = null;
  const fail = (error: CandidateError): void => {
    ended ??= error;
    waiting?.reject(ended);
    waiting = null;
  };
  for (const stream of [worker.stdout, worker.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => printed.add(text));
  worker.on('message', (message: FromThread) => {
    waiting?.resolve(message);
    waiting = null;
  });
  worker.on('messageerror', (error) =>
    fail(new CandidateError(`${name}: its answer cannot be read (${error.message})`)),
  );
  worker.on('error', (error: NodeJS.ErrnoException) =>
    fail(
      error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        ? new CandidateError(`${name} ran out of memory`)
        : new CandidateError(`${name} threw outside of any call: ${oneLine(String(error))}`),
    ),
  );
  worker.on('exit', (code) => fail(new CandidateError(`${name} ended itself, with exit code ${code}`)));

  const next = (what: string, seconds = timeLimit): Promise<FromThread> => {
    if (ended !== null) return Promise.reject(ended);
    const message = new Promise<FromThread>((resolve, reject) => (waiting = { resolve, reject }));
    const late = (had: number): CandidateError => {
      const error = new CandidateError(
        `${name} did not ${what} within ${had} s`,
        'is there an endless loop? --time-limit gives it longer',
        { hangs: true },
      );
      fail(error);
      void worker.terminate();
      return error;
    };
    return within(message, seconds, late, signal);
  };
  const close = async (): Promise<void> => {
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    if (ended === null) {
      worker.postMessage({ end: true } satisfies ToThread); // what it printed last comes along
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, GRACE))]);
    }
    ended ??= new CandidateError(`${name} is closed`);
    await worker.terminate();
  };
  try {
    const first = await next('load', Math.max(LOADING, timeLimit));
    if (!('ready' in first)) throw failure(first, name);
    worker.unref(); // a program that forgets to dispose still ends
    return {
      description: first.ready,
      async ask(request, arrays) {
        if (ended !== null) throw ended;
        const answer = next(`answer (${request.request})`);
        worker.postMessage({ request, arrays } satisfies ToThread);
        const message = await answer;
        if ('answered' in message) return message.answered;
        throw failure(message, name);
      },
      alive: () => ended === null,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function failure(message: FromThread, name: string): CandidateError {
  if (!('failed' in message)) return new CandidateError(`${name}: no answer`);
  const where = message.where === null ? '' : ` (${message.where})`;
  if (message.candidate) return new CandidateError(message.failed, message.where ?? undefined);
  return new CandidateError(`${name} throws ${oneLine(message.failed)}${where}`);
}

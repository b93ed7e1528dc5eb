// Starts a program in a thread: built, as it is; from sources through tsx, which a thread does not
// inherit from its process.
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';

/** Native TensorFlow reads the environment of the process, not a copy that a thread has. */
const OPTIONS: WorkerOptions = { execArgv: [], env: SHARE_ENV };

/** @param from the `import.meta.url` of a file beside the host.ts to start */
export function startProgram(from: string): Worker {
  const isBuilt = import.meta.url.endsWith('.js');
  const program = new URL(`./host.${isBuilt ? 'js' : 'ts'}`, from);
  if (isBuilt) return new Worker(program, OPTIONS);
  const [tsx, host] = [import.meta.resolve('tsx/esm/api'), program.href].map((url) => JSON.stringify(url));
  const code = `import(${tsx}).then(({ register }) => (register(), import(${host})))`;
  return new Worker(code, { ...OPTIONS, eval: true });
}

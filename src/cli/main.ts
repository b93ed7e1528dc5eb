#!/usr/bin/env node
// The program `backproof`. It imports nothing before it can say what goes wrong with that: Node itself ends with 1, the exit code of a disagreement.

const INTERNAL = 4; // as in exit-codes.ts

/** With less than this of the address space left at its start, the system ends Node somewhere on the way. */
const ADDRESS_SPACE = 2 ** 30;

/** What a process may run out of, by the code of the error. */
const SCARCE: Readonly<Record<string, string>> = {
  EMFILE: 'this process may not open more files; raise the limit (ulimit -n 1024)',
  ENFILE: 'this machine has no more open files to give',
  ENOMEM: 'this machine has no more memory to give',
};

process.on('uncaughtException', end);
try {
  requireSurroundings();
  const { runAsProgram } = await import('../program/run-as-program.ts');
  const { run } = await import('./run.ts');
  await runAsProgram(run);
} catch (error) {
  end(error);
}

/** @throws with the reason where the program cannot run at all */
function requireSurroundings(): void {
  try {
    process.cwd();
  } catch {
    throw scarce('the working directory is not there any more; change to one that is');
  }
  try {
    new ArrayBuffer(ADDRESS_SPACE); // reserved, not used
  } catch {
    throw scarce('too little address space: 2 GB are needed; raise the limit (ulimit -v unlimited)');
  }
}

function scarce(message: string): Error {
  return Object.assign(new Error(message), { code: 'SCARCE' });
}

function end(error: unknown): never {
  const { code = '', message = String(error), stack = '' } = (error ?? {}) as NodeJS.ErrnoException;
  const line = SCARCE[code] ?? message.replace(/\s+/g, ' ');
  const ours = code !== 'SCARCE' && SCARCE[code] === undefined;
  process.stderr.write(`backproof: ${line}${ours ? `; this is a fault of backproof itself\n${stack}` : ''}\n`);
  if (process.argv.includes('--json')) {
    const document = { schemaVersion: 1, kind: 'error', code: 'internal', message: line, hint: null };
    process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
  }
  process.exit(INTERNAL);
}

// Connects a program to its process: arguments, streams, Ctrl-C, a closed terminal, exit code.
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

/**
 * Runs `program` with the arguments of the command line, and exits with the code that it returns.
 * The first signal asks it to end, the second ends it at once.
 */
export async function runAsProgram(program: (argv: readonly string[], io: Io) => Promise<number>): Promise<void> {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interruption.signal.aborted) process.exit(EXIT.interrupted); // the second signal
      interruption.abort();
    });
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader that stops early (| head) is not an error, and a closed terminal has sent SIGHUP:
      // the run goes on.
      if (error.code === 'EPIPE' || interruption.signal.aborted) return;
      if (stream === process.stdout) process.stderr.write(`backproof: the output cannot be written (${error.code})\n`);
      process.exit(EXIT.internal);
    });
  }
  process.exitCode = await program(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    outIsTty: process.stdout.isTTY,
    errIsTty: process.stderr.isTTY,
    signal: interruption.signal,
    now: () => performance.now(),
    date: () => new Date(),
  });
}

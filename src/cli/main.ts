#!/usr/bin/env node
// The program: connects the command line to the process it runs in.
import { EXIT } from './exit-codes.ts';
import { run } from './run.ts';

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted); // the second time: at once
    interruption.abort();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return; // a reader that has seen enough (| head) is no error, and the run goes on
    if (stream === process.stdout) process.stderr.write(`backproof: the output cannot be written (${error.code})\n`);
    process.exit(EXIT.internal);
  });
}

process.exitCode = await run(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  outIsTty: process.stdout.isTTY,
  errIsTty: process.stderr.isTTY,
  signal: interruption.signal,
  now: () => performance.now(),
  date: () => new Date(),
});

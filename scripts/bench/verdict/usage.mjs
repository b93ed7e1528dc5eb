// Loaded into every Node process that is timed, before its program: when it ends, adds a line with
// its CPU seconds and its largest resident size to the file named by BACKPROOF_BENCH_USAGE.
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

const file = process.env.BACKPROOF_BENCH_USAGE;
if (file && isMainThread) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakBytes: maxRSS * 1024 };
    appendFileSync(file, `${JSON.stringify(usage)}\n`);
  });
  // A worker process is ended by a signal, which would skip the above.
  if (process.send) process.once('SIGTERM', () => process.exit(143));
}

// The progress of the benchmark on stderr: a bar in a terminal, otherwise one line per scenario.
import cliProgress from 'cli-progress';
import type { Io } from '../../src/program/io.ts';

export interface BenchProgress {
  scenario(name: string, index: number, of: number): void;
  step(what: string, done: number, total: number): void;
  stop(): void;
}

export function createBenchProgress(io: Io): BenchProgress {
  if (!io.errIsTty) {
    return {
      scenario: (name, index, of) => io.err(`${name} (${index + 1} of ${of})\n`),
      step: () => {},
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar(
    {
      format: '{name} {bar} {percentage} % | {what}',
      ...{ stream: process.stderr, hideCursor: true, clearOnComplete: true },
    },
    cliProgress.Presets.shades_grey,
  );
  let [name, index, of] = ['', 0, 1];
  bar.start(1, 0, { name, what: '' });
  return {
    scenario(...which) {
      [name, index, of] = which;
    },
    step(what, done, total) {
      bar.update((index + done / total) / of, { name: name.padEnd(14), what });
    },
    stop: () => bar.stop(),
  };
}

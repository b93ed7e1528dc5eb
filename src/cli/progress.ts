// Progress bars on stderr, one a training, with an estimate of the time left. None where stderr is not a terminal.
import cliProgress from 'cli-progress';
import type { Phase, Watch } from '../check/watch.ts';
import type { Io } from './io.ts';

export interface Progress {
  readonly watch: Watch;
  stop(): void;
}

/** @param labels what each phase is called; phases without one are not shown */
export function createProgress(io: Io, labels: Partial<Record<Phase, string>>): Progress {
  const { signal, now } = io;
  if (!io.errIsTty) return { watch: { signal, now, progress: () => {} }, stop: () => {} };
  const width = Math.max(...Object.values(labels).map((label) => label.length));
  const bars = new cliProgress.MultiBar(
    {
      format: '{label} {bar} {percentage} % | step {value} of {total} | {eta_formatted} left',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_grey,
  );
  const shown = new Map<Phase, cliProgress.SingleBar>();
  return {
    watch: {
      signal,
      now,
      progress(phase, done, total) {
        const label = labels[phase];
        if (label === undefined) return;
        let bar = shown.get(phase);
        if (bar === undefined) {
          bar = bars.create(total, 0, { label: label.padEnd(width) });
          shown.set(phase, bar);
        }
        bar.update(done);
      },
    },
    stop: () => bars.stop(),
  };
}

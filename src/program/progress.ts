// Progress bars on stderr, one a training, with an estimate of the time left. None where stderr is not a terminal.
import cliProgress from 'cli-progress';
import type { Phase, Watch } from '../check/watch.ts';
import { isDumb } from './colours.ts';
import type { Io } from './io.ts';

/** The cursor is shown, long lines are wrapped. */
const TERMINAL_AS_IT_WAS = '\x1b[?25h\x1b[?7h';

export interface Progress {
  readonly watch: Watch;
  stop(): void;
}

/** @param labels what each phase is called; phases without one are not shown */
export function createProgress(io: Io, labels: Partial<Record<Phase, string>>): Progress {
  const { signal, now } = io;
  if (!io.errIsTty || isDumb(process.env)) return { watch: { signal, now, progress: () => {} }, stop: () => {} };
  const width = Math.max(...Object.values(labels).map((label) => label.length));
  const bars = new cliProgress.MultiBar(
    {
      format: '{label} {bar} {percentage} % | step {value} of {total} | {eta_formatted} left',
      stream: process.stderr,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_grey,
  );
  // a process that ends in the middle of a bar (a second Ctrl-C) leaves the terminal as it was
  const restore = (): void => void process.stderr.write(TERMINAL_AS_IT_WAS);
  process.once('exit', restore);
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
    stop: () => {
      bars.stop();
      process.removeListener('exit', restore);
      restore();
    },
  };
}

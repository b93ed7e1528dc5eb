// Progress on stderr: bars with an estimate of the time left on a terminal, else a line every few
// seconds.
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

/** Seconds that parts are expected to take, in the order in which they come. */
export type Expected = readonly (readonly [Phase, number])[];

/**
 * @param labels what each phase is called; phases without one are not shown
 * @param expected of the parts that come later, where it is known: the time left counts them too
 */
export function createProgress(io: Io, labels: Partial<Record<Phase, string>>, expected: Expected = []): Progress {
  return !io.errIsTty || isDumb(process.env) ? linesOf(io, labels, expected) : barsOf(io, labels);
}

/** Milliseconds between two lines. */
const EVERY = 5000;

const TRAININGS: readonly Phase[] = ['candidate', 'reference', 'exact'];

/** "training my-mlp.ts: step 310 of 938, 33 %, about 20 s left" */
function linesOf(io: Io, labels: Partial<Record<Phase, string>>, expected: Expected): Progress {
  const { signal, now } = io;
  /** When a part was first heard of, and how far it was then: its first step may take longer. */
  const begun = new Map<Phase, { readonly time: number; readonly done: number }>();
  let last = now();
  return {
    watch: {
      signal,
      now,
      progress(phase, done, total) {
        const label = labels[phase];
        const time = now();
        if (label === undefined) return;
        const from = begun.get(phase) ?? { time, done };
        begun.set(phase, from);
        if (time - last < EVERY || done >= total) return;
        last = time;
        const at = expected.findIndex(([name]) => name === phase);
        const seconds = (time - from.time) / 1000;
        const rest =
          done > from.done ? (seconds * (total - done)) / (done - from.done) : at < 0 ? null : expected[at][1];
        const left =
          rest === null ? null : (at < 0 ? [] : expected.slice(at + 1)).reduce((sum, [, later]) => sum + later, rest);
        const share = Math.floor((100 * done) / total);
        const what = TRAININGS.includes(phase) ? `training ${label}: step` : `${label}:`;
        io.err(`${what} ${done} of ${total}, ${share} %${left === null ? '' : `, ${durationText(left)} left`}\n`);
      },
    },
    stop: () => {},
  };
}

/** "about 40 s", "about 3 min", "a few seconds" */
export function durationText(seconds: number): string {
  if (seconds < 3) return 'a few seconds';
  if (seconds < 90) return `about ${seconds < 20 ? Math.round(seconds) : 5 * Math.round(seconds / 5)} s`;
  const minutes = seconds / 60;
  return minutes < 100 ? `about ${Math.round(minutes)} min` : `about ${Math.round(minutes / 60)} h`;
}

function barsOf({ signal, now }: Io, labels: Partial<Record<Phase, string>>): Progress {
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

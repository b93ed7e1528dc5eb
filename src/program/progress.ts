// Progress on stderr: bars with an estimate of the time left on a terminal, else a line every few
// seconds.
import cliProgress from 'cli-progress';
import { CHECKING } from '../check/watch.ts';
import type { Checking, Phase, Watch } from '../check/watch.ts';
import { isDumb } from './colours.ts';
import { countdown } from './countdown.ts';
import type { Io } from './io.ts';

/** The cursor is shown, long lines are wrapped. */
const TERMINAL_AS_IT_WAS = '\x1b[?25h\x1b[?7h';

export interface Progress {
  readonly watch: Watch;
  stop(): void;
}

/** What is expected of the parts of a run. */
export interface Expected {
  /** Seconds that each takes, in the order in which they come. */
  readonly parts: readonly (readonly [Phase, number])[];
  /** Whether they run at the same time. */
  readonly together: boolean;
}

const NOTHING_KNOWN: Expected = { parts: [], together: false };

/** What the parts of a gradient check are called, before "3 of 7". */
export const CHECK_LABELS = {
  questions: 'gradient check: question',
  slopes: 'checking the exact gradients: tensor',
  conventions: 'looking for another convention:',
  'own-loss': 'measuring slopes of the loss it returned: tensor',
  undecided: 'asking again without the examples at a kink: question',
  mistakes: 'looking for the mistake:',
} as const satisfies Record<Checking, string>;

/**
 * @param labels what each phase is called; phases without one are not shown
 * @param expected where it is known: the time left counts the other parts too
 */
export function createProgress(
  io: Io,
  labels: Partial<Record<Phase, string>>,
  expected: Expected = NOTHING_KNOWN,
): Progress {
  return !io.errIsTty || isDumb(process.env) ? createLines(io, labels, expected) : barsOf(io, labels, expected);
}

/** Milliseconds between two lines. */
const EVERY = 5000;

const TRAININGS: readonly Phase[] = ['candidate', 'reference', 'exact'];

function isChecking(phase: Phase): phase is Checking {
  return (CHECKING as readonly Phase[]).includes(phase);
}

/** The first steps are slower: they say little about the others. */
const FIRST_SECONDS = 1;

/** Seconds for `todo` steps at the speed of those that are done; null where that is not known. */
function restOf(seconds: number, done: number, todo: number): number | null {
  return done > 0 && seconds >= FIRST_SECONDS ? (seconds * todo) / done : null;
}

/** A line every few seconds: "training my-mlp.ts: step 310 of 938, 33 %, about 20 s left" */
export function createLines(
  io: Io,
  labels: Partial<Record<Phase, string>>,
  expected: Expected = NOTHING_KNOWN,
): Progress {
  const { signal, now } = io;
  /** When a part was first heard of, and how far it was then: its first step may take longer. */
  const begun = new Map<Phase, { readonly time: number; readonly done: number }>();
  const steadied = countdown();
  const rests = new Map<Phase, number>(expected.parts);
  let last = now();
  /** Seconds until all parts have ended, null where this one's are not known. */
  const leftAfter = (phase: Phase, rest: number | null): number | null => {
    if (rest === null) return null;
    rests.set(phase, rest);
    const later = [...rests].slice([...rests.keys()].indexOf(phase));
    const seconds = (expected.together ? [...rests] : later).map(([, left]) => left);
    return expected.together ? Math.max(...seconds) : seconds.reduce((sum, part) => sum + part, 0);
  };
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
        const isDue = time - last >= EVERY && done < total;
        if (isDue) last = time;
        if (isChecking(phase)) {
          if (isDue) io.err(`${label} ${done + 1} of ${total}\n`);
          return;
        }
        const seconds = (time - from.time) / 1000;
        const rest = restOf(seconds, done - from.done, total - done) ?? rests.get(phase) ?? null;
        const all = leftAfter(phase, done < total ? rest : 0);
        const left = all === null ? null : steadied(all, time);
        if (!isDue) return;
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

function barsOf(io: Io, labels: Partial<Record<Phase, string>>, expected: Expected): Progress {
  const { signal, now } = io;
  const lines = createLines(io, labels); // of the gradient check, which ends before the first bar
  const width = Math.max(...Object.entries(labels).map(([id, { length }]) => (isChecking(id as Phase) ? 0 : length)));
  const bars = new cliProgress.MultiBar(
    {
      format: '{label} {bar} {percentage} % | step {value} of {total} | {left}',
      stream: process.stderr,
      clearOnComplete: true,
    },
    cliProgress.Presets.shades_grey,
  );
  // a process that ends in the middle of a bar (a second Ctrl-C) leaves the terminal as it was
  const restore = (): void => void process.stderr.write(TERMINAL_AS_IT_WAS);
  process.once('exit', restore);
  const shown = new Map<Phase, (done: number) => void>();
  const begin = (phase: Phase, first: number, total: number, label: string): ((done: number) => void) => {
    const bar = bars.create(total, 0, { label: label.padEnd(width), left: '' });
    const [began, steadied] = [now(), countdown()];
    const guess = expected.parts.find(([name]) => name === phase)?.[1] ?? null;
    return (done) => {
      const rest = restOf((now() - began) / 1000, done - first, total - done) ?? guess;
      bar.update(done, { left: rest === null ? '' : `${durationText(steadied(rest, now()))} left` });
    };
  };
  return {
    watch: {
      signal,
      now,
      progress(phase, done, total) {
        const label = labels[phase];
        if (label === undefined) return;
        if (isChecking(phase)) {
          lines.watch.progress(phase, done, total);
          return;
        }
        const update = shown.get(phase) ?? begin(phase, done, total, label);
        shown.set(phase, update);
        update(done);
      },
    },
    stop: () => {
      bars.stop();
      process.removeListener('exit', restore);
      restore();
    },
  };
}

// backproof fuzz: random networks, until one shows a mistake; the smallest that does is kept.
import { relative, sep } from 'node:path';
import type { Watch } from '../../check/watch.ts';
import { readText } from '../../data/files/read-text.ts';
import { UsageError } from '../../errors.ts';
import { caseText, problemOfCase } from '../../fuzz/case-text.ts';
import type { Problem } from '../../fuzz/draw.ts';
import { fuzz, replay } from '../../fuzz/fuzz.ts';
import type { FuzzPlan, FuzzResult } from '../../fuzz/fuzz.ts';
import { fuzzFiles, formatFuzz, fuzzJson } from '../../fuzz/report/files.ts';
import type { AnyFuzzReport } from '../../fuzz/report/files.ts';
import type { FuzzReport } from '../../fuzz/report/report.ts';
import { canBeTest, testText } from '../../fuzz/report/test-text.ts';
import { spaceOf } from '../../fuzz/space.ts';
import type { Subject } from '../../fuzz/subject.ts';
import { parseCase } from '../../network/case.ts';
import { wantsColours } from '../../program/colours.ts';
import { environment } from '../../program/environment.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { createLines, createProgress } from '../../program/progress.ts';
import { writeAll } from '../../program/write-all.ts';
import { closingBlocks } from '../../report/blocks/blocks.ts';
import { FORMAT_NAMES } from '../../report/formats/formats.ts';
import { renderTerminal } from '../../report/formats/terminal.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { candidateOf } from '../candidate.ts';
import { commandLine, runTiming } from '../environment.ts';
import { fuzzFunction } from '../fuzz/function.ts';
import { openQueue } from '../fuzz/on-queue.ts';
import type { QueuePool } from '../fuzz/on-queue.ts';
import { onlyOf } from '../fuzz/only.ts';
import { openPool } from '../fuzz/pool.ts';
import { subjectOf } from '../fuzz/subject.ts';
import type { Options } from '../options.ts';
import { prepareOut } from '../reports.ts';

const RUNS = 1000;
/** With --time alone. */
const NO_LIMIT = 2 ** 40;

export async function runFuzz(options: Options, io: Io): Promise<number> {
  const [startedAt, began] = [io.date(), io.now()];
  requirePlain(options);
  const plan = planOf(options);
  const formats = FORMAT_NAMES.filter((name) => options.format === undefined || options.format.includes(name));
  const folder = formats.length === 0 ? '' : prepareOut(options);
  if (options.module !== undefined) {
    const { report, files } = await fuzzFunction(options.module, options, folder, io);
    const written = formats.length === 0 ? {} : { ...fuzzFiles(report, formats), ...files };
    const allWritten = await publish(report, written, options, folder, io);
    return exitCodeOfRun(report.verdict.kind, { interrupted: io.signal.aborted, allWritten });
  }
  const candidate = await candidateOf(options, io);
  try {
    const subject = subjectOf(options, candidate);
    const { address, note } = noteOf(options);
    const queue = address === undefined ? null : openQueue(options, subject, address, note, io);
    const result = await run(options, subject, plan, queue, io);
    const report: FuzzReport = {
      schemaVersion: 1,
      kind: 'fuzz',
      command: commandOf(options, result),
      label: subject.label,
      ...result,
      replayed: options.replay ?? null,
      environment: environment(),
      timing: { ...runTiming(startedAt), milliseconds: Math.round(io.now() - began) },
    };
    const files = formats.length === 0 ? {} : { ...fuzzFiles(report, formats), ...casesOf(report, options, folder) };
    const allWritten = await publish(report, files, options, folder, io);
    if (allWritten && !io.signal.aborted) await queue?.forget();
    return exitCodeOfRun(report.verdict.kind, { interrupted: io.signal.aborted, allWritten });
  } finally {
    await candidate?.close();
  }
}

/**
 * The queue, and the folder for the note of how far a run on it is. @throws UsageError,
 * OutputError
 */
function noteOf(options: Options): { address: Options['queue']; note: string } {
  const { queue: address, chunk, workers, replay: file } = options;
  if (chunk !== undefined && address === undefined) throw new UsageError('--chunk needs --queue');
  if (address === undefined) return { address, note: '' };
  if (workers !== undefined) throw new UsageError('--workers does not go with --queue, whose workers are elsewhere');
  if (file !== undefined) throw new UsageError('--queue does not go with --replay, which checks one network');
  return { address, note: prepareOut(options) };
}

/** @throws UsageError on options that do not go together */
function requirePlain({ replay: file, ...options }: Options): void {
  const alien = (
    ['runs', 'time', 'workers', 'only', 'largest', 'deepest', 'steps', 'seed', 'keep-going'] as const
  ).find((name) => options[name] !== undefined && options[name] !== false);
  if (file !== undefined && alien !== undefined)
    throw new UsageError(`--${alien} does not go with --replay: a case brings its own network and batch`);
}

function planOf(options: Options): FuzzPlan {
  const { seed = DEFAULTS.seed, time, largest, deepest, steps, only = [] } = options;
  const { runs = time === undefined ? RUNS : NO_LIMIT } = options;
  const depths = deepest !== undefined && { depths: Array.from({ length: deepest }, (_, n) => n + 1) };
  const sizes = { ...(largest !== undefined && { largest }), ...(steps !== undefined && { steps }) };
  const space = spaceOf({ ...onlyOf(only), ...depths, ...sizes });
  return { seed, runs, keepGoing: options['keep-going'] === true, space };
}

async function run(
  options: Options,
  subject: Subject,
  plan: FuzzPlan,
  queue: QueuePool | null,
  io: Io,
): Promise<FuzzResult> {
  const { replay: file, time } = options;
  const progress = (queue === null ? createProgress : createLines)(io, {
    seeds: 'random networks',
    shrinking: 'smaller problems',
  });
  try {
    if (file !== undefined) return await replay(subject, replayed(readText(file), file, subject), progress.watch);
    const until = time === undefined ? undefined : AbortSignal.timeout(Math.ceil(1000 * time));
    const watch = plan.runs === NO_LIMIT ? byTime(progress.watch, time ?? 0) : progress.watch;
    const pool = queue ?? (await openPool(options, subject, plan.runs, io.signal));
    return await fuzz(subject, plan, { all: pool.all, watch, ...(until !== undefined && { until }) }).finally(
      pool.close,
    );
  } finally {
    progress.stop();
  }
}

/** The problem of a case file, as the subject can be asked it. */
function replayed(text: string, file: string, { engine, adapt }: Subject): Problem {
  const problem = problemOfCase(parseCase(text, file));
  return engine === 'external' ? problem : { ...problem, network: adapt(problem.network) };
}

/** Where the number of runs has no limit, progress is that of the time. */
function byTime(watch: Watch, seconds: number): Watch {
  const began = watch.now();
  return {
    ...watch,
    progress(phase, done, total) {
      if (phase !== 'seeds') watch.progress(phase, done, total);
      else watch.progress(phase, Math.min(seconds, Math.round((watch.now() - began) / 1000)), seconds);
    },
  };
}

/** The command that repeats the failure alone, or else all seeds that were tried. */
function commandOf(options: Options, { found, seed, tally }: FuzzResult): string {
  const chosen =
    options.replay !== undefined
      ? {}
      : found !== null && found.seed !== null && found.alone && options['keep-going'] !== true
        ? { seed: found.seed, runs: 1 }
        : { seed, runs: tally.runs === 0 ? options.runs : tally.runs };
  return commandLine('fuzz', { ...options, time: undefined, only: options.only?.join(',') }, chosen);
}

/** @returns whether all files were written */
async function publish(
  report: AnyFuzzReport,
  files: Readonly<Record<string, string>>,
  options: Options,
  folder: string,
  io: Io,
): Promise<boolean> {
  const { written, all } = await writeAll(folder, files, io);
  if (options.json === true) {
    io.out(fuzzJson(report));
    io.err(renderTerminal([{ kind: 'files', written }], false));
  } else {
    io.out(formatFuzz(report, wantsColours(io.outIsTty, process.env)));
    io.out(renderTerminal(closingBlocks(written, report.command), false));
  }
  return all;
}

/** The smallest failure as a case file, and as a test where it can be one. */
function casesOf({ found, label }: FuzzReport, { candidate }: Options, folder: string): Record<string, string> {
  if (found === null || found.seed === null || !found.alone) return {};
  const name = `fuzz-seed-${found.seed}`;
  const from = candidate === undefined ? null : relative(folder, candidate).split(sep).join('/');
  return {
    [`${name}.case.json`]: caseText(found.case),
    ...(from !== null &&
      canBeTest(found) && {
        [`${name}.test.ts`]: testText(found, /^\.\.?\//.test(from) ? from : `./${from}`, label),
      }),
  };
}

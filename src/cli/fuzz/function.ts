// backproof fuzz FILE: a file of `backproof check` that draws its own arguments.
import { basename, extname, relative, resolve, sep } from 'node:path';
import { DEFAULT_TIME_LIMIT } from '../../candidates/limits.ts';
import { requireFile } from '../../data/files/read-text.ts';
import { InterruptedError, UsageError } from '../../errors.ts';
import { ArgumentsAdding, argumentsTest, smallestText } from '../../fuzz/arguments/report.ts';
import type { ArgumentsReport, ArgumentsTally } from '../../fuzz/arguments/report.ts';
import type { DrawResult } from '../../fuzz/arguments/fuzz-function.ts';
import type { Watch } from '../../check/watch.ts';
import { environment } from '../../program/environment.ts';
import type { Io } from '../../program/io.ts';
import { createProgress } from '../../program/progress.ts';
import { safeText } from '../../text.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { commandLine, runTiming } from '../environment.ts';
import { openThread } from '../function/thread.ts';
import type { Options } from '../options.ts';
import type { Smallest } from './function-subject.ts';

/** Options that are of networks, or that need one. */
const OF_NETWORKS = [
  ...(['candidate', 'candidate-command', 'engine', 'dtype', 'threads', 'only', 'largest', 'deepest'] as const),
  ...(['steps', 'workers', 'replay', 'queue', 'chunk'] as const),
];
const RUNS = 1000;
/** Seconds for one request: many checks, or all that makes arguments smaller. */
const PATIENCE = 10 * DEFAULT_TIME_LIMIT;
/** Seeds per request, which Ctrl-C and the time limit cut off. */
const CHUNK = { first: 1, most: 32 };

/** The report, and the files that show a failure again by their names. */
export interface FunctionFuzzed {
  readonly report: ArgumentsReport;
  readonly files: Readonly<Record<string, string>>;
}

/** @throws UsageError on options that do not go together, or a file that draws nothing */
export async function fuzzFunction(file: string, options: Options, folder: string, io: Io): Promise<FunctionFuzzed> {
  const alien = OF_NETWORKS.find((name) => options[name] !== undefined);
  if (alien !== undefined) throw new UsageError(`--${alien} does not go with ${basename(file)}, which is no network`);
  requireFile(file, 'fuzz');
  const [startedAt, began] = [io.date(), io.now()];
  const { seed = DEFAULTS.seed, backend, time, 'time-limit': limit = PATIENCE } = options;
  const { runs = time === undefined ? RUNS : Infinity } = options;
  const label = safeText(basename(file));
  const asked = { file: resolve(file), name: label, seed: 1, backend };
  const thread = await openThread(label, backend);
  const progress = createProgress(io, { seeds: 'arguments' });
  try {
    const until = time === undefined ? null : AbortSignal.timeout(Math.ceil(1000 * time));
    const run = (range: { from: number; count: number }) =>
      thread.ask<readonly DrawResult[]>({ ...asked, fuzz: { seeds: range } }, limit, io);
    const plan = { seed, runs, keepGoing: options['keep-going'] === true };
    const { tally, first } = await allSeeds(run, plan, () => until?.aborted === true, progress.watch);
    const smallest =
      first === null || io.signal.aborted
        ? null
        : await thread.ask<Smallest>({ ...asked, fuzz: { smallest: first } }, limit, io);
    const chosen =
      first !== null && !plan.keepGoing ? { seed: first, runs: 1 } : { seed, runs: Math.max(1, tally.runs) };
    const report: ArgumentsReport = {
      schemaVersion: 1,
      kind: 'fuzz-function',
      command: commandLine('fuzz', { ...options, module: undefined, time: undefined, only: undefined }, chosen, [file]),
      label,
      verdict: verdictOf(tally, io.signal.aborted),
      seed,
      tally,
      found: first === null || smallest === null ? null : foundOf(first, smallest),
      environment: environment(),
      timing: { ...runTiming(startedAt), milliseconds: Math.round(io.now() - began) },
    };
    return { report, files: smallest === null ? {} : filesOf(report, file, folder, smallest) };
  } finally {
    progress.stop();
    await thread.end();
  }
}

function foundOf(seed: number, { isDefault: _form, ...smallest }: Smallest): ArgumentsReport['found'] {
  return { seed, ...smallest };
}

/** @returns the tally, and the first seed that fails */
async function allSeeds(
  run: (range: { from: number; count: number }) => Promise<readonly DrawResult[]>,
  { seed, runs, keepGoing }: { readonly seed: number; readonly runs: number; readonly keepGoing: boolean },
  isOver: () => boolean,
  watch: Watch,
): Promise<{ tally: ArgumentsTally; first: number | null }> {
  const adding = new ArgumentsAdding();
  let first: number | null = null;
  let chunk = CHUNK.first;
  for (let from = seed; from < seed + runs && (first === null || keepGoing) && !isOver();) {
    const count = Math.min(chunk, seed + runs - from);
    chunk = Math.min(CHUNK.most, 2 * chunk);
    try {
      for (const [n, result] of (await run({ from, count })).entries()) {
        if (first !== null && !keepGoing) break;
        adding.add(result, from + n);
        if (result.outcome.kind === 'wrong') first ??= from + n;
      }
    } catch (error) {
      if (error instanceof InterruptedError) break; // what was found so far is reported
      throw error;
    }
    from += count;
    if (Number.isFinite(runs)) watch.progress('seeds', from - seed, runs);
  }
  return { tally: adding.tally(), first };
}

function verdictOf({ wrong, right, runs }: ArgumentsTally, interrupted: boolean): ArgumentsReport['verdict'] {
  if (wrong > 0) return { kind: 'disagree' };
  if (interrupted) return { kind: 'inconclusive', reason: 'interrupted' };
  if (right > 0) return { kind: 'agree' };
  return { kind: 'inconclusive', reason: runs === 0 ? 'nothing was drawn' : 'nothing that was drawn could be checked' };
}

/** The smallest arguments as a file that `check` reads, and a test. TypeScript stays TypeScript. */
function filesOf(
  report: ArgumentsReport,
  file: string,
  folder: string,
  { check, isDefault }: Smallest,
): Record<string, string> {
  if (report.found === null || check === null) return {};
  const path = relative(folder, file).split(sep).join('/');
  const from = path.startsWith('.') ? path : `./${path}`;
  const name = `fuzz-seed-${report.found.seed}`;
  const extension = /^\.[mc]?ts$/.test(extname(file)) ? '.ts' : '.mjs';
  const fuzzed = { from, isDefault };
  return {
    [`${name}${extension}`]: smallestText(report, fuzzed),
    [`${name}.test.ts`]: argumentsTest(report, `./${name}${extension}`, fuzzed),
  };
}

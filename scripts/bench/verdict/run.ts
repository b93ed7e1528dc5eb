// Times all tasks and makes the report.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, release, tmpdir, type } from 'node:os';
import { join } from 'node:path';
import { environment } from '../../../src/program/environment.ts';
import type { Io } from '../../../src/program/io.ts';
import { countParameters } from '../../../src/network/spec.ts';
import { createBenchProgress } from '../progress.ts';
import { reluNetwork } from '../scenarios.ts';
import { differences, program, pythonCheckers } from './checkers.ts';
import type { Checker } from './checkers.ts';
import { runCommand } from './command.ts';
import { timeVerdicts } from './measure.ts';
import type { Timed, VerdictPlan } from './measure.ts';
import { createProblemWriter } from './problem.ts';
import type { ProblemWriter } from './problem.ts';
import { VERDICT_SCHEMA_VERSION, taskReport } from './report.ts';
import type { VerdictReport, VerdictTaskReport } from './report.ts';
import { isGrowth } from './tasks.ts';
import type { Problem, VerdictTask } from './tasks.ts';
import { buildCommit, buildCurrent, currentCommit, findCommit } from './versions.ts';
import type { Commit } from './versions.ts';

const FULL: VerdictPlan = { rounds: 3, enoughSeconds: 10, limitSeconds: 900 };
const SWEPT: VerdictPlan = { ...FULL, enoughSeconds: 3 };
const QUICK: Partial<VerdictPlan> = { rounds: 2, enoughSeconds: 5, limitSeconds: 60 };

export interface VerdictOptions {
  readonly quick: boolean;
  readonly python: boolean;
  /** The commit to compare with. */
  readonly against: string | null;
  readonly rounds: number | null;
}

/** Builds this checkout, and a commit, below a folder. @returns the main file of the program */
export interface Builds {
  current(folder: string, signal: AbortSignal): Promise<string>;
  commit(commit: Commit, folder: string, signal: AbortSignal): Promise<string>;
}

/** @param command the command that repeats the run */
export async function runVerdicts(
  options: VerdictOptions,
  tasks: readonly VerdictTask[],
  command: string,
  io: Io,
  builds: Builds = { current: buildCurrent, commit: buildCommit },
): Promise<VerdictReport> {
  const { signal } = io;
  const commit = await currentCommit(signal);
  const against = options.against === null ? null : await findCommit(options.against, signal);
  const folder = mkdtempSync(join(tmpdir(), 'backproof-verdict-'));
  try {
    io.err('bench: building the program\n');
    const checkers = [
      program('this', 'this checkout', 'this', await builds.current(join(folder, 'this'), signal)),
      ...(against === null
        ? []
        : [program('earlier', against.hash, 'earlier', await builds.commit(against, join(folder, 'earlier'), signal))]),
      await differences(folder),
      ...(options.python ? pythonCheckers() : []),
    ];
    const measured = await timeTasks(checkers, tasks, options, folder, io);
    return {
      ...{ schemaVersion: VERDICT_SCHEMA_VERSION, kind: 'verdict', command, commit, against, ...measured },
      date: io.date().toISOString().slice(0, 10),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Pick<VerdictReport, 'environment' | 'settings' | 'tasks'>;

/** @param folder for what the checkers write */
export async function timeTasks(
  checkers: readonly Checker[],
  tasks: readonly VerdictTask[],
  options: Pick<VerdictOptions, 'quick' | 'rounds'>,
  folder: string,
  io: Io,
): Promise<Measured> {
  const { signal } = io;
  const [load] = loadavg();
  if (load > 0.5) io.err(`bench: the machine is busy (load ${load.toFixed(1)}): trust ratios, not times\n`);
  const plan = (swept: boolean): VerdictPlan => ({
    ...(swept ? SWEPT : FULL),
    ...(options.quick && QUICK),
    ...(options.rounds !== null && { rounds: options.rounds }),
  });
  const writeProblem = createProblemWriter();
  const versions: Record<string, string> = {};
  const reports: VerdictTaskReport[] = [];
  const firstOf = new Map<VerdictTask['family'], readonly Timed[]>();
  const progress = createBenchProgress(io);
  try {
    for (const [i, task] of tasks.entries()) {
      signal.throwIfAborted();
      progress.scenario(task.name, i, tasks.length);
      const { family } = task;
      const takePart = checkers.filter((checker) => checker.joins(task));
      const place = join(folder, task.name);
      prepare(place, task, takePart, writeProblem);
      const thisPlan = plan(isGrowth(family));
      const outcomes = await timeVerdicts(
        takePart,
        { task, folder: place },
        thisPlan,
        (checker, prepared) => runCommand(checker.command(prepared), place, signal, thisPlan.limitSeconds),
        signal,
        progress.step,
      );
      for (const o of outcomes) if (o.kind === 'measured') Object.assign(versions, o.rounds[0].versions);
      if (isGrowth(family) && !firstOf.has(family)) firstOf.set(family, outcomes);
      reports.push(taskReport(task, parametersOf(task.problem), outcomes, firstOf.get(family) ?? null));
      rmSync(place, { recursive: true, force: true }); // of large networks, some 100 MB
    }
  } finally {
    progress.stop();
  }
  return {
    environment: {
      ...environment(),
      ...{ v8: process.versions.v8, os: `${type()} ${release()}`, load, versions },
    },
    settings: { standard: plan(false), sweeps: plan(true) },
    tasks: reports,
  };
}

function prepare(place: string, { problem }: VerdictTask, checkers: readonly Checker[], write: ProblemWriter): void {
  mkdirSync(place, { recursive: true });
  const others = checkers.some(({ side }) => side !== 'this' && side !== 'earlier');
  if (problem !== null && others) write(place, problem);
}

const WIDTHS = { mnist: [784, 10], xor: [2, 2] } as const;

function parametersOf(problem: Problem | null): number | null {
  if (problem === null) return null;
  const [inputs, classes] = WIDTHS[problem.dataset];
  return countParameters(reluNetwork(inputs, problem.hidden, classes));
}

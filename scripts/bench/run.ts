// Measures all scenarios and makes the report.
import { loadavg, release, type } from 'node:os';
import { environment } from '../../src/program/environment.ts';
import type { Io } from '../../src/program/io.ts';
import { inSweeps } from './contenders.ts';
import type { ContenderEntry } from './contenders.ts';
import { expectedLoss } from './exact.ts';
import { measure } from './measure.ts';
import type { Plan } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { peak } from './peak.ts';
import { launcher } from './process.ts';
import { createBenchProgress } from './progress.ts';
import { BENCH_SCHEMA_VERSION, scenarioReport, wrongOnes } from './report.ts';
import type { BenchReport, ScenarioReport } from './report.ts';
import { QUICK as QUICK_TASKS, isSweep } from './scenarios.ts';
import type { Scenario } from './scenarios.ts';
import { writeTask } from './task-folder.ts';
import type { TaskFolder } from './task-folder.ts';

const FULL: Plan = {
  ...{ rounds: 7, lapSeconds: 0.4, slowSeconds: 20 },
  ...{ starts: 3, lossAfter: 100, lossSamples: 15_360, lossSeconds: 10, lossSteps: 5 },
};
/** Sweeps have many points. */
const SWEPT: Partial<Plan> = { rounds: 5, lapSeconds: 0.2, slowSeconds: 5, starts: 1, lossAfter: 10, lossSteps: 2 };
const QUICK: Partial<Plan> = {
  rounds: 3,
  lapSeconds: 0.15,
  slowSeconds: 2,
  starts: 1,
  lossAfter: 10,
  lossSeconds: 2,
  lossSteps: 2,
};

export type RunOptions = Pick<BenchOptions, 'quick' | 'scenarios' | 'rounds' | 'threads' | 'seed' | 'engines'>;

/** @param command the command that repeats the run */
export async function runScenarios(
  options: RunOptions,
  contenders: readonly ContenderEntry[],
  scenarios: readonly Scenario[],
  command: string,
  io: Io,
): Promise<BenchReport> {
  const [load] = loadavg();
  if (load > 0.5) io.err(`bench: the machine is busy (load ${load.toFixed(1)}): trust ratios, not speeds\n`);
  const peakGflops = await peak();
  const versions: Record<string, string> = {};
  const reports: ScenarioReport[] = [];
  const progress = createBenchProgress(io);
  try {
    const groups = grouped(scenarios);
    for (const [i, group] of groups.entries()) {
      io.signal.throwIfAborted();
      progress.scenario(group.name, i, groups.length);
      const takePart = contenders.filter((c) => options.engines !== null || joins(c, group, options));
      reports.push(...(await runGroup(group, takePart, options, peakGflops, versions, io, progress.step)));
    }
  } finally {
    progress.stop();
  }
  const roundsOf = (sweep: boolean): Pick<Plan, 'rounds' | 'lapSeconds'> => {
    const { rounds, lapSeconds } = planOf(options, sweep);
    return { rounds, lapSeconds };
  };
  return {
    ...{ schemaVersion: BENCH_SCHEMA_VERSION, kind: 'bench', command, date: io.date().toISOString().slice(0, 10) },
    environment: {
      ...environment(),
      ...{ v8: process.versions.v8, os: `${type()} ${release()}`, load, peakGflops, versions },
    },
    settings: { standard: roundsOf(false), sweeps: roundsOf(true), threads: options.threads, seed: options.seed },
    ...{ wrong: wrongOnes(reports), scenarios: reports },
  };
}

/** Some contenders need minutes per task. They take part in one task, and in tasks requested by name. */
function joins(c: ContenderEntry, { name, sweep }: Together, { scenarios }: RunOptions): boolean {
  if (sweep) return inSweeps(c);
  return c.group !== 'peers' || scenarios !== null || QUICK_TASKS.some((task) => task.name === name);
}

/** Scenarios measured together, lap by lap in turn: one task, or all points of a sweep, because these are compared with each
 * other. */
interface Together {
  readonly name: string;
  readonly sweep: boolean;
  readonly scenarios: readonly Scenario[];
}

export function grouped(scenarios: readonly Scenario[]): Together[] {
  const groups = new Map<string, Scenario[]>();
  for (const s of scenarios) {
    const name = isSweep(s.family) ? s.family : s.name;
    groups.set(name, [...(groups.get(name) ?? []), s]);
  }
  return [...groups].map(([name, all]) => ({ name, sweep: isSweep(all[0].family), scenarios: all }));
}

async function runGroup(
  { scenarios, sweep }: Together,
  contenders: readonly ContenderEntry[],
  options: RunOptions,
  peakGflops: number | null,
  versions: Record<string, string>,
  { now, signal }: Io,
  progress: (what: string, done: number, total: number) => void,
): Promise<ScenarioReport[]> {
  const plan = planOf(options, sweep);
  const folders: TaskFolder[] = [];
  try {
    for (const s of scenarios) folders.push(writeTask(s, s.threads ?? options.threads, options.seed));
    const entries = folders.flatMap(({ folder, task }) =>
      contenders.map(({ id, command }) => ({ launcher: launcher(id, command, signal), task: { folder, ...task } })),
    );
    const outcomes = await measure(entries, plan, { now, signal, progress });
    for (const o of outcomes) if (o.kind === 'measured') Object.assign(versions, o.versions);
    const first = outcomes.slice(0, contenders.length);
    const reports: ScenarioReport[] = [];
    for (const [i, { folder, task, density }] of folders.entries()) {
      const expected = await expectedLoss(folder, Math.min(plan.lossSteps, task.steps));
      const setting = { scenario: scenarios[i], task, density, peakGflops };
      const own = outcomes.slice(i * contenders.length, (i + 1) * contenders.length);
      reports.push(await scenarioReport(setting, own, sweep ? first : null, expected));
    }
    return reports;
  } finally {
    for (const { remove } of folders) remove();
  }
}

function planOf({ quick, rounds }: RunOptions, sweep: boolean): Plan {
  return { ...FULL, ...(sweep && SWEPT), ...(quick && QUICK), ...(rounds !== null && { rounds }) };
}

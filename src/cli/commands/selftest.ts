// backproof selftest: shows that the checks catch the mistakes that they claim to catch.
import { availableParallelism } from 'node:os';
import { selftest } from '../../selftest/selftest.ts';
import type { PartId, Results, SelftestPlan, Task } from '../../selftest/tasks.ts';
import { startBackend } from '../../engines/tfjs/tfjs.ts';
import type { BackendId } from '../../engines/tfjs/backends.ts';
import { revived } from '../../engines/threads/plain-error.ts';
import type { PlainError } from '../../engines/threads/plain-error.ts';
import { EngineUnavailableError, unknownName } from '../../errors.ts';
import { closingBlocks } from '../../report/blocks/blocks.ts';
import { renderTerminal } from '../../report/formats/terminal.ts';
import { formatSelftestJson, formatSelftestMarkdown, formatSelftestTerminal } from '../../report/formats/selftest.ts';
import type { SelftestReport } from '../../report/formats/selftest.ts';
import { environment } from '../../program/environment.ts';
import { commandLine, runTiming } from '../environment.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import type { Io } from '../../program/io.ts';
import { TRIABLE, makersOf } from '../selftest/makers.ts';
import type { Triable } from '../selftest/makers.ts';
import type { WorkerTask } from '../selftest/worker.ts';
import type { Options } from '../options.ts';
import { createProgress } from '../../program/progress.ts';
import { writeAll } from '../../program/write-all.ts';
import { prepareOut } from '../reports.ts';
import { requireRoomFor } from '../room.ts';

const FULL = { thorough: true, networks: 2000, pairs: 300, entries: 1000, oracles: 200 };
const QUICK = { thorough: false, networks: 30, pairs: 20, entries: 100, oracles: 10 };
const DEFAULT_SEED = 1;

export async function runSelftest(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const began = io.now();
  const folder = prepareOut(options);
  const plan = planOf(options);
  const engine = engineOf(options);
  const backends = await backendsOf(options);
  const progress = createProgress(io, {
    kills: 'mistakes',
    pairs: 'two mistakes at once',
    entries: 'single entries',
    oracles: 'exact gradients',
    networks: 'random networks',
  });
  const makers = makersOf(backends, engine);
  const pool = await openPool(io.signal);
  const run = (task: Task): Promise<Results[PartId]> => pool.run({ backends, engine, plan, task });
  const result = await selftest(plan, run, pool.processes, progress.watch).finally(async () => {
    progress.stop();
    await pool.close();
  });
  const kind =
    result.failures.length > 0 && !result.interrupted ? 'disagree' : result.interrupted ? 'inconclusive' : 'agree';
  const report: SelftestReport = {
    schemaVersion: 1,
    kind: 'selftest',
    command: commandLine('selftest', options, { seed: plan.seed }),
    verdict: { kind },
    plan,
    engine: makers.onTrial.label,
    engines: makers.others.map(({ label }) => label),
    ...result,
    environment: environment(),
    timing: { ...runTiming(startedAt), milliseconds: io.now() - began },
  };
  const json = formatSelftestJson(report);
  const files = { 'selftest.json': json, 'selftest.md': formatSelftestMarkdown(report) };
  const { written, all } = await writeAll(folder, files, io);
  if (options.json === true) {
    io.out(json);
    io.err(renderTerminal([{ kind: 'files', written }], false));
  } else {
    io.out(formatSelftestTerminal(report));
    io.out(renderTerminal(closingBlocks(written, report.command), false));
  }
  return exitCodeOfRun(kind, { interrupted: io.signal.aborted, allWritten: all });
}

function planOf(options: Options): SelftestPlan {
  const base = options.quick === true ? QUICK : FULL;
  requireRoomFor(options.networks ?? 0, BYTES_A_NETWORK, '--networks', 'random networks');
  return { ...base, networks: options.networks ?? base.networks, seed: options.seed ?? DEFAULT_SEED };
}

/** @throws UsageError on an engine other than vector and wasm */
function engineOf({ engine = 'vector' }: Options): Triable {
  const found = TRIABLE.find((id) => id === engine);
  if (found === undefined) throw unknownName('engine of a self-test', engine, TRIABLE);
  return found;
}

/**
 * Every available backend, or the one given.
 * @throws EngineUnavailableError if that is not available
 */
async function backendsOf({ backend, threads }: Options): Promise<BackendId[]> {
  if (backend !== undefined && backend !== 'auto') return [await startBackend(backend, threads)];
  const found: BackendId[] = [];
  let why: EngineUnavailableError | undefined;
  for (const id of ['node', 'wasm', 'cpu'] as const) {
    try {
      found.push(await startBackend(id, threads));
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
      why = error;
    }
  }
  if (found.length === 0) throw why ?? new EngineUnavailableError('no TensorFlow.js backend loads');
  return found;
}

/** Bytes that are kept per network until the end: the share of the bounds used, on all engines. */
const BYTES_A_NETWORK = 500;

/** Processes that run tasks of a self-test. */
interface Pool {
  readonly processes: number;
  run(task: WorkerTask): Promise<Results[PartId]>;
  close(): Promise<void>;
}

/**
 * One process per core: TensorFlow.js has one backend at a time per process. They end when the
 * signal says so; what they were at is then lost.
 */
async function openPool(signal: AbortSignal): Promise<Pool> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const processes = availableParallelism();
  const { Tinypool } = await import('tinypool');
  const pool = new Tinypool({
    filename: new URL(`../selftest/worker.${extension}`, import.meta.url).href,
    runtime: 'child_process',
    serialization: 'advanced', // JSON has no NaN and no infinity
    minThreads: 1,
    maxThreads: processes,
    execArgv: process.execArgv,
    env: process.env as Record<string, string>, // else it has none, and no PATH to find a browser on
  });
  const stop = (): void => void pool.destroy();
  signal.addEventListener('abort', stop, { once: true });
  return {
    processes,
    run: (task) =>
      pool.run(task).catch((error: unknown) => {
        throw error instanceof Error ? error : revived(error as PlainError); // as it was sent
      }) as Promise<Results[PartId]>,
    async close() {
      signal.removeEventListener('abort', stop);
      if (!signal.aborted) await pool.destroy();
    },
  };
}

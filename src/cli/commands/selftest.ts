// backproof selftest: shows that the checks catch the mistakes that they claim to catch.
import type { SelftestResult } from '../../selftest/selftest.ts';
import type { SelftestPlan } from '../../selftest/tasks.ts';
import { startBackend } from '../../engines/tfjs/tfjs.ts';
import type { BackendId } from '../../engines/tfjs/backends.ts';
import { EngineUnavailableError, UsageError, unknownName } from '../../errors.ts';
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
import { selftestHere } from '../selftest/here.ts';
import { selftestOnQueue } from '../selftest/on-queue.ts';
import type { SelftestOptions } from '../selftest/work.ts';
import type { Options } from '../options.ts';
import { createLines, createProgress } from '../../program/progress.ts';
import { writeAll } from '../../program/write-all.ts';
import { prepareOut } from '../reports.ts';
import { requireRoomFor } from '../room.ts';

const FULL = { thorough: true, networks: 2000, pairs: 300, entries: 1000, oracles: 200 };
const QUICK = { thorough: false, networks: 20, pairs: 20, entries: 100, oracles: 10 };
const DEFAULT_SEED = 1;

export async function runSelftest(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const began = io.now();
  const folder = prepareOut(options);
  const plan = planOf(options);
  const engine = engineOf(options);
  const backends = await backendsOf(options);
  const progress = (options.queue === undefined ? createProgress : createLines)(io, {
    kills: 'mistakes',
    pairs: 'two mistakes at once',
    entries: 'single entries',
    oracles: 'exact gradients',
    networks: 'random networks',
  });
  const makers = makersOf(backends, engine);
  const run = async (asked: SelftestOptions): Promise<{ result: SelftestResult; forget: () => Promise<void> }> => {
    const { queue: address, chunk } = options;
    if (address !== undefined) return selftestOnQueue(asked, { address, chunk, folder }, progress.watch, io);
    if (chunk !== undefined) throw new UsageError('--chunk needs --queue');
    return { result: await selftestHere(asked, progress.watch), forget: async () => {} };
  };
  const { result, forget } = await run({ backends, engine, plan }).finally(() => progress.stop());
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
  if (all) await forget();
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

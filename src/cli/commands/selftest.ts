// backproof selftest: the harness shows on itself that it catches what it claims to.
import { join } from 'node:path';
import { selftest } from '../../check/selftest/selftest.ts';
import type { SelftestPlan } from '../../check/selftest/selftest.ts';
import type { Makers, Other } from '../../check/selftest/makers.ts';
import { createEngine } from '../../engines/registry.ts';
import { openBackend } from '../../engines/tfjs/backend.ts';
import type { BackendId } from '../../engines/tfjs/backend.ts';
import { EngineUnavailableError, UsageError } from '../../errors.ts';
import { formatSelftestJson, formatSelftestMarkdown, formatSelftestTerminal } from '../../report/selftest.ts';
import type { SelftestReport } from '../../report/selftest.ts';
import { writeText } from '../../report/write.ts';
import { commandLine, environment, runTiming } from '../environment.ts';
import { EXIT, EXIT_OF_VERDICT } from '../exit-codes.ts';
import type { Io } from '../io.ts';
import type { Options } from '../options.ts';
import { createProgress } from '../progress.ts';
import { prepareOut } from '../reports.ts';

const FULL = { thorough: true, networks: 2000, pairs: 300, entries: 1000, oracles: 200 };
const QUICK = { thorough: false, networks: 60, pairs: 40, entries: 200, oracles: 20 };
const DEFAULT_SEED = 1;

export async function runSelftest(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const began = io.now();
  const folder = prepareOut(options);
  const plan = planOf(options);
  const others = await othersOf(options);
  const progress = createProgress(io, {
    kills: 'mistakes',
    pairs: 'two mistakes at once',
    entries: 'single entries',
    oracles: 'exact gradients',
    networks: 'random networks',
  });
  const result = await selftest(makersOf(others), plan, progress.watch).finally(progress.stop);
  const kind =
    result.failures.length > 0 && !result.interrupted ? 'disagree' : result.interrupted ? 'inconclusive' : 'agree';
  const report: SelftestReport = {
    schemaVersion: 1,
    kind: 'selftest',
    command: commandLine('selftest', options, { seed: plan.seed }),
    verdict: { kind },
    plan,
    engines: others.map(({ label }) => label),
    ...result,
    environment: environment(),
    timing: { ...runTiming(startedAt), milliseconds: io.now() - began },
  };
  await writeText(join(folder, 'selftest.json'), formatSelftestJson(report));
  await writeText(join(folder, 'selftest.md'), formatSelftestMarkdown(report));
  const where = `Reports: ${join(folder, 'selftest.json')}, ${join(folder, 'selftest.md')}\n`;
  if (options.json === true) {
    io.out(formatSelftestJson(report));
    io.err(where);
  } else {
    io.out(formatSelftestTerminal(report));
    io.out(where);
    io.out(`Repeat:  ${report.command}\n`);
  }
  return io.signal.aborted ? EXIT.interrupted : EXIT_OF_VERDICT[kind];
}

function planOf(options: Options): SelftestPlan {
  const base = options.quick === true ? QUICK : FULL;
  return { ...base, networks: options.networks ?? base.networks, seed: options.seed ?? DEFAULT_SEED };
}

/** Every backend that is there, or the one asked for. @throws EngineUnavailableError if that is not there */
async function othersOf(options: Options): Promise<Other[]> {
  const asked = options.backend;
  if (asked !== undefined && asked !== 'auto') return [otherOf((await openBackend(asked, options.threads)).id)];
  const found: Other[] = [];
  for (const id of ['node', 'wasm', 'cpu'] as const) {
    try {
      found.push(otherOf((await openBackend(id, options.threads)).id));
    } catch (error) {
      if (!(error instanceof EngineUnavailableError)) throw error;
    }
  }
  if (found.length === 0) throw new UsageError('no TensorFlow.js backend loads');
  return found;
}

function otherOf(backend: BackendId): Other {
  return {
    label: `tfjs ${backend}`,
    make: (network, optimizer) => createEngine('tfjs', network, optimizer, { backend }),
  };
}

function makersOf(others: readonly Other[]): Makers {
  return {
    own: (network, optimizer, options) => createEngine('vector', network, optimizer, options),
    graph: (network, optimizer) => createEngine('autograd', network, optimizer),
    others,
  };
}

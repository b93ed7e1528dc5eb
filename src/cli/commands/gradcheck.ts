// backproof gradcheck: the gradient check alone, on a batch of the data set or on case files.
import { engineInfo } from '../../check/compare.ts';
import type { EngineInfo } from '../../check/compare.ts';
import { checkCase } from '../../check/case-check.ts';
import { gradientCheck } from '../../check/gradient-check.ts';
import type { Helpers } from '../../check/gradient-check.ts';
import { parseCase } from '../../network/case.ts';
import { readText } from '../../data/read-text.ts';
import type { Engine } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import { SCHEMA_VERSION } from '../../report/report.ts';
import type { GradcheckReport } from '../../report/report.ts';
import { createFactories } from '../engines.ts';
import type { Factories } from '../engines.ts';
import { commandLine, environment, runTiming } from '../environment.ts';
import { EXIT, EXIT_OF_VERDICT } from '../exit-codes.ts';
import { createExperiment, optimizerOf } from '../experiment.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS } from '../options.ts';
import type { Options } from '../options.ts';
import { prepareOut, publish } from '../reports.ts';
import { chosen } from './compare.ts';

type Findings = Pick<GradcheckReport, 'settings' | 'gradientCheck' | 'cases' | 'verdict' | 'candidate' | 'reference'>;

export async function runGradcheck(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const folder = prepareOut(options);
  const findings = options.case === undefined ? await onDataset(options, io) : await onCase(options, options.case, io);
  const report: GradcheckReport = {
    schemaVersion: SCHEMA_VERSION,
    kind: 'gradcheck',
    command: commandLine('gradcheck', options, chosen(findings.settings?.seed, findings)),
    ...findings,
    environment: environment(),
    timing: runTiming(startedAt),
  };
  await publish(report, folder, options, io);
  return io.signal.aborted ? EXIT.interrupted : EXIT_OF_VERDICT[report.verdict.kind];
}

async function onDataset(options: Options, io: Io): Promise<Findings> {
  const { network, optimizer, initial, batches, settings } = createExperiment(options);
  return withEngines(createFactories(network, optimizer, options), io, async (candidate, reference, helpers, infos) => {
    const check = await gradientCheck(network, initial, batches.batch(0), candidate, reference, helpers);
    return { ...infos, settings, gradientCheck: check, cases: [], verdict: check.verdict };
  });
}

async function onCase(options: Options, file: string, io: Io): Promise<Findings> {
  const alien = MODEL_OPTIONS.find((name) => options[name] !== undefined && name !== 'seed');
  if (alien !== undefined)
    throw new UsageError(`--${alien} does not go with --case: a case brings its own network and batch`);
  const problem = parseCase(readText(file), file);
  const factories = createFactories(problem.network, optimizerOf(options), options);
  return withEngines(factories, io, async (candidate, reference, helpers, infos) => {
    const check = await checkCase(problem, candidate, reference, helpers);
    return { ...infos, settings: null, gradientCheck: null, cases: [check], verdict: check.verdict };
  });
}

type Infos = Readonly<Record<'candidate' | 'reference', EngineInfo>>;

async function withEngines<T>(
  factories: Factories,
  io: Io,
  use: (candidate: Engine, reference: Engine, helpers: Helpers, infos: Infos) => Promise<T>,
): Promise<T> {
  const candidate = await factories.candidate();
  const reference = await factories.reference();
  const oracle = await factories.oracle();
  try {
    return await use(
      candidate,
      reference,
      { oracle, mistaken: factories.mistaken, watch: { signal: io.signal, now: io.now, progress: () => {} } },
      {
        candidate: engineInfo(candidate),
        reference: engineInfo(reference),
      },
    );
  } finally {
    await candidate.dispose();
    await reference.dispose();
    await oracle.dispose();
  }
}

// backproof gradcheck: the gradient check alone, on a batch of the data set or on case files, and
// the updates made of gradients.
import { boundedGradients } from '../../bounds/gradients.ts';
import { engineInfo } from '../../check/engine-info.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import { caseOptimizer, checkCase } from '../../check/expected/case-check.ts';
import { requireOtherDefinition } from '../../check/expected/expected-check.ts';
import type { CaseCheck } from '../../check/expected/case-check.ts';
import { gradientCheck } from '../../check/gradient-check.ts';
import type { Helpers } from '../../check/gradient-check.ts';
import { parseCase } from '../../network/case.ts';
import { named } from '../../network/schema.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import type { Pair, Side } from '../../check/pair.ts';
import { updateCheck } from '../../check/update-check.ts';
import { overall } from '../../check/verdict.ts';
import { withEngines } from '../../check/with-engines.ts';
import { caseFiles } from '../../data/files/case-files.ts';
import { readText } from '../../data/files/read-text.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { withBiasesOf } from '../../candidates/conventions/variant-engines.ts';
import { UsageError } from '../../errors.ts';
import { SCHEMA_VERSION } from '../../report/report.ts';
import type { GradcheckReport } from '../../report/report.ts';
import { candidateOf } from '../candidate.ts';
import type { CandidateSource } from '../candidate.ts';
import { BYTES, createFactories } from '../engines.ts';
import type { Factories } from '../engines.ts';
import { environment } from '../../program/environment.ts';
import { commandLine, runTiming } from '../environment.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import { createExperiment, optimizerOf } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import { MODEL_OPTIONS } from '../options.ts';
import type { Options } from '../options.ts';
import { CHECK_LABELS, createLines } from '../../program/progress.ts';
import { prepareReports, publish } from '../reports.ts';
import { chosen } from './compare.ts';

type Findings = Pick<
  GradcheckReport,
  'settings' | 'gradientCheck' | 'updateCheck' | 'cases' | 'verdict' | 'candidate' | 'reference'
>;

export async function runGradcheck(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const folder = await prepareReports('gradcheck', options);
  const candidate = await candidateOf(options, io);
  const findings =
    options.case === undefined
      ? await onDataset(options, candidate, io)
      : await onCases(options, options.case, candidate, io);
  await candidate?.close();
  const report: GradcheckReport = {
    schemaVersion: SCHEMA_VERSION,
    kind: 'gradcheck',
    command: commandLine('gradcheck', options, chosen(findings.settings?.seed, findings)),
    ...findings,
    environment: environment(),
    timing: runTiming(startedAt),
  };
  const allWritten = await publish(report, folder, options, io);
  return exitCodeOfRun(report.verdict.kind, { interrupted: io.signal.aborted, allWritten });
}

async function onDataset(options: Options, own: CandidateSource | null, io: Io): Promise<Findings> {
  const experiment = createExperiment(options, 'gradcheck', (network) =>
    own === null ? network : withBiasesOf(network, own.conventions),
  );
  const { network, optimizer, initial: start, batches, settings } = experiment;
  return withBoth(createFactories(experiment, options, { candidate: own }), io, async (engines, helpers, infos) => {
    const batch = batches.batch(0);
    const exactAnswer = boundedGradients(network, start, batch);
    const gradients = await gradientCheck(network, start, batch, engines, { ...helpers, exactAnswer, scatter: true });
    const right = (side: Side): boolean => gradients.firstWrong[side] === null;
    const problem = { network, optimizer, start };
    // else there is nothing to update by
    const numbers = gradients.parameters.every(({ candidate: c }) => Number.isFinite(c));
    const updates = numbers ? await updateCheck(problem, batch, engines, helpers.injector, right, exactAnswer) : null;
    const verdict = overall([gradients.verdict, ...(updates === null ? [] : [updates.verdict])]);
    return { ...infos(), settings, gradientCheck: gradients, updateCheck: updates, cases: [], verdict };
  });
}

async function onCases(options: Options, path: string, own: CandidateSource | null, io: Io): Promise<Findings> {
  const alien = MODEL_OPTIONS.find((name) => options[name] !== undefined && name !== 'seed');
  if (alien !== undefined)
    throw new UsageError(`--${alien} does not go with --case: a case brings its own network and batch`);
  if (own?.conventions.biases === 'none')
    throw new UsageError(`--case does not go with ${own.label}: it has no biases, and case files do`);
  const problems = caseFiles(path).map((file) => {
    const problem = parseCase(readText(file), file);
    return { file, problem, optimizer: named(file, () => caseOptimizer(problem)) ?? optimizerOf(options) };
  });
  const cases: CaseCheck[] = [];
  let infos: Infos | null = null;
  for (const { file, problem, optimizer } of problems) {
    named(file, () => requireOtherDefinition(problem, optimizer));
    const setting = { network: problem.network, optimizer, scaling: BYTES };
    const factories = createFactories(setting, options, { variant: problem.tfjs, candidate: own });
    await withBoth(factories, io, async (engines, helpers, own) => {
      cases.push(await checkCase(problem, optimizer, engines, helpers));
      infos ??= own();
    });
    if (io.signal.aborted) break;
  }
  if (infos === null) throw new Error('no case was checked');
  const verdict = overall(cases.map((one) => one.verdict));
  return { ...(infos as Infos), settings: null, gradientCheck: null, updateCheck: null, cases, verdict };
}

type InjectingHelpers = Helpers & Pick<Factories, 'injector'>;
type Infos = Pair<EngineInfo>;

async function withBoth<T>(
  factories: Factories,
  io: Io,
  use: (engines: Pair<Engine>, helpers: InjectingHelpers, infos: () => Infos) => Promise<T>,
): Promise<T> {
  return withEngines(async (open) => {
    const engines = await inTurn<EngineFactory, Engine>(factories, open);
    const helpers = {
      exact: await open(factories.exact),
      graph: factories.graph && (await open(factories.graph)),
      injector: factories.injector,
      variants: factories.variants,
      watch: createLines(io, CHECK_LABELS).watch,
    };
    // asked for when all is done: what a candidate's precision is, its answers tell
    const infos = (): Infos => mapPair(engines, engineInfo);
    return use(engines, helpers, infos);
  });
}

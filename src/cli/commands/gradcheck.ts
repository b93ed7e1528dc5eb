// backproof gradcheck: the gradient check alone, on a batch of the data set or on case files, and
// the updates made of gradients.
import { boundedGradients } from '../../bounds/gradients.ts';
import { engineInfo } from '../../check/engine-info.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import { caseOptimizer, checkCase } from '../../check/expected/case-check.ts';
import { requireOtherDefinition } from '../../check/expected/expected-check.ts';
import type { CaseCheck } from '../../check/expected/case-check.ts';
import { gradientCheck, withOracleCheck } from '../../check/gradient-check.ts';
import type { GradientCheck, Helpers, Kept } from '../../check/gradient-check.ts';
import { parseCase } from '../../network/case.ts';
import { named } from '../../network/schema.ts';
import { countParameters } from '../../network/spec.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import type { Pair, Side } from '../../check/pair.ts';
import { judgesUpdates, updateCheck } from '../../check/update-check.ts';
import { KEPT_UP_TO } from '../../check/update-sequences.ts';
import { overall } from '../../check/verdict.ts';
import { UNWATCHED } from '../../check/watch.ts';
import type { Watch } from '../../check/watch.ts';
import { withEngines } from '../../check/with-engines.ts';
import { caseFiles } from '../../data/files/case-files.ts';
import { readText } from '../../data/files/read-text.ts';
import type { Bits } from '../../engines/tfjs/backends.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { withBiasesOf } from '../../candidates/conventions/variant-engines.ts';
import { UsageError } from '../../errors.ts';
import { SCHEMA_VERSION } from '../../report/report.ts';
import type { GradcheckReport } from '../../report/report.ts';
import { candidateOf } from '../candidate.ts';
import type { CandidateSource } from '../candidate.ts';
import { BYTES, bitsOfEngines, createFactories, judged } from '../engines.ts';
import type { Factories } from '../engines.ts';
import { environment } from '../../program/environment.ts';
import { commandLine, runTiming } from '../environment.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import { freeMemory } from '../../program/free-memory.ts';
import { sayNotes } from '../data.ts';
import { createExperiment, optimizerOf } from '../experiment.ts';
import type { Experiment } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import { MODEL_OPTIONS } from '../model-options.ts';
import type { Options } from '../options.ts';
import { CHECK_LABELS, createLines } from '../../program/progress.ts';
import { prepareReports, publish } from '../reports.ts';
import { ThreadBeside, isWorthThread } from '../beside/thread.ts';
import type { Memory } from '../watch/memory.ts';
import { checkOrWatch, requireCurrent } from '../watch/watch.ts';
import type { Round } from '../watch/watch.ts';
import { chosen } from './compare.ts';

type Findings = Pick<
  GradcheckReport,
  'settings' | 'gradientCheck' | 'updateCheck' | 'cases' | 'verdict' | 'candidate' | 'reference'
>;

export function runGradcheck(options: Options, io: Io): Promise<number> {
  return checkOrWatch(options, io, check, (memory) => {
    if (options.case === undefined) experimentOf(options, null, memory);
  });
}

async function check(options: Options, io: Io, round: Round): Promise<number> {
  const startedAt = io.date();
  const folder = await prepareReports('gradcheck', options);
  const candidate = await candidateOf(options, io, round.open);
  try {
    const findings =
      options.case === undefined
        ? await onDataset(options, candidate, io, round)
        : await onCases(options, options.case, candidate, io, round);
    requireCurrent(round, io);
    if (!round.isWatched) await candidate?.close(); // the next verdict need not wait for it
    return await reported(findings, { startedAt, folder, options, io });
  } finally {
    await candidate?.close();
  }
}

async function reported(
  findings: Findings,
  { startedAt, folder, options, io }: { startedAt: Date; folder: string; options: Options; io: Io },
): Promise<number> {
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

function experimentOf(options: Options, own: CandidateSource | null, memory: Memory, bits: Bits = 32): Experiment {
  const biases = own?.conventions.biases === 'none' ? 'none' : 'some';
  return memory.once(`experiment, biases: ${biases}, ${bits} bits`, () =>
    createExperiment(
      options,
      'gradcheck',
      (network) => (own === null ? network : withBiasesOf(network, own.conventions)),
      bits,
    ),
  );
}

async function onDataset(options: Options, own: CandidateSource | null, io: Io, round: Round): Promise<Findings> {
  const { memory } = round;
  const experiment = experimentOf(options, own, memory, await bitsOfEngines(options));
  const { network, optimizer, initial: start, batches, settings } = experiment;
  memory.once('notes', () => {
    sayNotes(experiment.dataset, io);
  });
  const key = JSON.stringify(network);
  const factories = createFactories(experiment, options, { candidate: own });
  const reference = round.remembered(factories.reference, `reference ${key}`);
  const batch = batches.batch(0);
  const kept = memory.once(`kept ${key}`, (): Kept => ({}));
  const work = { network, optimizer, parameters: start, batch };
  const beside =
    kept.questions === undefined && factories.graph === undefined && isWorthThread(work)
      ? new ThreadBeside(work)
      : undefined;
  const findings = withBoth({ ...factories, reference }, io, async (engines, helpers, infos) => {
    const exactAnswer = memory.once(`exact ${key}`, () => boundedGradients(network, start, batch));
    beside?.goOn(exactAnswer.gradients);
    const apart = beside && { exact: undefined, general: () => beside.questions() };
    const own = { ...helpers, ...apart, exactAnswer, kept, scatter: true };
    const measured = await gradientCheck(network, start, batch, engines, own);
    const right = (side: Side): boolean => measured.firstWrong[side] === null;
    const made = await beside?.sequences();
    if (made !== undefined) kept.sequences ??= made;
    const problem = { network, optimizer, start, kept };
    // else there is nothing to update by
    const numbers =
      measured.threw === undefined &&
      judgesUpdates(network, optimizer) &&
      measured.parameters.every(({ candidate: c }) => Number.isFinite(c));
    if (!round.isWatched) delete kept.questions; // large, and not asked again
    if (countParameters(network) > KEPT_UP_TO) await freeMemory();
    const updates = numbers ? await updateCheck(problem, batch, engines, helpers.injector, right, exactAnswer) : null;
    const gradients = beside === undefined ? measured : await withSlopes(measured, beside, kept, helpers.watch);
    const verdict = overall([gradients.verdict, ...(updates === null ? [] : [updates.verdict])]);
    return { ...infos(), settings, gradientCheck: gradients, updateCheck: updates, cases: [], verdict };
  });
  return findings.finally(() => beside?.end());
}

/** Waits for the check of the exact gradients, which goes on while engines are asked. */
async function withSlopes(
  measured: GradientCheck,
  beside: ThreadBeside,
  kept: Kept,
  watch: Watch = UNWATCHED,
): Promise<GradientCheck> {
  const oracleCheck = await beside.oracleCheck(watch);
  if (oracleCheck !== null) kept.oracleCheck = oracleCheck;
  return withOracleCheck(measured, oracleCheck, watch);
}

async function onCases(
  options: Options,
  path: string,
  own: CandidateSource | null,
  io: Io,
  { memory, remembered }: Round,
): Promise<Findings> {
  const alien = MODEL_OPTIONS.find((name) => options[name] !== undefined && name !== 'seed');
  if (alien !== undefined)
    throw new UsageError(`--${alien} does not go with --case: a case brings its own network and batch`);
  if (own?.conventions.biases === 'none')
    throw new UsageError(`--case does not go with ${own.label}: it has no biases, and case files do`);
  const bits = await bitsOfEngines(options);
  const problems = caseFiles(path).map((file) => {
    const text = readText(file);
    const problem = parseCase(text, file);
    return {
      file,
      text,
      problem: { ...problem, network: judged(problem.network, options, bits) },
      optimizer: named(file, () => caseOptimizer(problem)) ?? optimizerOf(options),
    };
  });
  const cases: CaseCheck[] = [];
  let infos: Infos | null = null;
  for (const { file, text, problem, optimizer } of problems) {
    named(file, () => requireOtherDefinition(problem, optimizer));
    const setting = { network: problem.network, optimizer, scaling: BYTES };
    const factories = createFactories(setting, options, { variant: problem.tfjs, candidate: own });
    const reference = remembered(factories.reference, `reference ${text}`);
    const kept = memory.once(`kept ${text}`, (): Kept => ({}));
    await withBoth({ ...factories, reference }, io, async (engines, helpers, own) => {
      cases.push(await checkCase(problem, optimizer, engines, { ...helpers, kept }));
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

// backproof compare: trains both paths and says whether they agree.
import { dirname } from 'node:path';
import { compare } from '../../check/compare.ts';
import type { CompareResult } from '../../check/compare.ts';
import { candidateOf } from '../candidate.ts';
import type { CandidateSource } from '../candidate.ts';
import { EngineThreads } from '../../engines/threads/threads.ts';
import { DEFAULT_ENGINE, referenceOf } from '../engines.ts';
import { UsageError } from '../../errors.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Pair } from '../../check/pair.ts';
import { gradientSentence, paced } from '../pace/pace.ts';
import type { Paced, Wanted } from '../pace/pace.ts';
import { firstGradients, unpaced } from '../watch/gradients-first.ts';
import type { Memory } from '../watch/memory.ts';
import { checkOrWatch, requireCurrent } from '../watch/watch.ts';
import type { Round } from '../watch/watch.ts';
import { readText } from '../../data/files/read-text.ts';
import { withBiasesOf } from '../../candidates/conventions/variant-engines.ts';
import { baselineOf, checkBaseline, parseBaseline, requireComparable } from '../../report/baseline.ts';
import type { Baseline } from '../../report/baseline.ts';
import { picturesOf } from '../../report/pictures.ts';
import { SCHEMA_VERSION } from '../../report/report.ts';
import type { CompareReport } from '../../report/report.ts';
import { requireWritable, writeText } from '../../data/files/write.ts';
import { environment } from '../../program/environment.ts';
import { commandLine, runTiming } from '../environment.ts';
import { exitCodeOfRun } from '../../program/exit-codes.ts';
import { sayNotes } from '../data.ts';
import { createExperiment } from '../experiment.ts';
import type { Experiment } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import type { Options } from '../options.ts';
import { CHECK_LABELS, createProgress } from '../../program/progress.ts';
import { attempt } from '../../program/write-all.ts';
import { prepareReports, publish } from '../reports.ts';

const DEFAULT_BASELINE = 'results/baseline.json';

export function runCompare(options: Options, io: Io): Promise<number> {
  return checkOrWatch(options, io, check, (memory) => {
    experimentOf(options, null, memory);
  });
}

function experimentOf(options: Options, candidate: CandidateSource | null, memory: Memory): Experiment {
  const biases = candidate?.conventions.biases === 'none' ? 'none' : 'some';
  return memory.once(`experiment, biases: ${biases}, train size: ${options['train-size'] ?? 'as given'}`, () =>
    createExperiment(options, 'compare', (network) =>
      candidate === null ? network : withBiasesOf(network, candidate.conventions),
    ),
  );
}

async function check(options: Options, io: Io, round: Round): Promise<number> {
  const startedAt = io.date();
  const folder = await prepareReports('compare', options);
  if (options['update-baseline'] === true) requireWritable(dirname(options.baseline ?? DEFAULT_BASELINE), '--baseline');
  if (options.full === true && options['train-size'] !== undefined)
    throw new UsageError('--full and --train-size exclude each other');
  const candidate = await candidateOf(options, io, round.open);
  const baseline = readBaseline(options);
  const make = (own: Options): Experiment => {
    const experiment = experimentOf(own, candidate, round.memory);
    if (baseline !== null) requireComparable(baseline.content, experiment.settings, baseline.file);
    return experiment;
  };
  const names = namesOf(options, candidate);
  const threads = new EngineThreads();
  const wanted = { options, candidate, make, names, threads };
  const { experiment, trainSize, result } = await compared(wanted, round, io).finally(async () => {
    await threads.end();
    await candidate?.close();
  });
  requireCurrent(round, io);
  const { dataset, settings } = experiment;
  const { timing, trained, ...checks } = result;
  const checked = baseline === null ? null : checkBaseline(baseline.content, baseline.file, result.freeRun);
  const report: CompareReport = {
    schemaVersion: SCHEMA_VERSION,
    kind: 'compare',
    command: commandLine('compare', options, {
      ...chosen(settings.seed, result),
      ...(trainSize !== null && { 'train-size': trainSize }),
    }),
    settings,
    ...checks,
    pictures: picturesOf(dataset, trained),
    baseline: result.interrupted ? null : checked,
    environment: environment(),
    timing: { ...runTiming(startedAt), ...timing },
  };
  const update = options['update-baseline'] === true && !report.interrupted;
  const updated = !update || (await attempt(() => updateBaseline(report, options, io), io));
  const published = await publish(report, folder, options, io);
  const kind = report.baseline?.regressed === true ? 'disagree' : report.verdict.kind;
  return exitCodeOfRun(kind, { interrupted: report.interrupted, allWritten: updated && published });
}

interface Compared extends Pick<Paced, 'experiment' | 'trainSize'> {
  readonly result: CompareResult;
}

async function compared(wanted: Wanted, round: Round, io: Io): Promise<Compared> {
  const first = round.isWatched ? await firstGradients(wanted, round, io) : null;
  const pace = first?.isWrong === true ? unpaced(wanted) : await paced(wanted, io);
  const { experiment, factories, trainSize, estimate, atOnce } = pace;
  const { network, dataset, scaling } = experiment;
  round.memory.once('notes', () => {
    sayNotes(dataset, io);
  });
  const labels = {
    ...CHECK_LABELS,
    ...wanted.names,
    exact: 'exact (f64)',
    parting: 'checking the steps until the runs parted',
  };
  const progress = createProgress(io, labels, { parts: estimate?.training ?? [], together: atOnce > 1 });
  const request = {
    ...experiment,
    ...factories,
    test: { examples: dataset.test, classes: dataset.classes, scaling },
    trainIfWrong: wanted.candidate === null,
    gradients: trainSize === null ? first?.gradients : undefined, // else the first batch is another one
    onGradients(check: GradientCheck, engines: Pair<EngineInfo>) {
      if (check.verdict.kind !== first?.gradients.verdict.kind) io.err(gradientSentence(network, engines, check));
    },
    atOnce,
  };
  return { experiment, trainSize, result: await compare(request, progress.watch).finally(progress.stop) };
}

function namesOf(options: Options, candidate: CandidateSource | null): Pair<string> {
  const own = candidate?.label ?? options.engine ?? DEFAULT_ENGINE;
  return { candidate: own, reference: referenceOf(options, candidate) };
}

/**
 * What was chosen for the run: naming it makes the command repeat this very run. A case file has
 * no seed.
 */
export function chosen(
  seed: number | undefined,
  engines: Pick<CompareReport, 'candidate' | 'reference'>,
): Record<string, unknown> {
  const backend = [engines.candidate, engines.reference].find(({ engine }) => engine === 'tfjs')?.backend;
  return {
    seed,
    ...(backend !== undefined && backend !== null && { backend }),
  };
}

function readBaseline(options: Options): { content: Baseline; file: string } | null {
  if (options.baseline === undefined || options['update-baseline'] === true) return null;
  return { content: parseBaseline(readText(options.baseline), options.baseline), file: options.baseline };
}

async function updateBaseline(report: CompareReport, options: Options, io: Io): Promise<void> {
  const { kind } = report.verdict;
  if (kind !== 'agree' && kind !== 'identical') {
    io.err(`backproof: the baseline is left as it is: the verdict is ${kind}.\n`);
    return;
  }
  const file = options.baseline ?? DEFAULT_BASELINE;
  await writeText(file, `${JSON.stringify(baselineOf(report), null, 2)}\n`, '--baseline');
  io.err(`Baseline written: ${file}\n`);
}

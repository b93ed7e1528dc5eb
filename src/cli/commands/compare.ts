// backproof compare: trains both paths and says whether they agree.
import { dirname } from 'node:path';
import { compare } from '../../check/compare.ts';
import { candidateOf } from '../candidate.ts';
import { DEFAULT_ENGINE, createFactories, referenceOf } from '../engines.ts';
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
import { createExperiment } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import type { Options } from '../options.ts';
import { createProgress } from '../../program/progress.ts';
import { attempt } from '../../program/write-all.ts';
import { prepareReports, publish } from '../reports.ts';

const DEFAULT_BASELINE = 'results/baseline.json';

export async function runCompare(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const folder = await prepareReports('compare', options);
  if (options['update-baseline'] === true) requireWritable(dirname(options.baseline ?? DEFAULT_BASELINE), '--baseline');
  const candidate = await candidateOf(options, io);
  const { network, optimizer, initial, batches, dataset, scaling, settings } = createExperiment(
    options,
    'compare',
    (network) => (candidate === null ? network : withBiasesOf(network, candidate.conventions)),
  );
  const baseline = readBaseline(options);
  if (baseline !== null) requireComparable(baseline.content, settings, baseline.file);
  const factories = createFactories({ network, optimizer, scaling }, options, null, candidate);
  const progress = createProgress(io, {
    candidate: candidate?.label ?? options.engine ?? DEFAULT_ENGINE,
    reference: referenceOf(options, candidate),
    exact: 'exact (f64)',
  });
  const test = { examples: dataset.test, classes: dataset.classes, scaling };
  const request = { network, optimizer, initial, batches, test, ...factories, trainIfWrong: candidate === null };
  const result = await compare(request, progress.watch).finally(progress.stop);
  await candidate?.close();
  const { timing, trained, ...checks } = result;
  const checked = baseline === null ? null : checkBaseline(baseline.content, baseline.file, result.freeRun);
  const report: CompareReport = {
    schemaVersion: SCHEMA_VERSION,
    kind: 'compare',
    command: commandLine('compare', options, chosen(settings.seed, result)),
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

/** What was chosen for the run: naming it makes the command repeat this very run. A case file has no seed. */
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

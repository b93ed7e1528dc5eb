// backproof train: trains one engine alone and saves its parameters.
import { dirname, join } from 'node:path';
import { engineInfo } from '../../check/engine-info.ts';
import { finalLoss, train } from '../../check/run/training.ts';
import type { Trajectory } from '../../check/run/training.ts';
import { isRegression } from '../../data/dataset.ts';
import { readText } from '../../data/files/read-text.ts';
import { UsageError } from '../../errors.ts';
import { formatParameterFile, parseParameterFile } from '../../network/parameter-file.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { describeNetwork } from '../../network/spec.ts';
import { describeSettings } from '../../report/words/settings.ts';
import { formatCount, formatLoss, formatNumber, formatPercent } from '../../report/words/numbers.ts';
import { requireWritable, writeText } from '../../data/files/write.ts';
import { createFactories } from '../engines.ts';
import { environment } from '../../program/environment.ts';
import { commandLine, runTiming } from '../environment.ts';
import { EXIT } from '../../program/exit-codes.ts';
import { sayNotes } from '../data.ts';
import { createExperiment } from '../experiment.ts';
import type { Experiment } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import type { Options } from '../options.ts';
import { createProgress } from '../../program/progress.ts';
import { prepareOut } from '../reports.ts';

export const PARAMETER_FILE = 'parameters.json';

export async function runTrain(options: Options, io: Io): Promise<number> {
  const startedAt = io.date();
  const folder = prepareOut(options);
  if (options.save !== undefined) requireWritable(dirname(options.save), '--save');
  const experiment = createExperiment(options, 'train');
  const { network, batches, dataset, scaling, settings } = experiment;
  sayNotes(dataset, io);
  const engine = await createFactories(experiment, options).candidate();
  const progress = createProgress(io, { candidate: engine.label });
  const test = { examples: dataset.test, classes: dataset.classes, scaling };
  const initial = startingParameters(options, experiment);
  const info = engineInfo(engine);
  const run = await train(engine, { network, initial, batches, test, phase: 'candidate' }, progress.watch)
    .finally(progress.stop)
    .finally(() => engine.dispose());
  const file = options.save ?? join(folder, PARAMETER_FILE);
  if (run.overflowedAt === null) {
    await writeText(
      file,
      formatParameterFile({ network, scaling, dataset: dataset.name, parameters: run.parameters }),
      '--save',
    );
  }
  const rate = (run.losses.length * batches.examplesSeen * 1000) / batches.steps / Math.max(run.milliseconds, 1e-9);
  if (options.json === true) {
    const document = {
      schemaVersion: 1,
      kind: 'train',
      command: commandLine('train', options, { seed: settings.seed }),
      settings,
      engine: info,
      loss: run.losses.map((x) => (Number.isFinite(x) ? x : String(x))),
      overflowedAt: run.overflowedAt,
      accuracy: run.evaluation?.accuracy ?? null,
      ...(isRegression(dataset) && { testLoss: run.evaluation?.loss ?? null }),
      parameters: run.overflowedAt === null ? file : null,
      interrupted: io.signal.aborted,
      environment: environment(),
      timing: { ...runTiming(startedAt), trainMilliseconds: run.milliseconds, samplesPerSecond: rate },
    };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
  } else {
    io.out(summary(run, `${info.label}: ${describeSettings(settings)}`, file, rate, io.signal.aborted));
  }
  if (io.signal.aborted) return EXIT.interrupted;
  return run.overflowedAt === null ? EXIT.agree : EXIT.disagree;
}

function summary(run: Trajectory, title: string, file: string, rate: number, interrupted: boolean): string {
  if (run.overflowedAt !== null) {
    return `${title}\nThe loss overflowed at step ${run.overflowedAt}; nothing was saved. Try a smaller learning rate.\n`;
  }
  return [
    title,
    ...(interrupted ? [`INTERRUPTED after ${formatCount(run.losses.length)} steps`] : []),
    `first loss     ${formatNumber(run.losses[0] ?? NaN)}`,
    `final loss     ${formatNumber(finalLoss(run.losses))}   (mean of the last tenth of ${formatCount(run.losses.length)} steps)`,
    run.evaluation?.loss === undefined
      ? `test accuracy  ${formatPercent(run.evaluation?.accuracy ?? null)}`
      : `test loss      ${formatLoss(run.evaluation.loss)}`,
    `speed          ${formatCount(Math.round(rate))} examples/s`,
    `Parameters: ${file}`,
    '',
  ].join('\n');
}

function startingParameters(options: Options, { network, initial, dataset, scaling }: Experiment): Parameters {
  if (options.load === undefined) return initial;
  const saved = parseParameterFile(readText(options.load), options.load);
  if (JSON.stringify(saved.network) !== JSON.stringify(network)) {
    throw new UsageError(
      `${options.load} has the network ${describeNetwork(saved.network)}, this run has ${describeNetwork(network)}`,
      'give the options of the saved network',
    );
  }
  if (saved.dataset !== dataset.name || saved.scaling.id !== scaling.id) {
    throw new UsageError(
      `${options.load} was trained on ${saved.dataset}, scale ${saved.scaling.id}; this run has ${dataset.name}, scale ${scaling.id}`,
      'give --dataset and --scale of the saved run',
    );
  }
  return copyParameters(saved.parameters, 'f32');
}

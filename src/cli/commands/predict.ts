// backproof predict: one test example as text art, with the probabilities that a trained network gives its classes.
import { join } from 'node:path';
import { testInputs } from '../../check/test-set.ts';
import { train } from '../../check/training.ts';
import type { Dataset } from '../../data/dataset.ts';
import { loadDataset } from '../../data/load.ts';
import { readText, readTextIfThere } from '../../data/read-text.ts';
import { UsageError } from '../../errors.ts';
import { parseParameterFile } from '../../network/parameter-file.ts';
import type { ParameterFile } from '../../network/parameter-file.ts';
import { copyParameters } from '../../network/parameters.ts';
import { describeNetwork, outputs } from '../../network/spec.ts';
import { argMax } from '../../numeric/matrix.ts';
import { drawImage, drawProbabilities } from '../../report/digit.ts';
import { formatCount, formatPercent } from '../../report/sentences.ts';
import { createFactories } from '../engines.ts';
import { EXIT } from '../exit-codes.ts';
import { DEFAULTS, createExperiment, optimizerOf } from '../experiment.ts';
import type { Io } from '../io.ts';
import { MODEL_OPTIONS } from '../options.ts';
import type { Options, ValueOption } from '../options.ts';
import { createProgress } from '../progress.ts';
import { outFolder } from '../reports.ts';
import { PARAMETER_FILE } from './train.ts';

/** Training examples for a network made on the spot: enough for nine digits in ten, in about a second. */
const QUICK_TRAIN_SIZE = 10_000;

export async function runPredict(options: Options, io: Io): Promise<number> {
  const dataset = loadDatasetOf(options);
  const index = options.index ?? 0;
  if (index >= dataset.test.count) {
    throw new UsageError(`--index: 0 to ${dataset.test.count - 1} (the test set) expected, ${index} found`);
  }
  const model = await findModel(options, dataset, io);
  if (model === null) return EXIT.interrupted;
  requireFit(model, dataset);
  const engine = await createFactories({ ...model, optimizer: optimizerOf(options) }, options).candidate();
  await engine.load(copyParameters(model.parameters, engine.dtype));
  const test = { examples: dataset.test, classes: dataset.classes, scaling: model.scaling };
  const out = await engine.predict(testInputs(test, index, 1));
  await engine.dispose();
  const [label, predicted] = [dataset.test.labels[index], argMax(out, 0)];
  const shares = Array.from(out.data);
  if (options.json === true) {
    const document = {
      schemaVersion: 1,
      kind: 'predict',
      dataset: dataset.name,
      index,
      label,
      predicted,
      outputs: shares,
    };
    io.out(`${JSON.stringify(document, null, 1)}\n`);
    return EXIT.agree;
  }
  io.out(drawExample(dataset, index));
  io.out(`\nTest example ${index} of ${dataset.name}, label ${label}; ${describeNetwork(model.network)}\n\n`);
  io.out(drawProbabilities(shares, label));
  return EXIT.agree;
}

/** Options that say which example is shown, not which network answers. */
const OF_THE_DATA: readonly ValueOption[] = ['dataset', 'data', 'classes', 'test-size', 'seed'];

/** The file asked for, else the one `train` left behind, else a network trained on the spot; null if that was interrupted. */
async function findModel(options: Options, shown: Dataset, io: Io): Promise<ParameterFile | null> {
  const asked = MODEL_OPTIONS.find((name) => options[name] !== undefined && !OF_THE_DATA.includes(name));
  if (options.load !== undefined) {
    if (asked !== undefined)
      throw new UsageError(`--${asked} does not go with --load: the file brings its own network`);
    return parseParameterFile(readText(options.load), options.load);
  }
  if (asked !== undefined) return trainQuickly(options, shown, io);
  const file = join(outFolder(options), PARAMETER_FILE);
  const text = readTextIfThere(file);
  if (text !== null) {
    const saved = parseParameterFile(text, file);
    if (saved.dataset === (options.data ?? options.dataset ?? DEFAULTS.dataset)) {
      io.err(`Parameters: ${file}\n`);
      return saved;
    }
  }
  return trainQuickly(options, shown, io);
}

async function trainQuickly(options: Options, shown: Dataset, io: Io): Promise<ParameterFile | null> {
  const { network, optimizer, initial, batches, dataset, scaling } = createExperiment({
    ...options,
    'train-size': options['train-size'] ?? Math.min(shown.train.count, QUICK_TRAIN_SIZE),
  });
  io.err(
    `No trained parameters (npm run train makes them): training on ${formatCount(dataset.train.count)} examples first.\n`,
  );
  const engine = await createFactories({ network, optimizer, scaling }, options).candidate();
  const progress = createProgress(io, { candidate: engine.label });
  const test = { examples: dataset.test, classes: dataset.classes, scaling };
  const run = await train(engine, { network, initial, batches, test, phase: 'candidate' }, progress.watch)
    .finally(progress.stop)
    .finally(() => engine.dispose());
  if (io.signal.aborted) return null;
  if (run.overflowedAt !== null)
    throw new UsageError(`the loss overflowed at step ${run.overflowedAt}`, 'try a smaller learning rate');
  io.err(`Test accuracy: ${formatPercent(run.evaluation?.accuracy ?? null)}\n\n`);
  return { network, scaling, dataset: dataset.name, parameters: run.parameters };
}

function loadDatasetOf(options: Options): Dataset {
  return loadDataset({
    dataset: options.dataset ?? DEFAULTS.dataset,
    seed: options.seed ?? DEFAULTS.seed,
    ...(options.data !== undefined && { data: options.data }),
    ...(options.classes !== undefined && { classes: options.classes }),
    ...(options['test-size'] !== undefined && { testSize: options['test-size'] }),
  });
}

function requireFit({ network }: ParameterFile, dataset: Dataset): void {
  if (network.inputs === dataset.test.width && outputs(network) === dataset.classes) return;
  throw new UsageError(
    `the parameters are of ${describeNetwork(network)}, ${dataset.name} has ${dataset.test.width} inputs and ${dataset.classes} classes`,
    'give the data set they were trained on',
  );
}

function drawExample({ test, image }: Dataset, index: number): string {
  const values = test.values.subarray(index * test.width, (index + 1) * test.width);
  if (image !== undefined) return drawImage(values, image.rows, image.cols);
  return `inputs ${Array.from(values, (x) => x.toFixed(3)).join(', ')}\n`;
}

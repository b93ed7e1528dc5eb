// Finds a trained network for predict: read from a file, or trained first.
import { join } from 'node:path';
import { train } from '../check/run/training.ts';
import { isRegression } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import { readText, readTextIfThere } from '../data/files/read-text.ts';
import { createEngine, lackOf } from '../engines/registry.ts';
import { UsageError } from '../errors.ts';
import { parseParameterFile } from '../network/parameter-file.ts';
import type { ParameterFile } from '../network/parameter-file.ts';
import { describeNetwork, outputs } from '../network/spec.ts';
import { formatCount, formatLoss, formatPercent } from '../report/words/numbers.ts';
import { PARAMETER_FILE } from './commands/train.ts';
import { DEFAULTS, PREDICT_EPOCHS_ON_MNIST } from './arguments/defaults.ts';
import { DATA_OPTIONS } from './data.ts';
import { program } from './environment.ts';
import { createExperiment } from './experiment.ts';
import type { Io } from '../program/io.ts';
import { MODEL_OPTIONS } from './model-options.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';
import { createProgress } from '../program/progress.ts';
import { outFolder } from './reports.ts';

/** Options that choose the example, not the network. */
const OF_THE_DATA: readonly (ValueOption | FlagOption)[] = [...DATA_OPTIONS, 'test-size', 'seed'];

/**
 * The file given by --load, or the one that `train` saved, or a network that is trained first; null
 * if that was interrupted.
 * @throws UsageError where it does not fit the data set
 */
export async function findTrained(options: Options, shown: Dataset, io: Io): Promise<ParameterFile | null> {
  const found = await find(options, io);
  if (found !== null) requireFit(found, shown);
  return found;
}

async function find(options: Options, io: Io): Promise<ParameterFile | null> {
  const asked = MODEL_OPTIONS.find((name) => options[name] !== undefined && !OF_THE_DATA.includes(name));
  if (options.load !== undefined) {
    if (asked !== undefined) throw new UsageError(`--${asked} does not go with --load: the file has its own network`);
    return parseParameterFile(readText(options.load), options.load);
  }
  if (asked !== undefined) return trainQuickly(options, io);
  const file = join(outFolder(options), PARAMETER_FILE);
  const text = readTextIfThere(file);
  if (text !== null) {
    const saved = parseParameterFile(text, file);
    if (saved.dataset === (options.data ?? options.dataset ?? DEFAULTS.dataset)) {
      io.err(`Parameters: ${file}\n`);
      return saved;
    }
  }
  return trainQuickly(options, io);
}

async function trainQuickly(options: Options, io: Io): Promise<ParameterFile | null> {
  const ofMnist = (options.dataset ?? DEFAULTS.dataset) === 'mnist' && options.epochs === undefined;
  const { network, optimizer, initial, batches, dataset, scaling } = createExperiment(
    { ...options, ...(ofMnist && { epochs: PREDICT_EPOCHS_ON_MNIST }) },
    'train',
  );
  // the fastest; it does not matter here which engine trains
  const engine = await createEngine(
    lackOf('wasm', network, optimizer).length === 0 ? 'wasm' : 'vector',
    network,
    optimizer,
  );
  io.err(
    `No trained parameters (${program()} train writes them): training on ${formatCount(dataset.train.count)} examples first, with ${engine.label}.\n`,
  );
  const progress = createProgress(io, { candidate: engine.label });
  const test = { examples: dataset.test, classes: dataset.classes, scaling };
  const run = await train(engine, { network, initial, batches, test, phase: 'candidate' }, progress.watch)
    .finally(progress.stop)
    .finally(() => engine.dispose());
  if (io.signal.aborted) return null;
  if (run.overflowedAt !== null)
    throw new UsageError(`the loss overflowed at step ${run.overflowedAt}`, 'try a smaller learning rate');
  const { accuracy = null, loss } = run.evaluation ?? {};
  io.err(loss === undefined ? `Test accuracy: ${formatPercent(accuracy)}\n\n` : `Test loss: ${formatLoss(loss)}\n\n`);
  return { network, scaling, dataset: dataset.name, parameters: run.parameters };
}

function requireFit({ network }: ParameterFile, dataset: Dataset): void {
  const isFit = outputs(network) === dataset.classes || (outputs(network) === 1 && dataset.classes === 2);
  if (network.inputs === dataset.test.width && isFit) return;
  throw new UsageError(
    `the parameters are of ${describeNetwork(network)}, ${dataset.name} has ${dataset.test.width} inputs and ${dataset.classes} ${isRegression(dataset) ? 'targets per example' : 'classes'}`,
    'give the data set they were trained on',
  );
}

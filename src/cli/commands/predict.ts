// backproof predict: draws a digit, your own or a test digit, as text, with the probabilities that
// both engines give its classes.
import { join } from 'node:path';
import { inTurn } from '../../check/pair.ts';
import { predictBoth } from '../../check/prediction.ts';
import type { EnginePrediction, Prediction } from '../../check/prediction.ts';
import { testInputs } from '../../check/run/test-set.ts';
import { withEngines } from '../../check/with-engines.ts';
import type { Dataset } from '../../data/dataset.ts';
import { SIDE } from '../../data/picture/digit.ts';
import { encodePng, readDigit } from '../../data/picture/file.ts';
import type { DigitPicture } from '../../data/picture/file.ts';
import { startBackend } from '../../engines/tfjs/tfjs.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { UsageError } from '../../errors.ts';
import type { ParameterFile } from '../../network/parameter-file.ts';
import { describeNetwork } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { drawImage, drawProbabilities, listOutputs } from '../../report/words/digit.ts';
import { wordsForNonFinite } from '../../report/non-finite.ts';
import { formatNumber } from '../../report/words/numbers.ts';
import { pictureSentence, predictionSentences } from '../../report/words/prediction.ts';
import { writeBytes } from '../../data/files/write.ts';
import { createFactories, judged } from '../engines.ts';
import { commandLine } from '../environment.ts';
import { EXIT, exitCodeOfRun } from '../../program/exit-codes.ts';
import { DEFAULTS } from '../arguments/defaults.ts';
import { loadDataOf, sayNotes } from '../data.ts';
import { optimizerOf } from '../experiment.ts';
import type { Io } from '../../program/io.ts';
import type { Options } from '../options.ts';
import { attempt } from '../../program/write-all.ts';
import { prepareOut } from '../reports.ts';
import { findTrained } from '../trained-network.ts';
import { chosen } from './compare.ts';

/** The prepared picture is saved beside the reports; each pixel becomes a square of this side. */
const KEPT = { file: 'predict.png', enlarged: 10 };

/** One example to show. */
interface Shown {
  /** The example is dataset.test[index]. */
  readonly dataset: Dataset;
  readonly index: number;
  /** The right class; null for a picture, and where the example has targets. */
  readonly label: number | null;
  /** Of regression: what the outputs should be. */
  readonly targets: readonly number[] | null;
  readonly picture: (DigitPicture & { readonly keptAs: string }) | null;
}

export async function runPredict(options: Options, io: Io): Promise<number> {
  const { 'train-size': _, ...shownOptions } = options;
  const dataset = loadDataOf(shownOptions);
  sayNotes(dataset, io);
  const shown = options.image === undefined ? testExample(dataset, options) : await ownPicture(dataset, options);
  await requireBackend(options);
  const trained = await findTrained(options, dataset, io);
  if (trained === null) return EXIT.interrupted;
  const prediction = await predict(trained, shown, options);
  const { picture } = shown;
  const allWritten = picture === null || (await attempt(() => keep(picture), io));
  io.out(options.json === true ? document(shown, prediction, options) : text(shown, prediction, trained.network));
  return exitCodeOfRun(prediction.verdict, { interrupted: false, allWritten });
}

function testExample(dataset: Dataset, options: Options): Shown {
  const index = options.index ?? 0;
  if (index >= dataset.test.count) {
    throw new UsageError(`--index: expected 0 to ${dataset.test.count - 1} (the test set), got ${index}`);
  }
  const { labels, targets } = dataset.test;
  if (targets === undefined) return { dataset, index, label: labels[index], targets: null, picture: null };
  const own = targets.values.subarray(index * targets.width, (index + 1) * targets.width);
  return { dataset, index, label: null, targets: Array.from(own), picture: null };
}

/**
 * The picture replaces the test set.
 * @throws UsageError if the data set does not have digits like MNIST's
 */
async function ownPicture(dataset: Dataset, options: Options): Promise<Shown> {
  if (options.index !== undefined) throw new UsageError('--index does not go with --image: it chooses a test digit');
  const { image, classes, name } = dataset;
  if (image?.rows !== SIDE || image.cols !== SIDE || classes !== 10) {
    const found = image === undefined ? 'no pictures' : `pictures of ${image.rows} x ${image.cols}`;
    throw new UsageError(
      `--image needs pictures of ${SIDE} x ${SIDE} in 10 classes; ${name} has ${found} in ${classes} classes`,
    );
  }
  const folder = prepareOut(options);
  const picture = await readDigit(options.image as string);
  const test = { count: 1, width: SIDE * SIDE, values: picture.pixels, labels: Uint8Array.of(0) };
  return {
    dataset: { ...dataset, test },
    index: 0,
    label: null,
    targets: null,
    picture: { ...picture, keptAs: join(folder, KEPT.file) },
  };
}

/** Checks the backend before anything is trained. @throws EngineUnavailableError */
async function requireBackend({ engine, reference, backend, threads }: Options): Promise<void> {
  if (![engine ?? DEFAULTS.engine, reference ?? DEFAULTS.reference].includes('tfjs')) return;
  await startBackend(backend ?? DEFAULTS.backend, threads);
}

async function predict(trained: ParameterFile, { dataset, index }: Shown, options: Options): Promise<Prediction> {
  const factories = createFactories({ ...trained, optimizer: optimizerOf(options) }, options);
  const test = { examples: dataset.test, classes: dataset.classes, scaling: trained.scaling };
  return withEngines(async (open) => {
    const engines = await inTurn<EngineFactory, Engine>(factories, open);
    return predictBoth(judged(trained.network, options), trained.parameters, testInputs(test, index, 1), engines);
  });
}

async function keep({ pixels, keptAs }: NonNullable<Shown['picture']>): Promise<void> {
  await writeBytes(keptAs, await encodePng(pixels, SIDE, SIDE, KEPT.enlarged));
}

function text(shown: Shown, prediction: Prediction, network: NetworkSpec): string {
  const { dataset, index, label, targets, picture } = shown;
  const right = targets === null ? `label ${label}` : `target ${targets.map((t) => formatNumber(t)).join(', ')}`;
  const what =
    picture === null
      ? `Test example ${index} of ${dataset.name}, ${right}; ${describeNetwork(network)}\n`
      : `${pictureSentence(picture)}\nAs the network sees it: ${picture.keptAs}; ${describeNetwork(network)}\n`;
  const { candidate, reference } = prediction;
  const [one, two] = [candidate, reference].map((side) => ({ ...side, label: side.engine.label }));
  const answers = targets === null ? drawProbabilities(one, two, label) : listOutputs(one, two, targets);
  const said = predictionSentences(prediction, targets === null ? 'class' : 'output');
  return `${drawExample(shown)}\n${what}\n${answers}\n${said}\n`;
}

function drawExample(shown: Shown): string {
  const { image } = shown.dataset;
  if (image !== undefined) return drawImage(valuesOf(shown), image.rows, image.cols);
  return `inputs ${valuesOf(shown)
    .map((x) => x.toFixed(3))
    .join(', ')}\n`;
}

function valuesOf({ dataset: { test }, index }: Shown): number[] {
  return Array.from(test.values.subarray(index * test.width, (index + 1) * test.width));
}

/** The document of --json. NaN and infinity, which JSON does not have, become strings. */
function document(shown: Shown, prediction: Prediction, options: Options): string {
  const { dataset, index, label, targets, picture } = shown;
  const predicted = (side: EnginePrediction): number | null => (targets === null ? side.predicted : null);
  const { candidate, reference, verdict, largestDifference, worst } = prediction;
  const cols = dataset.image?.cols ?? 0;
  const content = {
    schemaVersion: 1,
    kind: 'predict',
    command: commandLine('predict', options, chosen(options.seed ?? DEFAULTS.seed, enginesOf(prediction))),
    dataset: dataset.name,
    index: picture === null ? index : null,
    label,
    ...(targets !== null && { targets }),
    picture: pictureOf(picture),
    pixels:
      dataset.image === undefined
        ? null
        : Array.from({ length: dataset.image.rows }, (_, r) => valuesOf(shown).slice(r * cols, (r + 1) * cols)),
    verdict: { kind: verdict, ...(verdict === 'agree' && { usedOfBound: worst.usedOfBound }) },
    predicted: predicted(candidate),
    outputs: candidate.outputs,
    candidate: { ...candidate.engine, predicted: predicted(candidate), outputs: candidate.outputs },
    reference: { ...reference.engine, predicted: predicted(reference), outputs: reference.outputs },
    largestDifference,
    worst,
  };
  return `${JSON.stringify(content, wordsForNonFinite, 1)}\n`;
}

function enginesOf({ candidate, reference }: Prediction): Parameters<typeof chosen>[1] {
  return { candidate: candidate.engine, reference: reference.engine };
}

/** A picture without its pixels. */
function pictureOf(picture: Shown['picture']): Record<string, unknown> | null {
  if (picture === null) return null;
  const { file, format, rows, cols, shade, threshold, specks, keptAs } = picture;
  return { file, format, rows, cols, ink: shade, threshold, specks, keptAs };
}

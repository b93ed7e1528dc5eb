// Reads drawn digits with a trained network: prepares the picture, asks both engines, and finds
// which pixels spoke for the answer. Runs anywhere; worker.ts runs it beside the page.
import { predictBoth } from '../../check/prediction.ts';
import { train } from '../../check/run/training.ts';
import { UNWATCHED } from '../../check/watch.ts';
import type { Dataset } from '../../data/dataset.ts';
import { digitOf } from '../../data/picture/digit.ts';
import { fitScaling, scaleInto } from '../../data/scaling.ts';
import type { Engine } from '../../engines/engine.ts';
import { classOf } from '../../network/batch.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Run } from '../train/choices.ts';
import type { Answer, Picture } from './protocol.ts';
import { spokeFor } from './speak.ts';

/** Passes over the digits for a network that is trained in the background. */
export const EPOCHS = { small: 8, all: 3 } as const;

/** A network that knows digits, and how well. */
export interface Trained {
  readonly parameters: Parameters;
  readonly accuracy: number;
}

/** Trains from the run's start for so many passes. @param report gets the share that is done */
export async function trained(
  engine: Engine,
  { network, initial, batches, test }: Run,
  epochs: number,
  report: (share: number) => void,
): Promise<Trained> {
  const steps = epochs * batches.stepsPerEpoch;
  const progress = (_: string, done: number, total: number): void => report(done / total);
  const request = { network, initial, batches: { ...batches, steps }, test, phase: 'candidate' } as const;
  const { parameters, evaluation } = await train(engine, request, { ...UNWATCHED, progress });
  return { parameters, accuracy: evaluation?.accuracy ?? 0 };
}

/** What is asked about each picture. */
export interface Reading {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly digits: Dataset;
  readonly hand: Engine;
  /** TensorFlow.js; null until it is loaded. */
  readonly reference: Engine | null;
}

/**
 * @throws DataError if there is no digit in the picture
 */
export async function read(
  { network, parameters, digits, hand, reference }: Reading,
  picture: Picture,
): Promise<Omit<Answer, 'kind' | 'id'>> {
  const { pixels, label } = pixelsOf(picture, digits);
  const inputs = zeros('f32', 1, pixels.length);
  scaleInto(inputs.data as Float32Array, 0, pixels, 0, pixels.length, fitScaling('unit', digits.train));
  const both = reference && (await predictBoth(network, parameters, inputs, { candidate: hand, reference }));
  const { outputs, predicted } = both?.candidate ?? (await own(network, hand, parameters, inputs));
  const spoke = spokeFor(network, parameters, inputs, predicted);
  return { pixels, label, outputs, predicted, spoke: Float64Array.from(spoke.data), both };
}

/** The hand-written network's answer, while it is alone. */
async function own(
  network: NetworkSpec,
  hand: Engine,
  parameters: Parameters,
  inputs: Matrix,
): Promise<Pick<Answer, 'outputs' | 'predicted'>> {
  await hand.load(parameters);
  const out = await hand.predict(inputs);
  return { outputs: Array.from(out.data), predicted: classOf(network, out, 0) };
}

/** A drawing is prepared as MNIST's makers prepared theirs; a test digit is so already. */
function pixelsOf(picture: Picture, { test }: Dataset): { pixels: Uint8Array; label: number | null } {
  if (picture.kind === 'drawing') return { pixels: digitOf(picture).pixels, label: null };
  const at = picture.index % test.count;
  const pixels = Uint8Array.from(test.values.subarray(at * test.width, (at + 1) * test.width));
  return { pixels, label: test.labels[at] ?? null };
}

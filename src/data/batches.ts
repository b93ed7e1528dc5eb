// Deterministic mini-batches: step s of a seed is the same batch everywhere, and steps may be asked
// for in any order.
import { DataError, UsageError } from '../errors.ts';
import type { Batch } from '../network/batch.ts';
import { heldBatch } from '../network/held.ts';
import { drawMasks } from '../network/masks.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { createRng, permutation } from '../numeric/rng.ts';
import type { Examples, Targets } from './dataset.ts';
import { scaleInto } from './scaling.ts';
import type { Scaling } from './scaling.ts';

/** Examples per step, passes over all examples, and the seed of their order. */
export interface BatchPlan {
  readonly batchSize: number;
  readonly epochs: number;
  readonly seed: number;
  /**
   * 1: the target of an example is one number, its class 0 or 1. Default: one-hot, a number for
   * each class.
   */
  readonly outputs?: 1 | undefined;
  /** Where some layer draws masks, batches have them; they depend on the seed and the step. */
  readonly network?: NetworkSpec;
}

/** Step s (from 0) to its batch. The last batch of an epoch holds what is left. */
export interface Batches {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Examples of all steps together. */
  readonly examplesSeen: number;
  /** The examples that the batches are made of. */
  readonly examples: Examples;
  readonly classes: number;
  readonly scaling: Scaling;
  /** What createBatches made them from: another thread makes the same ones from it. */
  readonly plan?: BatchPlan;
  /**
   * Positions of the examples in the batch of a step, in order. Valid until those of another epoch
   * are asked for.
   */
  positions(step: number): Uint32Array;
  /** The batch of a step: scaled inputs (B, D) and targets (B, K), one-hot for classes. */
  batch(step: number): Batch;
}

/**
 * Shuffles anew in each epoch.
 * @throws UsageError on a batch size or a number of epochs out of range
 */
export function createBatches(examples: Examples, classes: number, scaling: Scaling, plan: BatchPlan): Batches {
  const { batchSize, epochs, seed, outputs, network } = plan;
  if (outputs === 1 && classes !== 2)
    throw new UsageError(`one output tells two classes apart, and the data set has ${classes}`);
  if (!Number.isSafeInteger(batchSize) || batchSize < 1 || batchSize > examples.count) {
    throw new UsageError(`batch size: expected 1 to ${examples.count} (the training set), got ${batchSize}`);
  }
  if (!Number.isSafeInteger(epochs) || epochs < 1) {
    throw new UsageError(`epochs: expected a whole number of at least 1, got ${epochs}`);
  }
  const stepsPerEpoch = Math.ceil(examples.count / batchSize);
  let orderEpoch = -1;
  let order: Uint32Array = new Uint32Array(0);
  const positions = (step: number): Uint32Array => {
    if (!(Number.isSafeInteger(step) && step >= 0 && step < epochs * stepsPerEpoch)) {
      throw new RangeError(`step ${step} of ${epochs * stepsPerEpoch}`);
    }
    const epoch = Math.floor(step / stepsPerEpoch);
    if (epoch !== orderEpoch) {
      [orderEpoch, order] = [epoch, permutation(createRng(seed, `epoch ${epoch}`), examples.count)];
    }
    const start = (step % stepsPerEpoch) * batchSize;
    return order.subarray(start, start + batchSize);
  };
  return {
    steps: epochs * stepsPerEpoch,
    stepsPerEpoch,
    examplesSeen: epochs * examples.count,
    examples,
    classes,
    scaling,
    plan,
    positions,
    batch: (step) => {
      const batch = batchOf(examples, classes, scaling, positions(step), outputs);
      if (network === undefined) return batch;
      return { ...batch, ...drawMasks(network, batch.inputs.rows, createRng(seed, `masks ${step}`)) };
    },
  };
}

/** Batches of numbers that all engines of this network's run can hold. */
export function heldBatches(network: NetworkSpec, batches: Batches): Batches {
  return { ...batches, batch: (step) => heldBatch(network, batches.batch(step)) };
}

/**
 * The examples at these positions, scaled, with their targets; for classes these are one-hot: 1 at
 * the example's class, 0 elsewhere.
 * @param outputs 1: the class itself instead
 */
export function batchOf(
  examples: Examples,
  classes: number,
  scaling: Scaling,
  positions: ArrayLike<number>,
  outputs?: 1,
): Batch {
  const { width, values, labels, targets } = examples;
  const inputs = zeros('f32', positions.length, width);
  for (let r = 0; r < positions.length; r++) {
    const from = positions[r] * width;
    scaleInto(inputs.data as Float32Array, r * width, values, from, from + width, scaling);
  }
  if (targets !== undefined) return { inputs, targets: targetsOf(targets, positions) };
  const own = Uint8Array.from(positions, (p) => labels[p]);
  const one = { rows: own.length, cols: 1, data: Float32Array.from(own) };
  return { inputs, targets: outputs === 1 ? one : oneHot(own, classes) };
}

/** (B, K): the targets of the examples at these positions. */
function targetsOf({ width, values }: Targets, positions: ArrayLike<number>): Matrix {
  const targets = zeros('f32', positions.length, width);
  for (let r = 0; r < positions.length; r++) {
    for (let k = 0; k < width; k++) targets.data[r * width + k] = values[positions[r] * width + k];
  }
  return targets;
}

/**
 * (B, classes): row b is 0, except for a 1 in column labels[b].
 * @throws DataError on a label that is not a class
 */
export function oneHot(labels: ArrayLike<number>, classes: number): Matrix {
  const targets = zeros('f32', labels.length, classes);
  for (let r = 0; r < labels.length; r++) {
    if (!(labels[r] < classes))
      throw new DataError(
        `label ${labels[r]} at position ${r}: expected a label below ${classes}, the number of classes`,
      );
    targets.data[r * classes + labels[r]] = 1;
  }
  return targets;
}

// Data sets with rearranged pixels: in another order, or shifted.
import type { Dataset, Examples } from '../../src/data/dataset.ts';
import type { Rng } from '../../src/numeric/rng.ts';
import { permutation } from '../../src/numeric/rng.ts';

/** Pixel i of every image becomes its pixel order[i]. */
export function permutedAlike(dataset: Dataset, order: ArrayLike<number>): Dataset {
  return mapped(dataset, (to, from) => {
    for (let i = 0; i < to.length; i++) to[i] = from[order[i]];
  });
}

/** Shuffles each image, training or test, in an order of its own. */
export function permutedEach(dataset: Dataset, rng: Rng): Dataset {
  return mapped(dataset, (to, from) => {
    const order = permutation(rng, to.length);
    for (let i = 0; i < to.length; i++) to[i] = from[order[i]];
  });
}

/** Images shifted right by some pixels: the right edge is lost, and black enters on the left. */
export function movedRight(examples: Examples, pixels: number, cols: number): Examples {
  return mappedExamples(examples, (to, from) => {
    for (let i = 0; i < to.length; i++) if (i % cols >= pixels) to[i] = from[i - pixels];
  });
}

/** The accuracy of a guess by ink alone: the digit most frequent in training among images with about as much ink. */
export function accuracyByInk({ train, test, classes }: Dataset): number {
  const bins = 100;
  const binOf = ({ values, width }: Examples, e: number): number => {
    let sum = 0;
    for (let i = e * width; i < (e + 1) * width; i++) sum += values[i];
    return Math.min(bins - 1, Math.floor((bins * sum) / (255 * 0.4 * width)));
  };
  const counts = Array.from({ length: bins }, () => new Array<number>(classes).fill(0));
  for (let e = 0; e < train.count; e++) counts[binOf(train, e)][train.labels[e]]++;
  const guess = counts.map((row) => row.indexOf(Math.max(...row)));
  let right = 0;
  for (let e = 0; e < test.count; e++) if (guess[binOf(test, e)] === test.labels[e]) right++;
  return right / test.count;
}

type Change = (to: Uint8Array, from: Uint8Array) => void;

function mapped(dataset: Dataset, change: Change): Dataset {
  return { ...dataset, train: mappedExamples(dataset.train, change), test: mappedExamples(dataset.test, change) };
}

function mappedExamples(examples: Examples, change: Change): Examples {
  const { count, width } = examples;
  const [from, to] = [examples.values as Uint8Array, new Uint8Array(count * width)];
  for (let e = 0; e < count * width; e += width) change(to.subarray(e, e + width), from.subarray(e, e + width));
  return { ...examples, values: to };
}

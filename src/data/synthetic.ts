// Small generated data sets with two numbers per example, for quick runs.
import { cos, sin } from '../numeric/trigonometric.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import type { Dataset, Examples } from './dataset.ts';

/** One example: its two coordinates and its class. */
type Draw = (rng: Rng) => readonly [x: number, y: number, label: number];

const NOISE = 0.1; // standard deviation of the coordinates

/**
 * Corners of the unit square; the class is the exclusive or of the coordinates (Minsky &
 * Papert 1969).
 */
const xor: Draw = (rng) => {
  const [a, b] = [rng.below(2), rng.below(2)];
  return [a + NOISE * rng.normal(), b + NOISE * rng.normal(), a ^ b];
};

/** Two interleaved half circles. */
const moons: Draw = (rng) => {
  const label = rng.below(2);
  const angle = Math.PI * rng.uniform();
  const [x, y] = label === 0 ? [cos(angle), sin(angle)] : [1 - cos(angle), 0.5 - sin(angle)];
  return [x + NOISE * rng.normal(), y + NOISE * rng.normal(), label];
};

/** Three arms of a spiral, each turning by 4 radians. */
const spirals: Draw = (rng) => {
  const label = rng.below(3);
  const radius = rng.uniform();
  const angle = 4 * (label + radius) + 2 * NOISE * rng.normal();
  return [radius * sin(angle), radius * cos(angle), label];
};

const SETS = {
  xor: { draw: xor, classes: 2 },
  moons: { draw: moons, classes: 2 },
  spirals: { draw: spirals, classes: 3 },
};
/** One of SYNTHETIC. */
export type SyntheticId = keyof typeof SETS;
/** Generated sets by name. */
export const SYNTHETIC = Object.keys(SETS) as SyntheticId[];

/** Generates training and test examples; the same seed gives the same ones. */
export function makeSynthetic(name: SyntheticId, trainSize: number, testSize: number, seed: number): Dataset {
  const { draw, classes } = SETS[name];
  const examples = (count: number, part: string): Examples => {
    const rng = createRng(seed, `${name} ${part}`);
    const [values, labels] = [new Float32Array(2 * count), new Uint8Array(count)];
    for (let i = 0; i < count; i++) [values[2 * i], values[2 * i + 1], labels[i]] = draw(rng);
    return { count, width: 2, values, labels };
  };
  return { name, classes, train: examples(trainSize, 'train'), test: examples(testSize, 'test') };
}

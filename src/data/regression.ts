// Generated data sets for regression: each example has a target in place of a class.
import { exp } from '../numeric/elementary.ts';
import { sin } from '../numeric/trigonometric.ts';
import { createRng } from '../numeric/rng.ts';
import type { Rng } from '../numeric/rng.ts';
import type { Dataset, Examples } from './dataset.ts';

/** One example: its inputs, then its target. */
type Draw = (rng: Rng) => readonly number[];

/** y = sin x + noise of standard deviation 0.1, x uniform from -π to π. */
const sine: Draw = (rng) => {
  const x = Math.PI * (2 * rng.uniform() - 1);
  return [x, sin(x) + 0.1 * rng.normal()];
};

/**
 * Eight inputs with the meaning, units and scales of California Housing (Pace & Barry 1997), but
 * generated: income (10,000 dollars), age of the houses (years), rooms and bedrooms per household,
 * population, people per household, latitude and longitude (degrees). They go from about 1 to
 * several thousand. The target is a price in 100,000 dollars:
 *   0.4·income + 0.01·age + 0.2·bedrooms - 0.15·people - 0.3·(degrees inland) + 1, and noise 0.3,
 *   within 0.15 and 5.
 */
const housing: Draw = (rng) => {
  const income = within(0.5, 15, exp(1.24 + 0.47 * rng.normal()));
  const age = 1 + rng.below(52);
  const rooms = within(1, 60, 0.3 * income + exp(1.4 + 0.3 * rng.normal()));
  const bedrooms = within(0.5, 15, 0.2 * rooms * exp(0.1 * rng.normal()));
  const population = Math.round(within(3, 35_000, exp(7 + 0.7 * rng.normal())));
  const people = within(0.7, 12, exp(1.05 + 0.25 * rng.normal()));
  const latitude = 32.5 + 9 * rng.uniform();
  const inland = Math.abs(1.2 * rng.normal());
  const longitude = -117.2 - 0.75 * (latitude - 32.5) + inland;
  const price = 0.4 * income + 0.01 * age + 0.2 * bedrooms - 0.15 * people - 0.3 * inland + 1 + 0.3 * rng.normal();
  const inputs = [income, age, rooms, bedrooms, population, people, latitude, longitude];
  return [...inputs, within(0.15, 5, price)];
};

function within(least: number, most: number, x: number): number {
  return Math.min(most, Math.max(least, x));
}

const SETS: Record<'sine' | 'housing', { draw: Draw; inputs: number; mixedScales?: true }> = {
  sine: { draw: sine, inputs: 1 },
  housing: { draw: housing, inputs: 8, mixedScales: true },
};
/** One of REGRESSION. */
export type RegressionId = keyof typeof SETS;
/** Generated sets for regression by name. */
export const REGRESSION = Object.keys(SETS) as RegressionId[];

/**
 * Generates training and test examples with one target each; the same seed gives the same ones.
 */
export function makeRegression(name: RegressionId, trainSize: number, testSize: number, seed: number): Dataset {
  const { draw, inputs, mixedScales } = SETS[name];
  const examples = (count: number, part: string): Examples => {
    const rng = createRng(seed, `${name} ${part}`);
    const [values, targets] = [new Float32Array(inputs * count), new Float32Array(count)];
    for (let i = 0; i < count; i++) {
      const numbers = draw(rng);
      values.set(numbers.slice(0, inputs), inputs * i);
      targets[i] = numbers[inputs];
    }
    return { count, width: inputs, values, labels: new Uint8Array(0), targets: { width: 1, values: targets } };
  };
  return {
    name,
    classes: 1,
    train: examples(trainSize, 'train'),
    test: examples(testSize, 'test'),
    ...(mixedScales && { mixedScales }),
  };
}

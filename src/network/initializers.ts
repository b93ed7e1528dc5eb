// Seeded initial weights. Biases start at 0.
import { lookUp } from '../errors.ts';
import type { Rng } from '../numeric/rng.ts';
import { createRng } from '../numeric/rng.ts';
import { shapesOf, zeroParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import type { NetworkSpec } from './spec.ts';

type Draw = (rng: Rng, fanIn: number, fanOut: number) => number;

const uniform = (rng: Rng, limit: number): number => (2 * rng.uniform() - 1) * limit;

/**
 * Draws one weight of a layer with fanIn inputs and fanOut units. Each has the variance of its
 * paper: Glorot & Bengio 2010 (eq. 12 and 16): 2 / (fanIn + fanOut); He et al. 2015 (eq. 10):
 * 2 / fanIn. A uniform draw in [-limit, limit] has variance limit² / 3.
 */
const DRAW = {
  'glorot-uniform': (rng, fanIn, fanOut) => uniform(rng, Math.sqrt(6 / (fanIn + fanOut))),
  'glorot-normal': (rng, fanIn, fanOut) => rng.normal() * Math.sqrt(2 / (fanIn + fanOut)),
  'he-uniform': (rng, fanIn) => uniform(rng, Math.sqrt(6 / fanIn)),
  'he-normal': (rng, fanIn) => rng.normal() * Math.sqrt(2 / fanIn),
} as const satisfies Record<string, Draw>;

/** One of INITIALIZERS. */
export type InitializerId = keyof typeof DRAW;
/** Distributions of the initial weights by name; biases start at 0. */
export const INITIALIZERS = Object.keys(DRAW) as InitializerId[];

/**
 * Initial parameters, rounded to binary32 so that every engine starts from the same numbers.
 * @throws UsageError if the initializer is unknown.
 */
export function initialParameters(network: NetworkSpec, initializer: InitializerId, seed: number): Parameters {
  const draw: Draw = lookUp(DRAW as Record<string, Draw>, initializer, 'initializer');
  const rng = createRng(seed, 'parameters');
  const parameters = zeroParameters(network, 'f32');
  shapesOf(network).forEach(({ start }, t) => {
    const { values } = parameters[t];
    if (typeof start === 'number') values.fill(start);
    else for (let i = 0; i < values.length; i++) values[i] = draw(rng, start.fanIn, start.fanOut);
  });
  return parameters;
}

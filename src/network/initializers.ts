// Seeded initial weights. Biases start at 0.
import { placed, unknownName } from '../errors.ts';
import type { Rng } from '../numeric/rng.ts';
import { createRng } from '../numeric/rng.ts';
import { numberIn } from '../ops/family.ts';
import { orthogonal } from './orthogonal.ts';
import { shapesOf, zeroParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import type { NetworkSpec } from './spec.ts';

type Draw = (rng: Rng, fanIn: number, fanOut: number) => number;
/** Fills in a tensor of this shape. */
type Fill = (values: Float32Array, rng: Rng, shape: readonly number[], fans: Fans) => void;
/** Numbers that enter and leave one unit. */
interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

const uniform = (rng: Rng, limit: number): number => (2 * rng.uniform() - 1) * limit;

/**
 * Draws one weight of a layer with fanIn inputs and fanOut units. Each has the variance of its
 * paper: Glorot & Bengio 2010 (eq. 12 and 16): 2 / (fanIn + fanOut); He et al. 2015 (eq. 10):
 * 2 / fanIn; LeCun et al. 1998 (Efficient BackProp, eq. 16): 1 / fanIn. A uniform draw in
 * [-limit, limit] has variance limit² / 3.
 */
const DRAW = {
  'glorot-uniform': (rng, fanIn, fanOut) => uniform(rng, Math.sqrt(6 / (fanIn + fanOut))),
  'glorot-normal': (rng, fanIn, fanOut) => rng.normal() * Math.sqrt(2 / (fanIn + fanOut)),
  'he-uniform': (rng, fanIn) => uniform(rng, Math.sqrt(6 / fanIn)),
  'he-normal': (rng, fanIn) => rng.normal() * Math.sqrt(2 / fanIn),
  'lecun-uniform': (rng, fanIn) => uniform(rng, Math.sqrt(3 / fanIn)),
  'lecun-normal': (rng, fanIn) => rng.normal() * Math.sqrt(1 / fanIn),
} as const satisfies Record<string, Draw>;

/** An initializer with a number in its name, and the number where the name has none: Keras' own. */
interface WithNumber {
  readonly usage: string;
  readonly standard: number;
  readonly expected: string;
  readonly fits: (x: number) => boolean;
  readonly draw: (rng: Rng, x: number) => number;
}

const isAbove0 = (x: number): boolean => x > 0;
const WITH_NUMBER = {
  constant: { usage: '[:value]', standard: 0, expected: '', fits: () => true, draw: (_rng, x) => x },
  normal: {
    usage: '[:deviation]',
    standard: 0.05,
    expected: 'above 0',
    fits: isAbove0,
    draw: (rng, x) => rng.normal() * x,
  },
  uniform: { usage: '[:limit]', standard: 0.05, expected: 'above 0', fits: isAbove0, draw: uniform },
} as const satisfies Record<string, WithNumber>;

const WHOLE = {
  zeros: (values) => values.fill(0),
  orthogonal: (values, rng, shape) => orthogonal(values, rng, shape),
} as const satisfies Record<string, Fill>;

/** One of INITIALIZERS. */
export type PlainInitializerId = keyof typeof DRAW | keyof typeof WITH_NUMBER | keyof typeof WHOLE;
/** One of INITIALIZERS, or one with its number: `normal:0.01`, `uniform:0.1`, `constant:0.5`. */
export type InitializerId = PlainInitializerId | `${keyof typeof WITH_NUMBER}:${number}`;
/** Distributions of the initial weights by name; biases start at 0. */
export const INITIALIZERS = [DRAW, WHOLE, WITH_NUMBER].flatMap(Object.keys) as PlainInitializerId[];

/** The names as choices show them: `normal[:deviation]`. */
export const INITIALIZER_CHOICES: readonly string[] = INITIALIZERS.map((id) => {
  const usage = Object.hasOwn(WITH_NUMBER, id) ? WITH_NUMBER[id as keyof typeof WITH_NUMBER].usage : '';
  return `${id}${usage}`;
});

/** @throws UsageError if there is none, listing the choices, or if its number does not fit */
export function checkInitializer(id: string): void {
  fillOf(id);
}

function fillOf(id: string): Fill {
  const colon = id.indexOf(':');
  const name = colon < 0 ? id : id.slice(0, colon);
  if (Object.hasOwn(WITH_NUMBER, name)) {
    const { standard, expected, fits, draw }: WithNumber = WITH_NUMBER[name as keyof typeof WITH_NUMBER];
    const x = colon < 0 ? standard : numberIn(id, id.slice(colon + 1), expected, fits);
    return (values, rng) => {
      for (let i = 0; i < values.length; i++) values[i] = draw(rng, x);
    };
  }
  if (Object.hasOwn(WHOLE, id)) return WHOLE[id as keyof typeof WHOLE];
  if (!Object.hasOwn(DRAW, id)) throw unknownName('initializer', id, INITIALIZER_CHOICES);
  const draw: Draw = DRAW[id as keyof typeof DRAW];
  return (values, rng, _shape, { fanIn, fanOut }) => {
    for (let i = 0; i < values.length; i++) values[i] = draw(rng, fanIn, fanOut);
  };
}

/**
 * Initial parameters, rounded to binary32 so that every engine starts from the same numbers. A
 * layer that names its own initializer has that one.
 * @throws UsageError if an initializer is unknown.
 */
export function initialParameters(network: NetworkSpec, initializer: InitializerId, seed: number): Parameters {
  const fills = network.layers.map((layer, l) => {
    const { initializer: own } = layer;
    return own === undefined ? fillOf(initializer) : placed(`network.layers[${l}].initializer: `, () => fillOf(own));
  });
  const rng = createRng(seed, 'parameters');
  const parameters = zeroParameters(network, 'f32');
  shapesOf(network).forEach(({ start, layer, shape }, t) => {
    const values = parameters[t].values as Float32Array;
    if (typeof start === 'number') values.fill(start);
    else fills[layer - 1](values, rng, shape, start);
  });
  return parameters;
}

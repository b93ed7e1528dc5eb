// The smallest network with all the parts of a large one: one input, two tanh units, one output; seven numbers to learn. It is computed in
// the values of the autograd engine, which remember how they were computed.
//
//   h1 = tanh(w1 x + b1)   h2 = tanh(w2 x + b2)   p = w3 h1 + w4 h2 + b3   loss = (p - t)²
import { Value } from '../../../src/engines/autograd/value.ts';
import type { Batch } from '../../../src/network/batch.ts';
import { fromDense } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { matrixOf } from '../../../src/numeric/matrix.ts';
import { createRng } from '../../../src/numeric/rng.ts';

/** The "seven weights" of a 1-2-1 network: four weights and three biases. */
export const PARAMETERS = ['w1', 'b1', 'w2', 'b2', 'w3', 'w4', 'b3'] as const;
export type ParameterName = (typeof PARAMETERS)[number];
export type Weights = Readonly<Record<ParameterName, number>>;

/** The same network for the engines. */
export const NETWORK: NetworkSpec = {
  inputs: 1,
  layers: [
    { units: 2, activation: 'tanh' },
    { units: 1, activation: 'linear' },
  ],
  loss: 'mse',
};

export interface SevenWeights {
  readonly loss: Value;
  /** A unique name for every value in the graph. */
  readonly names: ReadonlyMap<Value, string>;
  readonly parameters: Readonly<Record<ParameterName, Value>>;
  readonly x: Value;
}

/** The loss of one example with input x and target t, and its whole graph. */
export function sevenWeights(w: Weights, x: number, t: number): SevenWeights {
  const names = new Map<Value, string>();
  const named = (name: string, value: Value): Value => {
    names.set(value, name);
    return value;
  };
  const input = named('x', new Value(x));
  const target = named('t', new Value(t));
  const leaf = (name: ParameterName): Value => named(name, new Value(w[name]));
  const parameters = {
    ...{ w1: leaf('w1'), b1: leaf('b1'), w2: leaf('w2'), b2: leaf('b2') },
    ...{ w3: leaf('w3'), w4: leaf('w4'), b3: leaf('b3') },
  };
  const { w1, b1, w2, b2, w3, w4, b3 } = parameters;

  const h1 = named('h1', named('z1', named('w1·x', w1.times(input)).plus(b1)).tanh());
  const h2 = named('h2', named('z2', named('w2·x', w2.times(input)).plus(b2)).tanh());
  const sum = named('sum', named('w3·h1', w3.times(h1)).plus(named('w4·h2', w4.times(h2))));
  const p = named('p', sum.plus(b3));
  const loss = named('loss', named('p - t', p.minus(target)).pow(2));
  return { loss, names, parameters, x: input };
}

/** Seeded, between -1 and 1, not 0, and with one decimal, so that the example can be followed with pencil and paper. */
export function seededWeights(seed: number): Weights {
  const rng = createRng(seed, 'seven weights');
  const draw = (): number => ((rng.below(2) === 0 ? 1 : -1) * (1 + rng.below(10))) / 10;
  return {
    ...{ w1: draw(), b1: draw(), w2: draw(), b2: draw() },
    ...{ w3: draw(), w4: draw(), b3: draw() },
  };
}

/** The weights as parameters of the engines. */
export function asParameters(w: Weights): Parameters {
  return fromDense([
    { weights: matrixOf([[w.w1, w.w2]], 'f64'), bias: Float64Array.of(w.b1, w.b2) },
    { weights: matrixOf([[w.w3], [w.w4]], 'f64'), bias: Float64Array.of(w.b3) },
  ]);
}

export function asBatch(x: number, t: number): Batch {
  return { inputs: matrixOf([[x]], 'f64'), targets: matrixOf([[t]], 'f64') };
}

/** One step of the chain rule on the path from the loss down. */
export interface Link {
  readonly from: Value;
  readonly to: Value;
  /** d(from)/d(to), stored in the node. */
  readonly slope: number;
  /** d(loss)/d(to): the product of all slopes so far. */
  readonly product: number;
}

/** All paths from the loss to a value, each as a list of links. A weight has one path; a value used several times has several. */
export function waysTo(loss: Value, target: Value): Link[][] {
  const walk = (from: Value, product: number): Link[][] =>
    from.operands.flatMap((to, k) => {
      const link = { from, to, slope: from.slopes[k], product: product * from.slopes[k] };
      if (to === target) return [[link]];
      return walk(to, link.product).map((rest) => [link, ...rest]);
    });
  return walk(loss, 1);
}

/** Names of the leaves that can be nudged. */
export type Nudged = ParameterName | 'x';

/** The loss once one number is larger by `by`. */
export function nudged(w: Weights, x: number, t: number, name: Nudged, by: number): number {
  return sevenWeights(name === 'x' ? w : { ...w, [name]: w[name] + by }, name === 'x' ? x + by : x, t).loss.data;
}

/** (f(x + h) - f(x - h)) / 2h: off by about h²/6 of the third derivative, and by rounding of about 1e-16 / h. */
export function centralDifference(w: Weights, x: number, t: number, name: Nudged, h = 1e-5): number {
  return (nudged(w, x, t, name, h) - nudged(w, x, t, name, -h)) / (2 * h);
}

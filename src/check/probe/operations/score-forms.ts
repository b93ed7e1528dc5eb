// What the scores z of a layer may be in place of x W + b.
import { dot } from '../../../numeric/norms.ts';
import type { LayerOf } from './example.ts';

/** A formula for z of one layer of one example, from its own input x. I inputs, O units. */
export interface ScoreForm {
  /** The right-hand side: "x W1, without b1". */
  readonly text: string;
  /** (O); null where it makes no sense. */
  readonly at: (layer: LayerOf) => Float64Array | null;
}

/** Those of layer n (from 1), the likeliest first. */
export function scoreForms(n: number): ScoreForm[] {
  const [x, W, b] = [n === 1 ? 'x' : `a${n - 1}`, `W${n}`, `b${n}`];
  return [
    { text: `${x} ${W}, without ${b}`, at: (layer) => product(layer) },
    { text: `${x} ${W} - ${b}`, at: (layer) => sum(product(layer), layer.b, -1) },
    { text: `(${x} ${W}) ⊙ ${b}`, at: (layer) => product(layer).map((value, o) => value * layer.b[o]) },
    { text: `${b} alone`, at: (layer) => layer.b },
    {
      text: `${x} ${W} with the numbers of ${W} read column by column, + ${b}`,
      at: ({ x: input, W: w, b: bias }) => {
        const I = input.length;
        return bias.map((first, o) => input.reduce((total, value, i) => total + value * w[o * I + i], first));
      },
    },
    ...INPUTS.map(([said, of]): ScoreForm => ({
      text: `${x} ${W} + ${b} with ${x} ${said}`,
      at: (layer) => sum(product({ ...layer, x: of(layer.x) }), layer.b),
    })),
    { text: `${x} |${W}| + ${b}`, at: (layer) => sum(product({ ...layer, W: layer.W.map(Math.abs) }), layer.b) },
    {
      text: `the units of ${x} ${W} in reverse order, + ${b}`,
      at: (layer) => sum(product(layer).toReversed(), layer.b),
    },
    ...BIASES.map(([said, of]): ScoreForm => ({
      text: `${x} ${W} + ${b} with ${said(b)}`,
      at: (layer) => sum(product(layer), of(layer)),
    })),
    { text: `the running sum of ${x} ${W} + ${b} over the units`, at: (layer) => runningSum(right(layer)) },
    { text: `${x} ${W} + ${b}, divided by its sum`, at: (layer) => divided(right(layer), total(right(layer))) },
    {
      text: `${x} ${W} + ${b}, divided by its length`,
      at: (layer) => divided(right(layer), Math.sqrt(dot(right(layer), right(layer)))),
    },
    { text: `${x} ${W} + ${b}, minus its mean`, at: (layer) => withoutMean(right(layer)) },
    {
      text: `${x} ${W} + ${b}, minus its mean and divided by its standard deviation`,
      at: (layer) => {
        const z = withoutMean(right(layer));
        return divided(z, Math.sqrt(dot(z, z) / z.length));
      },
    },
    {
      text: `${x} ${W} + ${b}, minus its largest entry`,
      at: (layer) => right(layer).map((value) => value - Math.max(...right(layer))),
    },
  ];
}

const INPUTS: readonly (readonly [string, (x: Float64Array) => Float64Array])[] = [
  ['without its first entry', (x) => x.map((value, i) => (i === 0 ? 0 : value))],
  ['without its last entry', (x) => x.map((value, i) => (i === x.length - 1 ? 0 : value))],
  ['in reverse order', (x) => x.toReversed()],
  ['moved on by one entry', (x) => x.map((_, i) => x[(i + x.length - 1) % x.length])],
  ['moved back by one entry', (x) => x.map((_, i) => x[(i + 1) % x.length])],
  ['moved on by one entry and 0 first', (x) => x.map((_, i) => (i === 0 ? 0 : x[i - 1]))],
  ['moved back by one entry and 0 last', (x) => x.map((_, i) => x[i + 1] ?? 0)],
  ['squared', (x) => x.map((value) => value * value)],
  ['minus its mean', (x) => withoutMean(x)],
  ['divided by its sum', (x) => divided(x, total(x))],
];

const BIASES: readonly (readonly [(b: string) => string, (layer: LayerOf) => Float64Array])[] = [
  [(b) => `the first entry of ${b} for every unit`, ({ b }) => b.map(() => b[0])],
  [(b) => `the last entry of ${b} for every unit`, ({ b }) => b.map(() => b[b.length - 1])],
  [(b) => `the sum of ${b} for every unit`, ({ b }) => b.map(() => total(b))],
  [(b) => `${b} in reverse order`, ({ b }) => b.toReversed()],
  [(b) => `${b} moved on by one entry`, ({ b }) => b.map((_, o) => b[(o + b.length - 1) % b.length])],
  [(b) => `${b} moved back by one entry`, ({ b }) => b.map((_, o) => b[(o + 1) % b.length])],
  [(b) => `${b} added once for each input`, ({ b, x }) => b.map((value) => value * x.length)],
  [(b) => `|${b}|`, ({ b }) => b.map(Math.abs)],
];

/** x W (O) */
export function product({ x, W, b }: LayerOf): Float64Array {
  const O = b.length;
  const z = new Float64Array(O);
  for (let i = 0; i < x.length; i++) for (let o = 0; o < O; o++) z[o] += x[i] * W[i * O + o];
  return z;
}

/** x W + b (O) */
export function right(layer: LayerOf): Float64Array {
  return sum(product(layer), layer.b);
}

function sum(one: Float64Array, two: Float64Array, sign = 1): Float64Array {
  return one.map((value, o) => value + sign * two[o]);
}

function total(values: Float64Array): number {
  return values.reduce((all, value) => all + value, 0);
}

function divided(values: Float64Array, by: number): Float64Array {
  return values.map((value) => value / by);
}

function withoutMean(values: Float64Array): Float64Array {
  return values.map((value) => value - total(values) / values.length);
}

function runningSum(values: Float64Array): Float64Array {
  let all = 0;
  return values.map((value) => (all += value));
}

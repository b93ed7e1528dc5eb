// What the scores z of a layer may be in place of x W + b.
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';
import { total } from '../loss/loss-parts.ts';
import type { Example, LayerOf } from './example.ts';
import { factorOf, formatNumber } from './fit.ts';
import type { Pair } from './fit.ts';
import { orderOf } from './permutations.ts';
import { divided, withoutLargest, withoutMean } from './vectors.ts';

/** A formula for z of one layer of one example, from its own input x. I inputs, O units. */
export interface ScoreForm {
  /** The right-hand side: "x W1, without b1". */
  readonly text: string;
  /** (O); null where it makes no sense. `example` has the right numbers of all layers. */
  readonly at: (layer: LayerOf, example: Example) => Float64Array | null;
}

/**
 * Those of layer n (from 1), the likeliest first.
 * @param upToSum whether a number that is added to all scores shows nowhere
 */
export function scoreForms(n: number, upToSum: boolean): ScoreForm[] {
  const [x, W, b] = [n === 1 ? 'x' : `a${n - 1}`, `W${n}`, `b${n}`];
  const orOne = upToSum ? ', or with one number in its place for all units, which is the same' : '';
  return [
    { text: `${x} ${W}, without ${b}${orOne}`, at: (layer) => product(layer) },
    ...ofOtherLayers(n),
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
    { text: `${x} ${W} + ${b}, divided by its sum`, at: (layer) => ofSum1(right(layer)) },
    {
      text: `${x} ${W} + ${b}, divided by its length`,
      at: (layer) => ofLength1(right(layer)),
    },
    { text: `${x} ${W} + ${b}, minus its mean`, at: (layer) => withoutMean(right(layer)) },
    {
      text: `${x} ${W} + ${b}, minus its mean and divided by its standard deviation`,
      at: (layer) => standardized(right(layer)),
    },
    {
      text: `${x} ${W} + ${b}, minus its largest entry`,
      at: (layer) => withoutLargest(right(layer)),
    },
  ];
}

/** W or b of another layer of the same shape. */
function ofOtherLayers(n: number): ScoreForm[] {
  const x = n === 1 ? 'x' : `a${n - 1}`;
  const others = Array.from({ length: MOST_LAYERS }, (_, m) => m).filter((m) => m !== n - 1);
  return others.flatMap((m): ScoreForm[] => [
    {
      text: `${x} W${m + 1} + b${n}`,
      at: (layer, { layers }) =>
        layers.at(m)?.W.length === layer.W.length ? right({ ...layer, W: layers[m].W }) : null,
    },
    {
      text: `${x} W${n} + b${m + 1}`,
      at: (layer, { layers }) =>
        layers.at(m)?.b.length === layer.b.length ? right({ ...layer, b: layers[m].b }) : null,
    },
  ]);
}

const MOST_LAYERS = 6;

/** What is made of inputs called `name`, in words; null: not known. */
export function inputFormOf(pairs: readonly Pair[], name: string): string | null {
  const c = factorOf(pairs);
  if (c !== null) return `${formatNumber(c)} · ${name}`;
  const form = [...WHOLE_INPUTS, ...INPUTS].find(([, of]) =>
    pairs.every(({ found, wanted }) => areClose(found, of(wanted))),
  );
  const said = form?.[0] ?? orderOf(pairs);
  return said === null ? null : `${name} ${said}`;
}

/** The same of numbers that are no inputs: each of them is changed alone, or all alike. */
export function wholeFormOf(pairs: readonly Pair[], name: string): string | null {
  const all = (of: (pair: Pair) => Float64Array): Float64Array =>
    Float64Array.from(pairs.flatMap((pair) => [...of(pair)]));
  const found = all((pair) => pair.found);
  if (
    areClose(
      found,
      all(({ wanted }) => wanted),
    )
  )
    return null;
  const form = WHOLE_INPUTS.find(([, of]) =>
    areClose(
      found,
      all(({ wanted }) => of(wanted)),
    ),
  );
  return form === undefined ? null : `${name} ${form[0]}`;
}

const WHOLE_INPUTS: readonly (readonly [string, (x: Float64Array) => Float64Array])[] = [
  ['cut to whole numbers', (x) => x.map(Math.trunc)],
  ['rounded to whole numbers', (x) => x.map(Math.round)],
  ['rounded down to whole numbers', (x) => x.map(Math.floor)],
  ['stored in bytes (Uint8Array)', (x) => Float64Array.from(Uint8Array.from(x))],
  ['stored in bytes from 0 to 255 (Uint8ClampedArray)', (x) => Float64Array.from(Uint8ClampedArray.from(x))],
  ['stored in bytes (Int8Array)', (x) => Float64Array.from(Int8Array.from(x))],
  ['rounded to 256 levels', (x) => x.map((value) => Math.round(value * 255) / 255)],
  ['cut to 256 levels', (x) => x.map((value) => Math.floor(value * 255) / 255)],
  ['1 where it is above 0, else 0', (x) => x.map((value) => (value > 0 ? 1 : 0))],
  ['1 where it is above 0.5, else 0', (x) => x.map((value) => (value > 0.5 ? 1 : 0))],
  ['divided by its length', ofLength1],
  ['divided by its largest entry', (x) => divided(x, Math.max(...x))],
  ['divided by its largest size', (x) => divided(x, Math.max(...x.map(Math.abs)))],
  ['minus its mean and divided by its standard deviation', standardized],
  [
    'minus its least entry, divided by its range',
    (x) => {
      const least = Math.min(...x);
      return divided(
        x.map((value) => value - least),
        Math.max(...x) - least,
      );
    },
  ],
  ['with each entry cut to between 0 and 1', (x) => x.map((value) => Math.max(0, Math.min(1, value)))],
  ['with each entry cut to between -1 and 1', (x) => x.map((value) => Math.max(-1, Math.min(1, value)))],
  ['with 1 minus each entry in its place', (x) => x.map((value) => 1 - value)],
  ['with the size of each entry in its place', (x) => x.map(Math.abs)],
];

const INPUTS: readonly (readonly [string, (x: Float64Array) => Float64Array])[] = [
  ['without its first entry', (x) => x.map((value, i) => (i === 0 ? 0 : value))],
  ['without its last entry', (x) => x.map((value, i) => (i === x.length - 1 ? 0 : value))],
  ['in reverse order', (x) => x.toReversed()],
  ['moved on by one entry', (x) => x.map((_, i) => x[(i + x.length - 1) % x.length])],
  ['moved back by one entry', (x) => x.map((_, i) => x[(i + 1) % x.length])],
  ['moved on by one entry and 0 first', (x) => x.map((_, i) => (i === 0 ? 0 : x[i - 1]))],
  ['moved back by one entry and 0 last', (x) => x.map((_, i) => x[i + 1] ?? 0)],
  ['squared', (x) => x.map((value) => value * value)],
  ['minus its mean', withoutMean],
  ['divided by its sum', ofSum1],
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

function ofSum1(values: Float64Array): Float64Array {
  return divided(values, total(values));
}

function ofLength1(values: Float64Array): Float64Array {
  return divided(values, Math.sqrt(dot(values, values)));
}

function standardized(values: Float64Array): Float64Array {
  const apart = withoutMean(values);
  return divided(apart, Math.sqrt(dot(apart, apart) / apart.length));
}

function runningSum(values: Float64Array): Float64Array {
  let all = 0;
  return values.map((value) => (all += value));
}

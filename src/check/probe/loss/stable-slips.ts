// Losses computed from scores in the form that does not overflow, with one slip in that form.
import { exp, log, log1p } from '../../../numeric/elementary.ts';
import { sigmoid, softmax, sumOf, total, wholeOf } from './loss-parts.ts';
import type { KnownLoss } from './loss-parts.ts';

const step = (z: number): number => (z > 0 ? 1 : 0);
/** log(1 + exp(-|z|)) and its slope. */
const tail = (z: number): readonly [number, number] => [log1p(exp(-Math.abs(z))), sigmoid(z) - step(z)];

/** What stands in place of max(z, 0) - t z + log(1 + exp(-|z|)), and its slope. */
const OF_SIGMOID: readonly (readonly [
  id: string,
  slip: string,
  formula: string,
  term: (z: number, t: number) => readonly [number, number],
])[] = [
  [
    'without-size',
    'with exp(-z) in place of exp(-|z|)',
    'max(z, 0) - t z + log(1 + exp(-z))',
    (z, t) => [Math.max(z, 0) - t * z + log1p(exp(-z)), step(z) - t + sigmoid(z) - 1],
  ],
  [
    'with-growing-size',
    'with exp(|z|) in place of exp(-|z|)',
    'max(z, 0) - t z + log(1 + exp(|z|))',
    (z, t) => [Math.max(z, 0) - t * z + log1p(exp(Math.abs(z))), step(z) - t + Math.sign(z) * sigmoid(Math.abs(z))],
  ],
  ['without-largest', 'without max(z, 0)', '-t z + log(1 + exp(-|z|))', (z, t) => [tail(z)[0] - t * z, tail(z)[1] - t]],
  [
    'z-for-largest',
    'with z in place of max(z, 0)',
    'z - t z + log(1 + exp(-|z|))',
    (z, t) => [z - t * z + tail(z)[0], 1 - t + tail(z)[1]],
  ],
  [
    'wrong-sign',
    'with + t z in place of - t z',
    'max(z, 0) + t z + log(1 + exp(-|z|))',
    (z, t) => [Math.max(z, 0) + t * z + tail(z)[0], step(z) + t + tail(z)[1]],
  ],
  [
    'wrong-tail',
    'with the logarithm taken away, not added',
    'max(z, 0) - t z - log(1 + exp(-|z|))',
    (z, t) => [Math.max(z, 0) - t * z - tail(z)[0], step(z) - t - tail(z)[1]],
  ],
  ['without-tail', 'without log(1 + exp(-|z|))', 'max(z, 0) - t z', (z, t) => [Math.max(z, 0) - t * z, step(z) - t]],
  [
    'without-logarithm',
    'with exp(-|z|) in place of its logarithm log(1 + exp(-|z|))',
    'max(z, 0) - t z + exp(-|z|)',
    (z, t) => [Math.max(z, 0) - t * z + exp(-Math.abs(z)), step(z) - t - Math.sign(z) * exp(-Math.abs(z))],
  ],
];

const largest = (z: Float64Array): number => Math.max(...z);
const atLargest = (z: Float64Array, k: number): number => (k === z.indexOf(largest(z)) ? 1 : 0);
const hits = (z: Float64Array, t: Float64Array): number => z.reduce((sum, x, k) => sum + t[k] * x, 0);
const sumBelow = (z: Float64Array): number => total(z.map((x) => exp(x - largest(z))));

/** What stands in place of log Σ_j exp(z_j - m) + m - Σ_k t z, m being the largest score. */
const OF_SOFTMAX: readonly KnownLoss[] = [
  wholeOf(
    {
      id: 'softmax-without-largest',
      name: 'cross-entropy of the scores whose largest one, m, is taken away and not added again',
      formula: '(log Σ_k exp(z - m) - Σ_k t z)',
    },
    (z, t) => log(sumBelow(z)) - hits(z, t),
    (z, t) => softmax(z).map((p, k) => p - atLargest(z, k) - t[k]),
    'z',
  ),
  wholeOf(
    {
      id: 'softmax-largest-once',
      name: 'cross-entropy of the scores whose largest one, m, is taken away from the target alone',
      formula: '(log Σ_k exp(z) - Σ_k t (z - m))',
    },
    (z, t) => log(sumBelow(z)) + largest(z) - hits(z, t) + total(t) * largest(z),
    (z, t) => softmax(z).map((p, k) => p - t[k] + total(t) * atLargest(z, k)),
    'z',
  ),
  wholeOf(
    {
      id: 'softmax-of-mean',
      name: 'cross-entropy of the scores with the logarithm of a mean, not of a sum',
      formula: '(log((1/K) Σ_k exp(z)) - Σ_k t z)',
    },
    (z, t) => log(sumBelow(z) / z.length) + largest(z) - hits(z, t),
    (z, t) => softmax(z).map((p, k) => p - t[k]),
    'z',
  ),
  wholeOf(
    {
      id: 'softmax-largest-alone',
      name: 'cross-entropy of the scores with the largest one, m, in place of the logarithm of the sum',
      formula: '(m - Σ_k t z)',
    },
    (z, t) => largest(z) - hits(z, t),
    (z, t) => z.map((_, k) => atLargest(z, k) - t[k]),
    'z',
  ),
];

export const STABLE_SLIPS: readonly KnownLoss[] = [
  ...OF_SIGMOID.map(([id, slip, formula, term]) =>
    sumOf(
      { id: `stable-${id}`, name: `binary cross-entropy of the scores ${slip}`, formula: `(${formula})` },
      term,
      'z',
    ),
  ),
  ...OF_SOFTMAX,
];

// Losses that have no free number in them.
import { exp, log, log1p, power, square, tanh } from '../../../numeric/elementary.ts';
import {
  binary,
  binarySlope,
  crossEntropyOf,
  dot,
  logistic,
  sign,
  softmax,
  softmaxSlope,
  squared,
  sumOf,
  times,
  total,
  wholeOf,
} from './loss-parts.ts';
import type { KnownLoss } from './loss-parts.ts';

/** Losses without a free number, the simplest first. */
export const FIXED_LOSSES: readonly KnownLoss[] = [
  sumOf({ id: 'squared-error', name: 'squared error', formula: '(p - t)²' }, squared),
  sumOf({ id: 'cross-entropy', name: 'cross-entropy', formula: '-t log p' }, (p, t) => [
    -times(t, log(p)),
    -times(t, 1 / p),
  ]),
  sumOf(
    { id: 'binary-cross-entropy', name: 'binary cross-entropy', formula: '-(t log p + (1 - t) log(1 - p))' },
    (p, t) => [binary(p, t), binarySlope(p, t)],
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-exchanged',
      name: 'binary cross-entropy with p and 1 - p exchanged',
      formula: '-(t log(1 - p) + (1 - t) log p)',
      slipOf: 'binary-cross-entropy',
    },
    (p, t) => [binary(1 - p, t), -binarySlope(1 - p, t)],
  ),
  sumOf({ id: 'absolute-error', name: 'absolute error', formula: '|p - t|' }, (p, t) => [
    Math.abs(p - t),
    Math.sign(p - t),
  ]),
  wholeOf(
    { id: 'distance', name: 'root of the squared error', formula: '√(Σ_k (p - t)²)' },
    (p, t) => Math.sqrt(p.reduce((sum, x, k) => sum + square(x - t[k]), 0)),
    (p, t) => {
      const size = Math.sqrt(p.reduce((sum, x, k) => sum + square(x - t[k]), 0));
      return p.map((x, k) => (size > 0 ? (x - t[k]) / size : 0));
    },
  ),
  sumOf({ id: 'likelihood', name: 'negative likelihood, without a logarithm', formula: '-t p' }, (p, t) => [
    -t * p,
    -t,
  ]),
  sumOf({ id: 'signed-error', name: 'error with its sign', formula: '(p - t)' }, (p, t) => [p - t, 1]),
  sumOf({ id: 'log-cosh', name: 'log-cosh', formula: 'log cosh(p - t)' }, (p, t) => {
    const e = p - t;
    return [Math.abs(e) + log1p(exp(-2 * Math.abs(e))) - Math.LN2, tanh(e)];
  }),
  sumOf(
    { id: 'hinge', name: 'hinge loss', formula: 'max(0, 1 - y p), with y = 1 for t = 1 and -1 for t = 0' },
    (p, t) => {
      const m = 1 - sign(t) * p;
      return [Math.max(0, m), m > 0 ? -sign(t) : 0];
    },
  ),
  sumOf(
    {
      id: 'hinge-without-max',
      name: 'hinge loss without its max',
      slipOf: 'hinge',
      formula: '(1 - y p), with y = 1 for t = 1 and -1 for t = 0',
    },
    (p, t) => [1 - sign(t) * p, -sign(t)],
  ),
  sumOf(
    {
      id: 'squared-hinge',
      name: 'squared hinge loss',
      formula: 'max(0, 1 - y p)², with y = 1 for t = 1 and -1 for t = 0',
    },
    (p, t) => {
      const m = Math.max(0, 1 - sign(t) * p);
      return [m * m, -2 * sign(t) * m];
    },
  ),
  sumOf({ id: 'kl-divergence', name: 'Kullback-Leibler divergence', formula: 't log(t / p)' }, (p, t) => [
    times(t, log(t / p)),
    -times(t, 1 / p),
  ]),
  sumOf({ id: 'poisson', name: 'Poisson loss', formula: '(p - t log p)' }, (p, t) => [
    p - times(t, log(p)),
    1 - times(t, 1 / p),
  ]),
  sumOf(
    { id: 'squared-log-error', name: 'squared logarithmic error', formula: '(log(1 + p) - log(1 + t))²' },
    (p, t) => {
      const e = log1p(p) - log1p(t);
      return [e * e, (2 * e) / (1 + p)];
    },
  ),
  sumOf({ id: 'cubed-error', name: 'cubed error', formula: '|p - t|³' }, (p, t) => [
    power(Math.abs(p - t), 3),
    3 * (p - t) * Math.abs(p - t),
  ]),
  sumOf({ id: 'fourth-power', name: 'fourth power of the error', formula: '(p - t)⁴' }, (p, t) => [
    square(square(p - t)),
    4 * power(p - t, 3),
  ]),
  sumOf({ id: 'squared-error-of-scores', name: 'squared error of the scores', formula: '(z - t)²' }, squared, 'z'),
  wholeOf(
    {
      id: 'cross-entropy-of-scores',
      name: 'cross-entropy of a softmax of the scores',
      formula: '-Σ_k t log softmax(z)',
    },
    (z, t) => crossEntropyOf(softmax, z, t),
    softmaxSlope,
    'z',
  ),
  wholeOf(
    {
      id: 'cross-entropy-of-softmax',
      name: 'cross-entropy of another softmax, of the outputs',
      formula: '-Σ_k t log softmax(p)',
    },
    (p, t) => crossEntropyOf(softmax, p, t),
    softmaxSlope,
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-of-scores',
      name: 'binary cross-entropy of a sigmoid of the scores',
      formula: '-(t log σ(z) + (1 - t) log(1 - σ(z)))',
    },
    logistic,
    'z',
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-of-sigmoid',
      name: 'binary cross-entropy of another sigmoid, of the outputs',
      formula: '-(t log σ(p) + (1 - t) log(1 - σ(p)))',
    },
    logistic,
  ),
  sumOf(
    { id: 'exponential', name: 'exponential loss', formula: 'exp(-y p), with y = 1 for t = 1 and -1 for t = 0' },
    (p, t) => [exp(-sign(t) * p), -sign(t) * exp(-sign(t) * p)],
  ),
  wholeOf(
    { id: 'largest-error', name: 'largest absolute error', formula: 'max_k |p - t|' },
    (p, t) => Math.max(...p.map((x, k) => Math.abs(x - t[k]))),
    (p, t) => {
      const sizes = p.map((x, k) => Math.abs(x - t[k]));
      const at = sizes.indexOf(Math.max(...sizes));
      return p.map((x, k) => (k === at ? Math.sign(x - t[k]) : 0));
    },
  ),
  wholeOf(
    { id: 'cosine', name: 'cosine distance', formula: '1 - Σ_k p t / (‖p‖ ‖t‖)' },
    (p, t) => 1 - dot(p, t) / Math.sqrt(dot(p, p) * dot(t, t)),
    (p, t) => {
      const [pp, tt, pt] = [dot(p, p), dot(t, t), dot(p, t)];
      return p.map((x, k) => (x * (pt / pp) - t[k]) / Math.sqrt(pp * tt));
    },
  ),
  wholeOf(
    { id: 'dice', name: 'Dice loss', formula: '1 - 2 Σ_k p t / (Σ_k p + Σ_k t)' },
    (p, t) => 1 - (2 * dot(p, t)) / (total(p) + total(t)),
    (p, t) => {
      const sum = total(p) + total(t);
      return p.map((_, k) => (2 * dot(p, t)) / (sum * sum) - (2 * t[k]) / sum);
    },
  ),
  sumOf({ id: 'log-of-outputs', name: 'logarithm of the outputs without targets', formula: '-log p' }, (p) => [
    -log(p),
    -1 / p,
  ]),
  wholeOf(
    {
      id: 'largest-output',
      name: 'minus the logarithm of the largest output, whatever the target',
      formula: '-log max_k p',
    },
    (p) => -log(Math.max(...p)),
    (p) => p.map((x, k) => (k === p.indexOf(Math.max(...p)) ? -1 / x : 0)),
  ),
  wholeOf(
    {
      id: 'first-output',
      name: 'minus the logarithm of the first output, whatever the target',
      formula: '-log p_1',
    },
    (p) => -log(p[0]),
    (p) => p.map((x, k) => (k === 0 ? -1 / x : 0)),
  ),
  sumOf(
    { id: 'negative-part', name: 'binary cross-entropy without t log p', formula: '-(1 - t) log(1 - p)' },
    (p, t) => [-times(1 - t, log(1 - p)), times(1 - t, 1 / (1 - p))],
  ),
];

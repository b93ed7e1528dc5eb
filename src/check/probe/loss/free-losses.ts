// Losses with one free number: δ, ε, α, γ, τ.
import { log, power } from '../../../numeric/elementary.ts';
import { binary, binarySlope, clip, inside, smoothed, sumOf, times } from './loss-parts.ts';
import type { KnownLoss } from './loss-parts.ts';

const EPSILON = {
  symbol: 'ε',
  usual: [1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2],
  range: [1e-12, 0.1],
} as const;
const CLIP = { ...EPSILON, symbol: 'c', range: [1e-12, 0.4] } as const;
const SMOOTHING = { symbol: 'α', usual: [0.1, 0.05, 0.01, 0.2], range: [1e-4, 0.5] } as const;
const GAMMA = { symbol: 'γ', usual: [2, 1, 0.5, 3, 5], range: [0.1, 6] } as const;
const DELTA = { symbol: 'δ', usual: [1, 0.5, 0.1, 1.345, 1.5, 0.2, 0.25, 2], range: [0.01, 10] } as const;

/** A Huber loss with a slip: the two parts, and their slopes, for |e| up to δ and beyond. */
function huberLike(
  id: string,
  [name, formula]: readonly [string, string],
  parts: (size: number, s: number) => readonly [value: number, slope: number],
  usual: readonly number[] = DELTA.usual.filter((s) => s !== 1), // where most are the Huber loss itself
): KnownLoss {
  const free = { ...DELTA, usual };
  return sumOf({ id: `huber-${id}`, name, formula, free }, (p, t, s) => {
    const [value, slope] = parts(Math.abs(p - t), s);
    return [value, slope * Math.sign(p - t)];
  });
}

/** In place of ½e² for |e| ≤ δ, else δ(|e| - ½δ). */
const HUBER_SLIPS: readonly KnownLoss[] = [
  huberLike(
    'from-1',
    ['Huber loss whose straight part begins at 1, not δ', 'h(p - t), with h(e) = ½e² for |e| ≤ 1, else δ(|e| - ½δ)'],
    (e, s) => (e <= 1 ? [(e * e) / 2, e] : [s * (e - s / 2), s]),
  ),
  huberLike(
    'without-half',
    ['Huber loss without the ½ of ½e²', 'h(p - t), with h(e) = e² for |e| ≤ δ, else δ(|e| - ½δ)'],
    (e, s) => (e <= s ? [e * e, 2 * e] : [s * (e - s / 2), s]),
    DELTA.usual,
  ),
  huberLike(
    'without-offset',
    ['Huber loss without the ½δ beyond δ', 'h(p - t), with h(e) = ½e² for |e| ≤ δ, else δ|e|'],
    (e, s) => (e <= s ? [(e * e) / 2, e] : [s * e, s]),
    DELTA.usual,
  ),
  huberLike(
    'half-offset',
    ['Huber loss with ½ in place of ½δ beyond δ', 'h(p - t), with h(e) = ½e² for |e| ≤ δ, else δ(|e| - ½)'],
    (e, s) => (e <= s ? [(e * e) / 2, e] : [s * (e - 0.5), s]),
  ),
  huberLike(
    'whole-offset',
    ['Huber loss with δ in place of ½δ beyond δ', 'h(p - t), with h(e) = ½e² for |e| ≤ δ, else δ(|e| - δ)'],
    (e, s) => (e <= s ? [(e * e) / 2, e] : [s * (e - s), s]),
    DELTA.usual,
  ),
  huberLike(
    'slope-1',
    ['Huber loss whose slope beyond δ is 1, not δ', 'h(p - t), with h(e) = ½e² for |e| ≤ δ, else |e| - ½δ'],
    (e, s) => (e <= s ? [(e * e) / 2, e] : [e - s / 2, 1]),
  ),
];

/** A Huber loss that asks for e > δ, not |e| > δ: e = p - t, or t - p. */
const ONE_SIDED: readonly KnownLoss[] = (['p - t', 't - p'] as const).flatMap((e) => {
  const sign = e === 'p - t' ? 1 : -1;
  const loss = (id: string, rest: string, below: (x: number) => readonly [number, number]): KnownLoss =>
    sumOf(
      {
        id: `huber-${id}-${e === 'p - t' ? 'above' : 'below'}`,
        name: `Huber loss whose straight part asks for ${e} > δ alone`,
        formula: `h(${e}), with h(e) = δ(e - ½δ) for e > δ, ${rest}`,
        free: DELTA,
      },
      (p, t, s) => {
        const x = sign * (p - t);
        const [value, slope] = x > s ? [s * (x - s / 2), s] : x < -s ? below(x) : [(x * x) / 2, x];
        return [value, sign * slope];
      },
    );
  return [
    loss('square', 'else ½e²', (x) => [(x * x) / 2, x]),
    loss('nothing', '½e² for |e| ≤ δ, else 0', () => [0, 0]),
  ];
});

/** The usual values of the free numbers are tried first. */
export const FREE_LOSSES: readonly KnownLoss[] = [
  sumOf(
    {
      id: 'huber',
      name: 'Huber loss',
      formula: 'h(p - t), with h(e) = ½e² for |e| ≤ δ, else δ(|e| - ½δ)',
      free: DELTA,
    },
    (p, t, s) => {
      const [e, size] = [p - t, Math.abs(p - t)];
      return size <= s ? [(e * e) / 2, e] : [s * (size - s / 2), s * Math.sign(e)];
    },
  ),
  sumOf(
    {
      id: 'cross-entropy-epsilon',
      name: 'cross-entropy with ε in the logarithm',
      formula: '-t log(p + ε)',
      free: EPSILON,
    },
    (p, t, s) => [-times(t, log(p + s)), -times(t, 1 / (p + s))],
  ),
  sumOf(
    {
      id: 'cross-entropy-clipped',
      name: 'cross-entropy of clipped outputs',
      formula: '-t log(min(max(p, c), 1 - c))',
      free: CLIP,
    },
    (p, t, s) => [-times(t, log(clip(p, s))), -times(t * inside(p, s), 1 / p)],
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-epsilon',
      name: 'binary cross-entropy with ε in the logarithms',
      formula: '-(t log(p + ε) + (1 - t) log(1 - p + ε))',
      free: EPSILON,
    },
    (p, t, s) => [-times(t, log(p + s)) - times(1 - t, log(1 - p + s)), -t / (p + s) + (1 - t) / (1 - p + s)],
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-clipped',
      name: 'binary cross-entropy of clipped outputs',
      formula: '-(t log q + (1 - t) log(1 - q)), with q = min(max(p, c), 1 - c)',
      free: CLIP,
    },
    (p, t, s) => [binary(clip(p, s), t), inside(p, s) * binarySlope(p, t)],
  ),
  sumOf(
    {
      id: 'cross-entropy-smoothed',
      name: 'cross-entropy with smoothed labels',
      formula: '-(t (1 - α) + α/K) log p',
      free: SMOOTHING,
    },
    (p, t, s, K) => [-smoothed(t, s, K) * log(p), -smoothed(t, s, K) / p],
  ),
  sumOf(
    {
      id: 'binary-cross-entropy-smoothed',
      name: 'binary cross-entropy with smoothed labels',
      formula: '-(q log p + (1 - q) log(1 - p)), with q = t (1 - α) + α/2',
      free: SMOOTHING,
    },
    (p, t, s) => [binary(p, smoothed(t, s, 2)), binarySlope(p, smoothed(t, s, 2))],
  ),
  sumOf({ id: 'focal', name: 'focal loss', formula: '-t (1 - p)^γ log p', free: GAMMA }, (p, t, s) => {
    const weight = power(1 - p, s);
    return [-times(t, weight * log(p)), times(t, s * power(1 - p, s - 1) * log(p) - weight / p)];
  }),
  sumOf(
    {
      id: 'binary-focal',
      name: 'binary focal loss',
      formula: '-(t (1 - p)^γ log p + (1 - t) p^γ log(1 - p))',
      free: GAMMA,
    },
    (p, t, s) => {
      const half = (q: number): readonly [number, number] => {
        const weight = power(1 - q, s);
        return [-weight * log(q), s * power(1 - q, s - 1) * log(q) - weight / q];
      };
      const [[one, up], [none, down]] = [half(p), half(1 - p)];
      return [times(t, one) + times(1 - t, none), times(t, up) - times(1 - t, down)];
    },
  ),
  sumOf(
    {
      id: 'pinball',
      name: 'quantile loss',
      formula: 'max(τ (t - p), (τ - 1) (t - p))',
      free: { symbol: 'τ', usual: [0.9, 0.1, 0.75, 0.25, 0.95, 0.05], range: [0.01, 0.99] },
    },
    (p, t, s) => [Math.max(s * (t - p), (s - 1) * (t - p)), t > p ? -s : 1 - s],
  ),
  sumOf(
    {
      id: 'insensitive',
      name: 'ε-insensitive loss',
      formula: 'max(0, |p - t| - ε)',
      free: { symbol: 'ε', usual: [0.1, 0.01, 0.05, 0.2, 0.5], range: [1e-3, 1] },
    },
    (p, t, s) => [Math.max(0, Math.abs(p - t) - s), Math.abs(p - t) > s ? Math.sign(p - t) : 0],
  ),
  ...HUBER_SLIPS,
  ...ONE_SIDED,
  sumOf(
    {
      id: 'cross-entropy-raised',
      name: 'cross-entropy of targets with s added to each',
      formula: '-(t + s) log p',
      free: { symbol: 's', usual: [0.1, 0.05, 0.01, 0.5, 1 / 3, 1], range: [1e-3, 2] },
    },
    (p, t, s) => [-(t + s) * log(p), -(t + s) / p],
  ),
];

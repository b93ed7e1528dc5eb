// The hinge loss of support vector machines and its square. Targets are 0 and 1, as everywhere, and
// are mapped to y = -1 and 1: y = 2 target - 1. The mean over the batch and the outputs. tf's
// layers API has them too, for targets that are -1 and 1 already.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { square } from '../../numeric/elementary.ts';
import { NOT_AVERAGED, entrywise, insteadOfSlope } from './entrywise.ts';

const sideOf = (t: number): number => 2 * t - 1;
/** How much of the margin 1 is missing. */
const missing = (p: number, t: number): number => 1 - sideOf(t) * p;
/** Error of `missing`: y and the product are rounded, and the difference. */
const eMissing = (p: number, ep: number, t: number): number =>
  Math.abs(sideOf(t)) * ep + 3 * u * Math.abs(p) * (2 * Math.abs(t) + 1);

/** The same in binary32, operation by operation. */
function computed(p: number, t: number, round: (x: number) => number): readonly [y: number, m: number] {
  const y = round(round(2 * t) - 1);
  return [y, round(1 - round(y * p))];
}

export const hinge = entrywise({
  id: 'hinge',
  formula: {
    forward: '(1/B) Σ_b (1/K) Σ_k max(0, 1 - y·output), y = 2 target - 1',
    start: (a) => `-y / (B·K) where y·${a} < 1, else 0, with y = 2 target - 1`,
  },
  from: 'outputs',
  targets: [0, 1],
  decidesAt: 0,
  over: 'entries',
  known: { id: 'hinge' },
  changes: missing,

  // ℓ = max(0, 1 - y p)
  term: (p, t, { round }) => Math.max(0, computed(p, t, round)[1]),
  // dℓ/dp = -y where y p < 1, else 0; where y p = 1 anything between, and 0 in tfjs
  slope(p, t, share, { round }) {
    const [y, m] = computed(p, t, round);
    return -(m > 0 ? share : 0) * y;
  },
  bound: {
    value: (p, ep, t, { rounding }) =>
      Math.abs(sideOf(t)) * ep + 3 * rounding * u * (1 + Math.abs(p) * (2 * Math.abs(t) + 1)),
    slope: (_p, _ep, t, { rounding }) => 2 * rounding * u * (2 * Math.abs(t) + 1),
    undecided: (p, ep, t) => Math.abs(missing(p, t)) <= eMissing(p, ep, t),
    jump: (_p, t) => Math.abs(sideOf(t)), // between 0 and -y
  },

  graph: (p, t) =>
    p
      .constant(1)
      .minus(p.times(p.constant(sideOf(t))))
      .relu(),
  tfjs: (tf, t, p) => tf.losses.hingeLoss(t, p),
  plain: 'sum += Math.max(0, 1 - (2 * t[k]‹!› - 1) * p[k]‹!›) / p.length;',
  faults: {
    'missing-output-mean': NOT_AVERAGED,
    'hinge-without-margin': {
      description: 'the hinge gradient is 0 where y·output > 0: the margin of 1 is left out',
      remedy: 'dp = -y where y·p < 1, also where the sign is right already',
      formula: 'd ℓ / dp = -y where y·p < 0, else 0',
      recipe: insteadOfSlope((p, t) => (sideOf(t) * p < 0 ? -sideOf(t) : 0)),
    },
    'hinge-targets-not-signed': {
      description: 'the hinge gradient is computed with targets 0 and 1 where they must be -1 and 1',
      remedy: 'y = 2 target - 1, then dp = -y where y·p < 1',
      formula: 'd ℓ / dp = -target where target·p < 1, else 0',
      recipe: insteadOfSlope((p, t) => (t * p < 1 ? -t : 0)),
    },
  },
});

export const squaredHinge = entrywise({
  id: 'squared-hinge',
  formula: {
    forward: '(1/B) Σ_b (1/K) Σ_k max(0, 1 - y·output)², y = 2 target - 1',
    start: (a) => `-2 y max(0, 1 - y·${a}) / (B·K), with y = 2 target - 1`,
  },
  from: 'outputs',
  targets: [0, 1],
  decidesAt: 0,
  over: 'entries',
  known: { id: 'squared-hinge' },
  changes: missing,

  // ℓ = max(0, 1 - y p)²
  term: (p, t, { round }) => square(Math.max(0, computed(p, t, round)[1])),
  // dℓ/dp = -2 y max(0, 1 - y p)
  slope(p, t, share, { round }) {
    const [y, m] = computed(p, t, round);
    return -round(share * round(2 * Math.max(0, m))) * y;
  },
  bound: {
    value(p, ep, t, { rounding }) {
      const [m, em] = [Math.max(0, missing(p, t)), eMissing(p, ep, t) + u * Math.abs(missing(p, t))];
      return (2 * m + em) * em + 3 * rounding * u * m * m;
    },
    slope(p, ep, t, { rounding }) {
      const y = Math.abs(sideOf(t));
      const [m, em] = [Math.max(0, missing(p, t)), eMissing(p, ep, t) + u * Math.abs(missing(p, t))];
      return 2 * y * em + 2 * rounding * u * (2 * Math.abs(t) + 1) * (m + em);
    },
  },

  graph: (p, t) =>
    p
      .constant(1)
      .minus(p.times(p.constant(sideOf(t))))
      .relu()
      .pow(2),
  tfjs: (tf, t, p) => tf.losses.computeWeightedLoss(tf.square(tf.relu(tf.sub(1, tf.mul(tf.sub(tf.mul(2, t), 1), p))))),
  plain: 'sum += Math.max(0, 1 - (2 * t[k]‹!› - 1) * p[k]‹!›) ** 2 / p.length;',
  faults: {
    'missing-output-mean': NOT_AVERAGED,
    'squared-hinge-without-two': {
      description: 'the factor 2 of the derivative of the squared hinge is missing',
      remedy: 'd max(0, m)² / dp = 2 max(0, m)·(-y) with m = 1 - y p',
      formula: 'd ℓ / dp = -y max(0, 1 - y p)',
      recipe: insteadOfSlope((p, t) => -sideOf(t) * Math.max(0, missing(p, t))),
    },
    'squared-hinge-as-hinge': {
      description: 'the gradient is that of the hinge loss, which is not squared',
      remedy: 'd max(0, m)² / dp = 2 max(0, m)·(-y) with m = 1 - y p',
      formula: 'd ℓ / dp = -y where y p < 1, else 0',
      recipe: insteadOfSlope((p, t) => (missing(p, t) > 0 ? -sideOf(t) : 0)),
    },
  },
});

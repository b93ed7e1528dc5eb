// Bounds on a batch normalization (numeric/bounds/normalized.ts has the derivation): in training
// over the rows of a column, which makes examples depend on each other; in prediction each number
// alone.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { larger } from '../../numeric/bounds/extremes.ts';
import { columnsOf, normalizedErrors, scaledErrors } from '../../numeric/bounds/normalized.ts';
import type { GroupBound, Grouping } from '../../numeric/bounds/normalized.ts';
import { normalizedGradientErrors, scaleGradientErrors } from '../../numeric/bounds/normalized-gradients.ts';
import { underflow } from '../../numeric/bounds/error-bound.ts';
import { settle, spread, tracked } from '../../numeric/bounds/tracked.ts';
import type { Tracked } from '../../numeric/bounds/tracked.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { BatchNormFields } from './fields.ts';
import type { BoundedLayer, LayerBound } from './page.ts';
import type { Tensors } from './tensors.ts';

export const batchNormBound: LayerBound<BatchNormFields> = {
  forward(z, x, p, at) {
    if (at.pass.mode === 'predict') return fixedErrors(z, x, p, at.spec.epsilon);
    const { xhat, peak } = normalized(x, p, at);
    if (x.places !== undefined) z.places = x.places; // what is equal stays equal
    return larger(peak, scaledErrors(z, xhat, p['gamma'].values));
  },
  backward({ dx, dp, errors }, dz, x, p, at) {
    const { xhat, groups, grouping } = normalized(x, p, at);
    const { alike } = at;
    const size = scaleGradientErrors(own(errors), own(dp), dz, xhat, { alike, perExample: grouping.perExample });
    if (dx === null) return { dp: size, dx: 0 };
    if (dz.either !== undefined) dx.either = eitherBelow(dz.either, groups, p['gamma'].values);
    return { dp: size, dx: normalizedGradientErrors(dx, dz, { xhat, groups }, p['gamma'].values, grouping) };
  },
  // old - (1 - momentum) (old - μ): 1 - momentum, the difference, the product and the result round
  follow(out, x, p, at) {
    const { groups } = normalized(x, p, at);
    const rate = 1 - at.spec.momentum;
    for (const role of ['mean', 'variance'] as const)
      groups.forEach(({ moments }, c) => {
        const [old, now] = [p[role].values[c], moments[role]];
        const next = old - rate * (old - now.value);
        out.values[role].values[c] = next;
        out.errors[role].values[c] =
          rate * now.error + u * (4 * rate * (Math.abs(old - now.value) + now.error) + Math.abs(next)) + underflow(2);
      });
  },
};

/**
 * How far the choice between alike places reaches, whose x̂ are equal: the sums over the group stay
 * what they are.
 */
function eitherBelow(either: Matrix, groups: readonly GroupBound[], gamma: FloatArray): Matrix {
  const out = zeros('f64', either.rows, either.cols);
  for (let i = 0; i < out.data.length; i++) {
    const { r, worst } = groups[i % gamma.length];
    out.data[i] = either.data[i] * Math.abs(gamma[i % gamma.length]) * r * (1 + worst);
  }
  return out;
}

function own({ gamma: scale, beta: shift }: Tensors): { scale: FloatArray; shift: FloatArray } {
  return { scale: scale.values, shift: shift.values };
}

function normalized(
  x: Tracked,
  p: Tensors,
  { spec: { epsilon }, alike }: BoundedLayer<BatchNormFields>,
): { xhat: Tracked; groups: readonly GroupBound[]; grouping: Grouping; peak: number } {
  const [{ rows: B, cols }, C] = [x.value, p['gamma'].values.length];
  const perExample = cols / C;
  const grouping = columnsOf(B * perExample, C, perExample, alike);
  const xhat = tracked(B, cols);
  return { xhat, grouping, ...normalizedErrors(xhat, x, epsilon, grouping) };
}

/** z = γ (x - m) / √(v + ε) + β with given m and v; engines also write r x - r m. */
function fixedErrors(z: Tracked, x: Tracked, p: Tensors, epsilon: number): number {
  const C = p['gamma'].values.length;
  let peak = 0;
  for (let i = 0; i < z.value.data.length; i++) {
    const c = i % C;
    const r = 1 / Math.sqrt(p['variance'].values[c] + epsilon);
    const factor = Math.abs(p['gamma'].values[c]) * r;
    const [value, m] = [x.value.data[i], p['mean'].values[c]];
    const size = factor * (Math.abs(value) + Math.abs(m));
    const rounding = u * (8 * factor * Math.abs(value - m) + 3 * size + Math.abs(z.value.data[i]));
    peak = larger(peak, size + Math.abs(z.value.data[i]));
    z.worst.data[i] = factor * x.worst.data[i] * (1 + 8 * u) + rounding + underflow(3);
    z.systematic.data[i] = factor * x.systematic.data[i] + underflow(3);
    z.own.data[i] = spread(factor * x.own.data[i], rounding);
    z.shared.data[i] = factor * x.shared.data[i];
  }
  settle(z);
  return peak;
}

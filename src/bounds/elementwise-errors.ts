// How errors pass through an elementwise activation, forward and backward; u = 2⁻²⁴.
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { underflow } from '../numeric/bounds/error-bound.ts';
import { zeros } from '../numeric/matrix.ts';
import { boundOfActivation } from './of-page.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import { settle } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';

const u = UNIT_ROUNDOFF.f32;

/**
 * a = f(z). f scales each part of the error of z by the same factor. The error that f itself adds
 * is systematic.
 */
export function throughElementwise(a: Tracked, z: Tracked, page: ActivationPage): void {
  page.forward(a.value.data, z.value.data);
  const bound = boundOfActivation(page);
  for (let i = 0; i < a.value.data.length; i++) {
    const [zi, ez, ai] = [z.value.data[i], z.error.data[i], a.value.data[i]];
    const own = bound.forward(zi, 0, ai);
    const factor = ez > 0 ? (bound.forward(zi, ez, ai) - own) / ez : 0;
    a.worst.data[i] = factor * z.worst.data[i] + own;
    a.systematic.data[i] = factor * z.systematic.data[i] + bound.bias * own;
    a.own.data[i] = factor * z.own.data[i] + own;
    a.shared.data[i] = factor * z.shared.data[i];
  }
  settle(a);
}

/**
 * dz = da · f'(z):  edz = eda·|f'| + |da|·ef' + eda·ef' + 2u|dz|
 * At an undecided kink, errors are counted from the middle of the values that da and f' may have.
 */
export function throughSlope(dz: Tracked, da: Tracked, z: Tracked, a: Tracked, page: ActivationPage): void {
  const bound = boundOfActivation(page);
  for (let i = 0; i < dz.value.data.length; i++) {
    const [zi, ez, ai, ea] = [z.value.data[i], z.error.data[i], a.value.data[i], a.error.data[i]];
    const [f, ef, fShift = 0] = bound.slope({ z: zi, ez, a: ai, ea });
    const middle = da.value.data[i] + (da.shift?.data[i] ?? 0);
    const [d, ed, size] = [Math.abs(middle), da.error.data[i], Math.abs(f + fShift)];
    // Undecided branch: the whole slope is uncertain. Decided: the slope has an error of its own,
    // and the rest of its error is proportional to the error of z.
    const decided = !bound.undecided(zi, ez);
    const fixed = decided ? bound.slope({ z: zi, ez: 0, a: ai, ea: bound.forward(zi, 0, ai) })[1] : ef;
    const factor = ez > 0 ? ((d + ed) * Math.max(0, ef - fixed)) / ez : 0;
    const rounding = 2 * u * d * (size + (decided ? 0 : ef));
    const lost = d * size === 0 ? 0 : underflow(4); // native TensorFlow flushes a product below 2^-126 to zero
    const uncertain = (d + ed) * fixed;
    dz.value.data[i] = da.value.data[i] * f;
    const shift = middle * (f + fShift) - dz.value.data[i];
    if (shift !== 0) (dz.shift ??= zeros('f64', dz.value.rows, dz.value.cols)).data[i] = shift;
    dz.worst.data[i] = da.worst.data[i] * (size + ef) + d * fixed + factor * z.worst.data[i] + rounding + lost;
    dz.systematic.data[i] =
      da.systematic.data[i] * size + (decided ? bound.bias : 1) * uncertain + factor * z.systematic.data[i] + lost;
    dz.own.data[i] = size * da.own.data[i] + factor * z.own.data[i] + rounding + (decided ? uncertain : 0);
    dz.shared.data[i] = size * da.shared.data[i] + factor * z.shared.data[i];
    const either = da.either === undefined ? 0 : (size + ef) * da.either.data[i];
    if (either !== 0) (dz.either ??= zeros('f64', dz.value.rows, dz.value.cols)).data[i] = either;
  }
}

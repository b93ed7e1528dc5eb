// How errors pass through an elementwise activation, forward and backward; u: one
// rounding, as arithmetic.ts has it.
import { u } from '../numeric/bounds/arithmetic.ts';
import { underflow } from '../numeric/bounds/error-bound.ts';
import { biasOf } from '../numeric/bounds/function-errors.ts';
import { zeros } from '../numeric/matrix.ts';
import { boundOfActivation } from './of-page.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import { boundOf, numbersOf, spread } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';

/**
 * a = f(z). f scales each part of the error of z by the same factor. The error that f itself adds
 * is systematic.
 */
export function throughElementwise(a: Tracked, z: Tracked, page: ActivationPage): void {
  page.forward(a.value.data, z.value.data);
  const bound = boundOfActivation(page);
  const bias = biasOf(bound.bias);
  const [to, from] = [numbersOf(a), numbersOf(z)];
  for (let i = 0; i < to.value.length; i++) {
    const zi = from.value[i];
    const ez = from.error[i];
    const ai = to.value[i];
    const own = bound.forward(zi, 0, ai);
    const factor = ez > 0 ? (bound.forward(zi, ez, ai) - own) / ez : 0;
    if (factor === 0 && own === 0) continue; // no error, as `a` begins
    to.worst[i] = factor * from.worst[i] + own;
    to.systematic[i] = factor * from.systematic[i] + bias * own;
    to.own[i] = factor * from.own[i] + own;
    to.shared[i] = factor * from.shared[i];
    to.error[i] = boundOf(to.worst[i], to.systematic[i], spread(to.own[i], to.shared[i]));
  }
}

/**
 * dz = da · f'(z):  edz = eda·|f'| + |da|·ef' + eda·ef' + 2u|dz|
 * At an undecided kink, errors are counted from the middle of the values that da and f' may have.
 */
export function throughSlope(dz: Tracked, da: Tracked, z: Tracked, a: Tracked, page: ActivationPage): void {
  const bound = boundOfActivation(page);
  const [to, from, ofZ, ofA] = [numbersOf(dz), numbersOf(da), numbersOf(z), numbersOf(a)];
  const bias = biasOf(bound.bias);
  const [shifts, eithers] = [da.shift?.data, da.either?.data];
  const at = { z: 0, ez: 0, a: 0, ea: 0 };
  for (let i = 0; i < to.value.length; i++) {
    const zi = (at.z = ofZ.value[i]);
    const ez = (at.ez = ofZ.error[i]);
    const ai = (at.a = ofA.value[i]);
    at.ea = ofA.error[i];
    const slope = bound.slope(at);
    const f = slope[0];
    const ef = slope[1];
    const fShift = slope[2] ?? 0;
    const middle = from.value[i] + (shifts?.[i] ?? 0);
    const d = Math.abs(middle);
    const ed = from.error[i];
    const size = Math.abs(f + fShift);
    // Undecided branch: the whole slope is uncertain. Decided: the slope has an error of its own,
    // and the rest of its error is proportional to the error of z.
    const decided = !bound.undecided(zi, ez);
    // a slope without an error has none for a z without one either
    const fixed = decided && ef !== 0 ? bound.slope({ z: zi, ez: 0, a: ai, ea: bound.forward(zi, 0, ai) })[1] : ef;
    const factor = ez > 0 ? ((d + ed) * Math.max(0, ef - fixed)) / ez : 0;
    const rounding = 2 * u * d * (size + (decided ? 0 : ef));
    const lost = d * size === 0 ? 0 : underflow(4); // native TensorFlow flushes a product below 2^-126 to zero
    const uncertain = (d + ed) * fixed;
    to.value[i] = from.value[i] * f;
    const shift = middle * (f + fShift) - to.value[i];
    if (shift !== 0) (dz.shift ??= zeros('f64', dz.value.rows, dz.value.cols)).data[i] = shift;
    to.worst[i] = from.worst[i] * (size + ef) + d * fixed + factor * ofZ.worst[i] + rounding + lost;
    to.systematic[i] = from.systematic[i] * size + (decided ? bias : 1) * uncertain + factor * ofZ.systematic[i] + lost;
    to.own[i] = size * from.own[i] + factor * ofZ.own[i] + rounding + (decided ? uncertain : 0);
    to.shared[i] = size * from.shared[i] + factor * ofZ.shared[i];
    to.error[i] = boundOf(to.worst[i], to.systematic[i], spread(to.own[i], to.shared[i]));
    const either = eithers === undefined ? 0 : (size + ef) * eithers[i];
    if (either !== 0) (dz.either ??= zeros('f64', dz.value.rows, dz.value.cols)).data[i] = either;
  }
}

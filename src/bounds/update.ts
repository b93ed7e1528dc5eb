// An optimizer's steps in binary64, and beside every weight a bound on how far a binary32 engine may be from it.
//
// Names: e + the name of a value is the bound on that value's error; u = 2⁻²⁴. Terms of order u² are covered by a last factor.
import { assignParameters, copyParameters, namedTensors, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { power, square } from '../numeric/elementary.ts';
import { underflow } from '../numeric/bounds/error-bound.ts';
import type { OptimizerId, OptimizerSpec, TensorState } from '../ops/optimizers/optimizer.ts';
import { OPTIMIZER } from '../ops/optimizers/registry.ts';
import { larger, peakOf } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';

const u = UNIT_ROUNDOFF.f32;
const SECOND_ORDER = 1.001;

/** One tensor before and after a step: the weights, the gradient, and every slot of the optimizer's state with its error. */
interface TensorStep {
  readonly w: Float64Array; // after
  readonly ew: Float64Array; // before; the rule writes what it is after
  readonly g: Float64Array;
  readonly eg: Float64Array;
  readonly t: number; // which step this is, from 1
  readonly before: Readonly<Record<string, Float64Array>>;
  readonly after: Readonly<Record<string, Float64Array>>;
  readonly eSlots: Readonly<Record<string, Float64Array>>;
}

/** Updates ew and eSlots, entry by entry. */
type UpdateError = (step: TensorStep, spec: OptimizerSpec) => void;

/** w' = w - lr·x: rounding of lr, of the product, and of the sum */
function stepError(ew: number, w: number, lr: number, x: number, ex: number): number {
  return SECOND_ORDER * (ew + lr * ex + u * (2 * lr * Math.abs(x) + Math.abs(w))) + underflow(2);
}

/** lr·g is flushed to zero below 2^-126, and then divided by `low`: what q = g / √... loses by that. */
function lostOf(lr: number, low: number): number {
  return lr > 0 ? underflow(1) / (lr * low) : 0;
}

/** √x with x >= 0 off by ex: never more than √ex, and less where x is large */
function rootError(x: number, ex: number): number {
  const root = Math.sqrt(x);
  const low = Math.sqrt(Math.max(0, x - ex));
  return (root + low > 0 ? ex / (root + low) : Math.sqrt(ex)) + u * root;
}

/** v' = m·v + g */
function velocityError(ev: number, before: number, after: number, m: number, eg: number): number {
  return m * ev + eg + u * (2 * m * Math.abs(before) + Math.abs(after));
}

/** x' = d·x + (1-d)·y, where y is off by ey: a running mean */
function meanError(ex: number, before: number, after: number, d: number, y: number, ey: number): number {
  const rounding = 2 * d * Math.abs(before) + 2 * (1 - d) * Math.abs(y) + Math.abs(after);
  return d * ex + (1 - d) * ey + u * rounding + underflow(3);
}

/** g² */
function squareError(g: number, eg: number): number {
  return (2 * Math.abs(g) + eg) * eg + u * g * g + underflow(1);
}

const sgd: UpdateError = ({ w, ew, g, eg }, { learningRate: lr }) => {
  for (let i = 0; i < w.length; i++) ew[i] = stepError(ew[i], w[i], lr, g[i], eg[i]);
};

const momentum: UpdateError = ({ w, ew, eg, before, after, eSlots }, { learningRate: lr, momentum: m }) => {
  const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
  for (let i = 0; i < w.length; i++) {
    ev[i] = velocityError(ev[i], v[i], vNew[i], m, eg[i]);
    ew[i] = stepError(ew[i], w[i], lr, vNew[i], ev[i]);
  }
};

const nesterov: UpdateError = ({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, momentum: m }) => {
  const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
  for (let i = 0; i < w.length; i++) {
    ev[i] = velocityError(ev[i], v[i], vNew[i], m, eg[i]);
    const ahead = g[i] + m * vNew[i];
    ew[i] = stepError(ew[i], w[i], lr, ahead, eg[i] + m * ev[i] + u * (2 * m * Math.abs(vNew[i]) + Math.abs(ahead)));
  }
};

const rmsprop: UpdateError = ({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, decay, epsilon }) => {
  const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
  for (let i = 0; i < w.length; i++) {
    es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
    const inside = sNew[i] + epsilon;
    const root = Math.sqrt(inside);
    const eRoot = rootError(inside, es[i] + u * (epsilon + inside));
    const low = Math.max(root - eRoot, Math.sqrt(epsilon) * (1 - 4 * u));
    const q = g[i] / root;
    const eq = (eg[i] + Math.abs(q) * eRoot) / low + u * Math.abs(q) + lostOf(lr, low);
    ew[i] = stepError(ew[i], w[i], lr, q, eq);
  }
};

const rmspropCentered: UpdateError = (
  { w, ew, g, eg, before, after, eSlots },
  { learningRate: lr, decay, epsilon },
) => {
  const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
  const [c, cNew, ec] = [before['c'], after['c'], eSlots['c']];
  for (let i = 0; i < w.length; i++) {
    es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
    ec[i] = meanError(ec[i], c[i], cNew[i], decay, g[i], eg[i]);
    const inside = sNew[i] - square(cNew[i]) + epsilon; // the subtraction keeps the errors of both, and loses their size
    const eInside = es[i] + squareError(cNew[i], ec[i]) + u * (2 * inside + epsilon);
    const root = Math.sqrt(inside);
    const eRoot = rootError(inside, eInside);
    const q = g[i] / root;
    const low = Math.max(root - eRoot, Math.sqrt(epsilon) * (1 - 4 * u));
    const eq = (eg[i] + Math.abs(q) * eRoot) / low + u * Math.abs(q) + lostOf(lr, low);
    ew[i] = stepError(ew[i], w[i], lr, q, eq);
  }
};

const adadelta: UpdateError = ({ w, ew, g, eg, before, after, eSlots }, { learningRate: lr, decay, epsilon }) => {
  const [s, sNew, es] = [before['s'], after['s'], eSlots['s']];
  const [r, rNew, er] = [before['r'], after['r'], eSlots['r']];
  for (let i = 0; i < w.length; i++) {
    es[i] = meanError(es[i], s[i], sNew[i], decay, g[i] * g[i], squareError(g[i], eg[i]));
    const [above, below] = [r[i] + epsilon, sNew[i] + epsilon];
    const [top, bottom] = [Math.sqrt(above), Math.sqrt(below)];
    const eTop = rootError(above, er[i] + u * (epsilon + above));
    const eBottom = rootError(below, es[i] + u * (epsilon + below));
    const low = Math.max(bottom - eBottom, Math.sqrt(epsilon) * (1 - 4 * u));
    const ratio = top / bottom;
    const eRatio = (eTop + ratio * eBottom) / low + u * ratio;
    const delta = ratio * g[i];
    const eDelta = (ratio + eRatio) * eg[i] + eRatio * Math.abs(g[i]) + u * Math.abs(delta);
    er[i] = meanError(er[i], r[i], rNew[i], decay, delta * delta, squareError(delta, eDelta));
    ew[i] = stepError(ew[i], w[i], lr, delta, eDelta);
  }
};

const adam: UpdateError = ({ w, ew, g, eg, t, before, after, eSlots }, { learningRate: lr, beta1, beta2, epsilon }) => {
  const [m, mNew, em] = [before['m'], after['m'], eSlots['m']];
  const [v, vNew, ev] = [before['v'], after['v'], eSlots['v']];
  const [c1, ec1] = correction(beta1, t);
  const [c2, ec2] = correction(beta2, t);
  for (let i = 0; i < w.length; i++) {
    em[i] = meanError(em[i], m[i], mNew[i], beta1, g[i], eg[i]);
    ev[i] = meanError(ev[i], v[i], vNew[i], beta2, g[i] * g[i], squareError(g[i], eg[i]));
    const mHat = mNew[i] / c1;
    const emHat = (em[i] + Math.abs(mHat) * ec1) / (c1 - ec1) + u * Math.abs(mHat);
    const vHat = vNew[i] / c2;
    const evHat = (ev[i] + vHat * ec2) / (c2 - ec2) + u * vHat;
    const divisor = Math.sqrt(vHat) + epsilon;
    const eDivisor = rootError(vHat, evHat) + u * (epsilon + divisor);
    const low = Math.max(divisor - eDivisor, epsilon * (1 - 2 * u));
    const q = mHat / divisor;
    const eq = (emHat + Math.abs(q) * eDivisor) / low + u * Math.abs(q);
    ew[i] = stepError(ew[i], w[i], lr, q, eq);
  }
};

/** 1 - βᵗ: β rounded once, multiplied t times, subtracted from 1. The rounding of β counts t times. */
function correction(beta: number, t: number): readonly [value: number, error: number] {
  const decayed = power(beta, t);
  return [1 - decayed, u * (2 * t * decayed + 1 - decayed)];
}

const UPDATE_ERROR: Record<OptimizerId, UpdateError> = {
  sgd,
  momentum,
  nesterov,
  rmsprop,
  adam,
  'rmsprop-centered': rmspropCentered,
  adadelta,
};

/** Parameters as they should be after the steps taken so far, and the bound per entry for a binary32 engine. */
export interface BoundedUpdates {
  readonly parameters: Parameters;
  readonly errors: Parameters;
  /** The largest sizes of the steps since goOnFrom, layer by layer. */
  readonly extremes: readonly Extreme[];
  /** One step with these gradients; `gradientErrors` is missing where every engine is given the same gradients. */
  step(gradients: Parameters, gradientErrors?: Parameters): void;
  /** The next step starts from these parameters, exactly; the optimizer's state, and what it may be off by, stays. */
  goOnFrom(parameters: Parameters): void;
}

/** @param start what every engine starts from; their optimizer state is fresh */
export function boundedUpdates(network: NetworkSpec, spec: OptimizerSpec, start: Parameters): BoundedUpdates {
  const parameters = copyParameters(start, 'f64');
  const errors = zeroParameters(network, 'f64');
  const { init, update } = OPTIMIZER[spec.id];
  const updateError = UPDATE_ERROR[spec.id];
  const tensors = namedTensors(parameters).map(({ values }) => ({ values, state: init(values, spec) }));
  const eSlots = tensors.map(({ state }) => mapSlots(state, ({ length }) => new Float64Array(length)));
  const extremes: Extreme[] = [];
  let t = 0;
  return {
    parameters,
    errors,
    extremes,
    step(gradients, gradientErrors) {
      t++;
      const [gs, egs] = [namedTensors(gradients), gradientErrors && namedTensors(gradientErrors)];
      tensors.forEach(({ values: w, state }, n) => {
        const g = new Float64Array(gs[n].values);
        const eg = egs === undefined ? new Float64Array(g.length) : (egs[n].values as Float64Array);
        const before = mapSlots(state, (slot) => slot.slice());
        update(w, g, state, spec);
        const after = state.slots as Record<string, Float64Array>;
        const ew = namedTensors(errors)[n].values as Float64Array;
        updateError({ w: w as Float64Array, ew, g, eg, t, before, after, eSlots: eSlots[n] }, spec);
        for (const errors of [ew, ...Object.values(eSlots[n])]) nothingKnown(errors);
        extremes.push(...sizes(gs[n].name, (n >> 1) + 1, spec, [w, g, ...Object.values(after)]));
      });
    },
    goOnFrom(from) {
      assignParameters(parameters, from);
      for (const { values } of namedTensors(errors)) values.fill(0);
      extremes.length = 0;
    },
  };
}

/** Where a bound leaves the range of binary64 itself (0 times infinity), nothing is known. */
function nothingKnown(errors: Float64Array): void {
  for (let i = 0; i < errors.length; i++) if (Number.isNaN(errors[i])) errors[i] = Infinity;
}

/** g² comes up where there is a second moment, a step of lr·g where there is none. */
function sizes(
  name: string,
  layer: number,
  { id, learningRate }: OptimizerSpec,
  arrays: readonly FloatArray[],
): Extreme[] {
  const g = peakOf(arrays[1]);
  const update = { stage: 'update', layer } as const;
  return [
    { ...update, name: 'learning rate', size: learningRate },
    { ...update, name, size: arrays.map(peakOf).reduce(larger, 0) },
    { ...update, name: `the update of ${name}`, size: SECOND_MOMENT.includes(id) ? g * g : learningRate * g },
  ];
}

const SECOND_MOMENT: readonly OptimizerId[] = ['rmsprop', 'rmsprop-centered', 'adam', 'adadelta'];

function mapSlots(state: TensorState, of: (slot: Float64Array) => Float64Array): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(state.slots).map(([name, slot]) => [name, of(slot as Float64Array)]));
}

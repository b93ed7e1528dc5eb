// An optimizer's steps in binary64, and beside every weight a bound on how far a binary32 engine may be from it.
//
// Names: e + the name of a value is the bound on that value's error; u = 2⁻²⁴. Terms of order u² are covered by a last factor.
import { namedTensors, copyParameters, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { UNIT_ROUNDOFF } from '../numeric/dtype.ts';
import { underflow } from '../numeric/error-bound.ts';
import type { OptimizerId, OptimizerSpec, TensorState } from '../optimizers/optimizer.ts';
import { OPTIMIZER } from '../optimizers/registry.ts';

const u = UNIT_ROUNDOFF.f32;
const SECOND_ORDER = 1.001;

/** Everything about entry i of one tensor before and after a step; `slots` and `eSlots` are the optimizer's state and its error. */
interface Entry {
  readonly w: number; // after the step
  readonly ew: number; // before the step
  readonly g: number;
  readonly eg: number;
  readonly t: number; // which step this is, from 1
  readonly before: (slot: string) => number;
  readonly after: (slot: string) => number;
  readonly eSlots: Readonly<Record<string, Float64Array>>;
  readonly i: number;
}

/** Updates the errors of the state, and returns the error of the weight. */
type UpdateError = (e: Entry, spec: OptimizerSpec) => number;

/** w' = w - lr·x: rounding of lr, of the product, and of the sum */
function stepError(e: Entry, lr: number, x: number, ex: number): number {
  return e.ew + lr * ex + u * (2 * lr * Math.abs(x) + Math.abs(e.w));
}

/** √x with x >= 0 off by ex: never more than √ex, and less where x is large */
function rootError(x: number, ex: number): number {
  const root = Math.sqrt(x);
  const low = Math.sqrt(Math.max(0, x - ex));
  return (root + low > 0 ? ex / (root + low) : Math.sqrt(ex)) + u * root;
}

/** v' = m·v + g */
function velocityError(e: Entry, m: number): number {
  const [v, after] = [e.before('v'), e.after('v')];
  const ev = m * e.eSlots['v'][e.i] + e.eg + u * (2 * m * Math.abs(v) + Math.abs(after));
  e.eSlots['v'][e.i] = ev;
  return ev;
}

/** x' = d·x + (1-d)·y, where y is off by ey: a running mean */
function meanError(e: Entry, slot: string, d: number, y: number, ey: number): number {
  const [x, after] = [e.before(slot), e.after(slot)];
  const rounding = 2 * d * Math.abs(x) + 2 * (1 - d) * Math.abs(y) + Math.abs(after);
  const error = d * e.eSlots[slot][e.i] + (1 - d) * ey + u * rounding + underflow(3);
  e.eSlots[slot][e.i] = error;
  return error;
}

/** g² */
function squareError({ g, eg }: Entry): number {
  return (2 * Math.abs(g) + eg) * eg + u * g * g + underflow(1);
}

const sgd: UpdateError = (e, { learningRate: lr }) => stepError(e, lr, e.g, e.eg);

const momentum: UpdateError = (e, { learningRate: lr, momentum: m }) =>
  stepError(e, lr, e.after('v'), velocityError(e, m));

const nesterov: UpdateError = (e, { learningRate: lr, momentum: m }) => {
  const ev = velocityError(e, m);
  const v = e.after('v');
  const ahead = e.g + m * v;
  return stepError(e, lr, ahead, e.eg + m * ev + u * (2 * m * Math.abs(v) + Math.abs(ahead)));
};

const rmsprop: UpdateError = (e, { learningRate: lr, decay, epsilon }) => {
  const es = meanError(e, 's', decay, e.g * e.g, squareError(e));
  const inside = e.after('s') + epsilon;
  const root = Math.sqrt(inside);
  const eRoot = rootError(inside, es + u * (epsilon + inside));
  const step = (lr * e.g) / root;
  const low = Math.max(root - eRoot, Math.sqrt(epsilon) * (1 - 4 * u));
  const eStep = (lr * e.eg + 2 * u * lr * Math.abs(e.g) + Math.abs(step) * eRoot) / low + u * Math.abs(step);
  return e.ew + eStep + u * Math.abs(e.w);
};

const adam: UpdateError = (e, { learningRate: lr, beta1, beta2, epsilon }) => {
  const em = meanError(e, 'm', beta1, e.g, e.eg);
  const ev = meanError(e, 'v', beta2, e.g * e.g, squareError(e));
  const [c1, ec1] = correction(beta1, e.t);
  const [c2, ec2] = correction(beta2, e.t);
  const mHat = e.after('m') / c1;
  const emHat = (em + Math.abs(mHat) * ec1) / (c1 - ec1) + u * Math.abs(mHat);
  const vHat = e.after('v') / c2;
  const evHat = (ev + vHat * ec2) / (c2 - ec2) + u * vHat;
  const divisor = Math.sqrt(vHat) + epsilon;
  const eDivisor = rootError(vHat, evHat) + u * (epsilon + divisor);
  const low = Math.max(divisor - eDivisor, epsilon * (1 - 2 * u));
  const q = mHat / divisor;
  const eq = (emHat + Math.abs(q) * eDivisor) / low + u * Math.abs(q);
  return stepError(e, lr, q, eq);
};

/** 1 - βᵗ: β rounded once, multiplied t times, subtracted from 1. The rounding of β counts t times. */
function correction(beta: number, t: number): readonly [value: number, error: number] {
  const power = beta ** t;
  return [1 - power, u * (2 * t * power + 1 - power)];
}

const UPDATE_ERROR: Record<OptimizerId, UpdateError> = { sgd, momentum, nesterov, rmsprop, adam };

/** Parameters as they should be after the steps taken so far, and the bound per entry for a binary32 engine. */
export interface BoundedUpdates {
  readonly parameters: Parameters;
  readonly errors: Parameters;
  /** One step with these gradients; `gradientErrors` is missing where every engine is given the same gradients. */
  step(gradients: Parameters, gradientErrors?: Parameters): void;
}

/** @param start what every engine starts from; their optimizer state is fresh */
export function boundedUpdates(network: NetworkSpec, spec: OptimizerSpec, start: Parameters): BoundedUpdates {
  const parameters = copyParameters(start, 'f64');
  const errors = zeroParameters(network, 'f64');
  const { init, update } = OPTIMIZER[spec.id];
  const updateError = UPDATE_ERROR[spec.id];
  const tensors = namedTensors(parameters).map(({ values }) => ({ values, state: init(values, spec) }));
  const eSlots = tensors.map(({ state }) => mapSlots(state, ({ length }) => new Float64Array(length)));
  let t = 0;
  return {
    parameters,
    errors,
    step(gradients, gradientErrors) {
      t++;
      const [gs, egs] = [namedTensors(gradients), gradientErrors && namedTensors(gradientErrors)];
      tensors.forEach(({ values: w, state }, n) => {
        const g = Float64Array.from(gs[n].values);
        const before = mapSlots(state, (slot) => slot.slice());
        update(w, g, state, spec);
        const ew = namedTensors(errors)[n].values;
        for (let i = 0; i < w.length; i++) {
          const entry: Entry = {
            ...{ w: w[i], ew: ew[i], g: g[i], eg: egs?.[n].values[i] ?? 0, t, i, eSlots: eSlots[n] },
            before: (slot) => before[slot][i],
            after: (slot) => state.slots[slot][i],
          };
          ew[i] = SECOND_ORDER * updateError(entry, spec) + underflow(2);
        }
      });
    },
  };
}

function mapSlots(state: TensorState, of: (slot: Float64Array) => Float64Array): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(state.slots).map(([name, slot]) => [name, of(slot as Float64Array)]),
  );
}

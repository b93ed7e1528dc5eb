// Bounds on one example's outputs, loss and gradients where only the formula over scalars is known.
// The functions take the same arguments as those that pages of outputs and losses derive by hand.
// Derivatives run forward along one score at a time, so K scores need K evaluations of the formula.
// Letters: K scores, t targets, B examples.
//
// A formula must say where it branches: `ifPositive`, `max` and `relu` are seen here, an `if` on a
// scalar's number is not.
import { u as oneRounding } from '../numeric/bounds/arithmetic.ts';
import { known, underflow } from '../numeric/bounds/error-bound.ts';
import { times } from '../numeric/bounds/ranges.ts';
import { TrackedScalar } from '../numeric/bounds/tracked-scalar.ts';
import type { Scalar, ScalarRowFunction } from '../numeric/scalar.ts';
import type { Fresh, Row } from '../numeric/bounds/rows.ts';

/**
 * Loss of one example from its K scores or outputs, before the mean over the batch, over any
 * arithmetic.
 */
export type ScalarLossFunction = <S extends Scalar<S>>(from: readonly S[], t: readonly number[]) => S;

/** p = f(z), with error. `undecided` says whether some output depends on an undecided branch. */
export function graphOutputRow(graph: ScalarRowFunction) {
  return (p: Row, z: Row, fresh: Fresh): { undecided: boolean } => {
    const along = Array.from(z.value, (_, j) => graph(inputs(z, fresh, j)));
    graph(inputs(z, fresh, -1)).forEach((output, k) => {
      p.value[k] = output.data;
      p.error[k] = errorOf(
        output,
        along.map((outputs) => outputs[k]),
        z,
      );
    });
    return { undecided: along.some((outputs) => outputs.some(({ undecided }) => undecided)) };
  };
}

/**
 * The slopes give a second bound on how far a value moves: Σ_j |∂f/∂z_j| e_j, with the largest
 * slopes in range (mean value theorem).
 */
function errorOf({ error, rounded, continuous }: TrackedScalar, along: readonly TrackedScalar[], z: Row): number {
  const moved = along.reduce((sum, { steepest }, j) => sum + times(steepest, offOf(z, j)), 0);
  return continuous && moved + rounded < error ? moved + rounded : error;
}

/** dz_j = Σ_k dp_k ∂p_k/∂z_j */
export function graphOutputRowBackward(graph: ScalarRowFunction) {
  return (dz: Row, dp: Row, z: Row, fresh: Fresh): void => {
    const u = fresh.rounding * oneRounding;
    for (let j = 0; j < z.value.length; j++) {
      let [sum, middle, error, size] = [0, 0, 0, 0];
      graph(inputs(z, fresh, j)).forEach(({ derivative: [slope, eSlope, shift] }, k) => {
        const [d, m] = [dp.value[k] + dp.shift[k], slope + shift];
        sum += dp.value[k] * slope;
        middle += d * m;
        error += Math.abs(d) * eSlope + (Math.abs(m) + eSlope) * dp.error[k];
        size += Math.abs(d) * (Math.abs(m) + eSlope);
      });
      dz.value[j] = sum;
      dz.shift[j] = middle - sum;
      dz.error[j] = known(error + (fresh.sum(dp.value.length) + 2 * u) * size + underflow(2));
    }
  };
}

/**
 * One example's share of a loss: its value and error. The gradient of the mean over B examples goes
 * into `gradient`.
 */
export function graphLossRow(graph: ScalarLossFunction) {
  return (gradient: Row, from: Row, t: Float64Array, B: number, fresh: Fresh): { value: number; error: number } => {
    const u = fresh.rounding * oneRounding;
    const targets = Array.from(t);
    const along = Array.from(from.value, (_, j) => graph(inputs(from, fresh, j), targets));
    along.forEach(({ derivative: [slope, error, shift] }, j) => {
      gradient.value[j] = slope / B;
      gradient.shift[j] = shift / B;
      gradient.error[j] = known((error + 3 * u * (Math.abs(slope + shift) + error)) / B + underflow(1));
    });
    const loss = graph(inputs(from, fresh, -1), targets);
    return { value: loss.data, error: errorOf(loss, along, from) };
  };
}

/** @param along the index of the input that derivatives are taken along; -1 for none */
function inputs(row: Row, { rounding, functions }: Fresh, along: number): TrackedScalar[] {
  const setting = { ez: Infinity, rounding, functions };
  return Array.from(row.value, (x, k) => TrackedScalar.input(setting, x, offOf(row, k), k === along ? 1 : 0));
}

function offOf({ error, shift }: Row, k: number): number {
  return error[k] + Math.abs(shift[k]);
}

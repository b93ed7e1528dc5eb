// Bounds for a kind of layer that has only a formula over scalars.
// Letters: B examples, I inputs, O scores; P parameters, all tensors concatenated.
//
// The backward pass is the chain rule over the same scalars, so derivatives carry bounds too. Every
// number is an object, so this is for small layers.
import { u } from '../numeric/bounds/arithmetic.ts';
import { square } from '../numeric/elementary.ts';
import { underflow } from '../numeric/bounds/error-bound.ts';
import { larger, peakOf } from '../numeric/bounds/extremes.ts';
import type { Fresh, Row } from '../numeric/bounds/rows.ts';
import { TrackedScalar } from '../numeric/bounds/tracked-scalar.ts';
import { boundOf, largestOf, settle, spread, tracked } from '../numeric/bounds/tracked.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';
import { Taped, gradients } from '../numeric/tape.ts';
import type { Fields, LayerBound, LayerPage, Tensors } from '../ops/layers/page.ts';
import { inThreeParts } from './row-errors.ts';

export function graphLayerBound(graph: LayerPage['graph']): LayerBound<Fields> {
  return {
    forward(z, x, p, { spec }) {
      for (let r = 0; r < z.value.rows; r++)
        inThreeParts(z, r, [x], ([row], out, fresh) => {
          const parameters = each(p, (w) => given(fresh, w, 0));
          fill(out, graph(inputs(fresh, row), parameters, spec));
        });
      settle(z);
      return largestIn(z);
    },
    backward({ dx, dp, errors }, dz, x, p, { spec, alike }) {
      const [B, I] = [x.value.rows, x.value.cols];
      const P = Object.values(p).reduce((sum, { values }) => sum + values.length, 0);
      const all = tracked(B, I + P); // dx, and the contribution of each example to dp
      for (let r = 0; r < B; r++)
        inThreeParts(all, r, [dz, x], ([start, row], out, fresh) => {
          const xs = inputs(fresh, row).map((value) => new Taped(value));
          const leaves = each(p, (w) => new Taped(given(fresh, w, 0)));
          const results = graph(xs, leaves, spec);
          fill(out, gradients(results, inputs(fresh, start), [...xs, ...Object.values(leaves).flat()]));
        });
      settle(all);
      if (dx !== null) takeInputs(dx, all);
      addUp(errors, all, I, alike);
      return {
        dx: largestIn(all),
        dp: Object.values(dp).reduce((most, { values }) => larger(most, peakOf(values)), 0),
      };
    },
  };
}

function given({ rounding, functions }: Fresh, x: number, error: number): TrackedScalar {
  return TrackedScalar.input({ ez: Infinity, rounding, functions }, x, error, 0);
}

/** An entry with a shift may lie anywhere between, so the shift adds to its error. */
function inputs(fresh: Fresh, { value, error, shift }: Row): TrackedScalar[] {
  return Array.from(value, (x, k) => given(fresh, x, error[k] + 2 * Math.abs(shift[k])));
}

function each<T>(p: Tensors, make: (w: number) => T): Record<string, T[]> {
  return Object.fromEntries(Object.entries(p).map(([role, { values }]) => [role, Array.from(values, make)]));
}

function fill(out: Row, scalars: readonly TrackedScalar[]): void {
  scalars.forEach(({ data, error }, k) => {
    out.value[k] = data;
    out.error[k] = error;
  });
}

function largestIn(m: Tracked): number {
  return larger(peakOf(largestOf(m).data), 0);
}

/** Copies the first columns of `all`. The values are already in place. */
function takeInputs(dx: Tracked, all: Tracked): void {
  const [I, width] = [dx.value.cols, all.value.cols];
  for (const part of ['worst', 'systematic', 'own', 'shared', 'error'] as const)
    for (let r = 0; r < dx.value.rows; r++)
      for (let i = 0; i < I; i++) dx[part].data[r * I + i] = all[part].data[r * width + i];
}

/** Errors of the sums over examples. Different examples have independent errors. */
function addUp(errors: Tensors, all: Tracked, from: number, alike: Float64Array): void {
  const { rows: B, cols: width } = all.value;
  let at = from;
  for (const { values } of Object.values(errors))
    for (let i = 0; i < values.length; i++, at++) {
      let [worst, systematic, squares, size] = [0, 0, 0, 0];
      for (let r = 0, k = at; r < B; r++, k += width) {
        size += Math.abs(all.value.data[k]);
        worst += all.worst.data[k];
        systematic += all.systematic.data[k];
        squares += alike[r] * square(spread(all.own.data[k], all.shared.data[k]));
      }
      const rounding = B * u * (size + worst);
      values[i] = boundOf(worst, systematic, Math.sqrt(squares)) + rounding + underflow(B);
    }
}

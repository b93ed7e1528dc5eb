// Softmax, or its backward pass, over the wrong axis: over the examples of a batch.
import type { NetworkSpec } from '../../../network/spec.ts';
import { exp, log } from '../../../numeric/elementary.ts';
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import { activate } from '../../../ops/backward-rules.ts';
import { lossOf } from '../../../ops/registry.ts';
import { byColumns, entries } from '../pass/rows.ts';
import type { Across } from './changed.ts';

/** Of a network with a softmax output; none of others. */
export function softmaxOverBatch(network: NetworkSpec): Across[] {
  if (network.layers.at(-1)?.activation !== 'softmax') return [];
  return [...ofForward(network), ...ofBackward(network)];
}

/** dz = p ⊙ (dp - Σ dp ⊙ p), with that sum over the examples or over everything. */
function ofBackward(network: NetworkSpec): Across[] {
  const last = network.layers.length - 1;
  const page = lossOf(network.loss);
  if (page.from === 'scores') return [];
  const over = (text: string, sums: (products: Matrix) => Matrix): Across => ({
    place: `dz${last + 1}`,
    text,
    changes: {
      start: (z, t) => {
        const [p, dp] = [zeros('f64', z.rows, z.cols), zeros('f64', z.rows, z.cols)];
        activate('softmax', p, z);
        const loss = page.forward(p, p, t);
        page.backward(dp, p, t);
        const total = sums(entries(p, (value, i) => value * dp.data[i]));
        return { loss, dz: entries(p, (value, i) => value * (dp.data[i] - total.data[i])) };
      },
    },
  });
  const inBackward = 'In the backward pass of softmax, Σ dp ⊙ p is taken over';
  return [
    over(`${inBackward} the examples of the batch, not over the outputs of each example.`, (m) =>
      byColumns(m, (v) => v.map(() => sum(v))),
    ),
    over(`${inBackward} the whole batch, not over the outputs of each example.`, (m) => {
      const all = sum(m.data);
      return entries(m, () => all);
    }),
  ];
}

/** Softmax over something else than the outputs of an example. */
function ofForward(network: NetworkSpec): Across[] {
  const last = network.layers.length - 1;
  if (network.loss !== 'cross-entropy') return [];
  const e = (z: Matrix): Matrix => entries(z, exp);
  const over = (text: string, normalised: (z: Matrix) => Matrix): Across => ({
    place: `a${last + 1}`,
    text,
    changes: {
      start: (z, t) => {
        const p = normalised(e(z));
        const terms = Float64Array.from(t.data, (value, i) => value * log(p.data[i]));
        return { loss: -sum(terms) / z.rows, dz: entries(p, (value, i) => (value - t.data[i]) / z.rows) };
      },
    },
  });
  return [
    over('Softmax is taken over the examples of the batch, not over the outputs of each example.', (p) =>
      byColumns(p, (v) => v.map((value) => value / sum(v))),
    ),
    over('Softmax divides by the sum over the whole batch, not over the outputs of each example.', (p) => {
      const total = sum(p.data);
      return entries(p, (value) => value / total);
    }),
    over('Softmax divides by the sum over the whole batch, after each example loses its largest score.', (p) => {
      const shifted = entries(p, (value, at) => value / Math.max(...rowAt(p, at)));
      const total = sum(shifted.data);
      return entries(shifted, (value) => value / total);
    }),
  ];
}

/** The row that an entry is in. */
function rowAt({ data, cols }: Matrix, at: number): Float64Array {
  const r = Math.floor(at / cols);
  return Float64Array.from(data.subarray(r * cols, (r + 1) * cols));
}

function sum(values: ArrayLike<number>): number {
  return Array.from(values).reduce((total, value) => total + value, 0);
}

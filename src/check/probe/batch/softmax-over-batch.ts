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

/** What a number e^z is divided by, or its score loses first: one number for each entry. */
type Over = (m: Matrix, of: (v: Float64Array) => number) => Matrix;

const rowWise: Over = (m, of) =>
  entries(m, (_, at) => {
    const start = at - (at % m.cols);
    return of(Float64Array.from(m.data.subarray(start, start + m.cols)));
  });
const columnWise: Over = (m, of) => byColumns(m, (v) => v.map(() => of(Float64Array.from(v))));
const overAll: Over = (m, of) => {
  const value = of(Float64Array.from(m.data));
  return entries(m, () => value);
};

const largest = (v: Float64Array): number => Math.max(...v);
const sum = (v: ArrayLike<number>): number => Array.from(v).reduce((total, value) => total + value, 0);

const OVER = 'not over the outputs of each example';
const ROW_LESS = ', after each example loses its largest score';
const COLUMN_LESS = ', after each output loses its largest score in the batch';

/**
 * Softmax over something else than the outputs of an example. The largest score of everything does
 * not show; that of what is summed up does not either.
 */
const FORMS: readonly { readonly text: string; readonly less: Over | null; readonly total: Over }[] = [
  { text: `Softmax is taken over the examples of the batch, ${OVER}`, less: null, total: columnWise },
  { text: `Softmax is taken over the examples of the batch, ${OVER}${ROW_LESS}`, less: rowWise, total: columnWise },
  { text: `Softmax divides by the sum over the whole batch, ${OVER}`, less: null, total: overAll },
  { text: `Softmax divides by the sum over the whole batch, ${OVER}${ROW_LESS}`, less: rowWise, total: overAll },
  { text: `Softmax divides by the sum over the whole batch, ${OVER}${COLUMN_LESS}`, less: columnWise, total: overAll },
  {
    text: 'In softmax each output loses its largest score in the batch, not each example its own',
    less: columnWise,
    total: rowWise,
  },
];

/** The backward passes that may go with it: of scores dz = (p - t) / B; else through Σ dp ⊙ p. */
function ofForward(network: NetworkSpec): Across[] {
  const last = network.layers.length - 1;
  const page = lossOf(network.loss);
  const ofScores = page.from === 'scores';
  if (ofScores && network.loss !== 'cross-entropy') return [];
  return FORMS.flatMap(({ text, less, total }) => {
    const backs = new Set(ofScores ? [null, ...(total === rowWise ? [] : [total])] : [rowWise, total]);
    return [...backs].map((back): Across => ({
      place: `a${last + 1}`,
      text: `${text}${back === null || back === total ? '' : '; backward takes it over the outputs'}.`,
      changes: {
        start: (z, t) => {
          const shift = less?.(z, largest);
          const e = entries(z, (value, i) => exp(value - (shift?.data[i] ?? 0)));
          const sums = total(e, sum);
          const p = entries(e, (value, i) => value / sums.data[i]);
          const terms = Float64Array.from(t.data, (value, i) => value * log(p.data[i]));
          const dp = zeros('f64', z.rows, z.cols);
          if (!ofScores) page.backward(dp, p, t);
          const loss = ofScores ? -sum(terms) / z.rows : page.forward(p, p, t);
          if (back === null) return { loss, dz: entries(p, (value, i) => (value - t.data[i]) / z.rows) };
          const slope = ofScores ? entries(p, (value, i) => -t.data[i] / (value * z.rows)) : dp;
          const along = back(
            entries(p, (value, i) => value * slope.data[i]),
            sum,
          );
          return { loss, dz: entries(p, (value, i) => value * (slope.data[i] - along.data[i])) };
        },
      },
    }));
  });
}

// Statistics over a batch that a network should not have: the mean, the deviation, the largest
// number of a column are taken out of what it computes.
import type { Matrix } from '../../../numeric/matrix.ts';
import { byColumns, meanOf } from '../pass/rows.ts';

/** Something that is done to each column of a matrix (B, units), over the examples. */
export interface Statistic {
  /** "the mean over the batch is subtracted from NAME" */
  readonly text: (name: string) => string;
  readonly of: (m: Matrix) => Matrix;
  /** dv from dv' for v' = of(v), and how; the first is right for what is done. */
  readonly backward: readonly {
    readonly text: string | null;
    readonly of: (dv: Matrix, v: Matrix) => Matrix;
  }[];
}

const centred = (v: Float64Array): Float64Array => {
  const mean = meanOf(v);
  return v.map((value) => value - mean);
};

function deviation(v: Float64Array, epsilon: number, less: number): number {
  const squares = centred(v).reduce((sum, value) => sum + value * value, 0);
  return Math.sqrt(squares / (v.length - less) + epsilon);
}

function column(v: Matrix, c: number): Float64Array {
  return Float64Array.from({ length: v.rows }, (_, r) => v.data[r * v.cols + c]);
}

const AS_IF_NOT = { text: 'backward takes no account of it', of: (dv: Matrix) => dv };

/** The numbers that a statistic is taken of: those of a column, or all. */
interface Over {
  readonly text: string;
  readonly by: typeof byColumns;
  readonly part: (m: Matrix, c: number) => Float64Array;
}

const OVER_COLUMNS: Over = { text: 'over the batch', by: byColumns, part: column };
const OVER_ALL: Over = {
  text: 'over all units of the whole batch together',
  by: (m, change) => ({ ...m, data: change(Float64Array.from(m.data), 0) }),
  part: ({ data }) => Float64Array.from(data),
};

function mean({ text: over, by }: Over): Statistic {
  return {
    text: (name) => `the mean ${over} is subtracted from ${name}`,
    of: (m) => by(m, centred),
    backward: [{ text: null, of: (dv) => by(dv, centred) }, AS_IF_NOT],
  };
}

/** (v - mean) / √(variance + ε), with Σ/B or Σ/(B - 1) in the variance */
function standardised({ text: over, by, part }: Over, epsilon: number, less: number): Statistic {
  const added = epsilon === 0 ? '' : `, with ε = ${epsilon}`;
  const how = less === 0 ? added : `, with Σ / (B - 1) in the variance${added}`;
  const scaleOf = (v: Matrix, c: number): number => deviation(part(v, c), epsilon, less);
  return {
    text: (name) =>
      `${name} is standardised ${over}${over === OVER_COLUMNS.text ? ', as in batch normalisation' : ''}${how}`,
    of: (m) => by(m, (v) => dividedBy(centred(v), deviation(v, epsilon, less))),
    backward: [
      {
        text: null,
        of: (dv, v) =>
          by(dv, (d, c) => {
            const scale = scaleOf(v, c);
            const normal = dividedBy(centred(part(v, c)), scale);
            const along = d.reduce((sum, value, r) => sum + value * normal[r], 0) / (d.length - less);
            return centred(d).map((value, r) => (value - normal[r] * along) / scale);
          }),
      },
      {
        text: 'backward takes mean and variance as constants',
        of: (dv, v) => by(dv, (d, c) => dividedBy(d, scaleOf(v, c))),
      },
      AS_IF_NOT,
    ],
  };
}

const LARGEST: Statistic = {
  text: (name) => `${name} is divided by the largest |${name}| of each column of the batch`,
  of: (m) => byColumns(m, (v) => dividedBy(v, largest(v))),
  backward: [
    {
      text: 'backward takes it as a constant',
      of: (dv, v) => byColumns(dv, (d, c) => dividedBy(d, largest(column(v, c)))),
    },
    AS_IF_NOT,
  ],
};

const LARGEST_OF_ALL: Statistic = {
  text: (name) => `${name} is divided by the largest |${name}| of the batch`,
  of: (m) => ({ ...m, data: dividedBy(m.data, largest(m.data)) }),
  backward: [
    {
      text: 'backward takes it as a constant',
      of: (dv, v) => ({ ...dv, data: dividedBy(dv.data, largest(v.data)) }),
    },
    AS_IF_NOT,
  ],
};

function dividedBy(v: ArrayLike<number>, by: number): Float64Array {
  return Float64Array.from(v, (value) => value / by);
}

function largest(data: Iterable<number>): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}

const EPSILONS = [0, 1e-8, 1e-5, 1e-3];

export const STATISTICS: readonly Statistic[] = [
  mean(OVER_COLUMNS),
  mean(OVER_ALL),
  ...EPSILONS.flatMap((epsilon) => [
    standardised(OVER_COLUMNS, epsilon, 0),
    standardised(OVER_COLUMNS, epsilon, 1),
    standardised(OVER_ALL, epsilon, 0),
  ]),
  LARGEST,
  LARGEST_OF_ALL,
];

// Bias gradients whose sum runs over the wrong axis, because dz was reshaped and not transposed.
import { zeros } from '../../../numeric/matrix.ts';
import type { Matrix } from '../../../numeric/matrix.ts';
import type { Across } from './changed.ts';

/** dz (B, O) as it is taken for another (B, O), whose rows are added up. */
const WAYS: readonly (readonly [text: (n: number) => string, at: (r: number, o: number, m: Matrix) => number])[] = [
  [
    (n) => `db${n} sums dz${n} transposed, (O, B), as if it were still (B, O), row by row.`,
    (r, o, { rows, cols }) => {
      const k = r * cols + o; // in the transposed one
      return (k % rows) * cols + Math.floor(k / rows);
    },
  ],
  [
    (n) => `db${n} sums dz${n}, (B, O), as if it were (O, B): B numbers in a row for each unit.`,
    (r, o, { rows }) => o * rows + r,
  ],
];

/** @param numbers layers, from 0 */
export function reshaped(numbers: readonly number[]): Across[] {
  return WAYS.flatMap(([text, at]) => {
    const of = (m: Matrix): Matrix => {
      const out = zeros('f64', m.rows, m.cols);
      for (let r = 0; r < m.rows; r++) for (let o = 0; o < m.cols; o++) out.data[r * m.cols + o] = m.data[at(r, o, m)];
      return out;
    };
    const one = (is: (l: number) => boolean, layers: readonly number[]): Across => ({
      place: `db${layers[layers.length - 1] + 1}`,
      text: layers.map((l) => text(l + 1)).join(' '),
      changes: { dzOf: (l, role, dz) => (role === 'b' && is(l) ? of(dz) : dz) },
    });
    return [...numbers.map((l) => one((k) => k === l, [l])), ...(numbers.length > 1 ? [one(() => true, numbers)] : [])];
  });
}

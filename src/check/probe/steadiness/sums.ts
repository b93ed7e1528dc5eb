// Whether gradients contain those of calls before: added up, averaged, or in their place.
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../pass/pass.ts';
import type { Answered } from './history.ts';

/** How one value of a call is made of others. */
export interface Kept {
  readonly name: string;
  readonly kind: 'right' | 'answer before' | 'gradient before';
  /** How much of what came before is in it, and how much of its own: 1 and 1 add up. */
  readonly share: number;
  readonly own: number;
}

/** Factors nearer to whole ones than this are whole. */
const SAME = 1e-4;

/** What each value is made of, in all answers; null where nothing fits. */
export function keptOf(answers: readonly Answered[]): (Kept | null)[] {
  return answers[0].asked.found.map(({ name }, n) => {
    const later = answers.slice(1);
    const right = answers.map(({ asked }) => asked.right.values[n].values);
    const found = answers.map(({ asked }) => asked.found[n].values);
    if (found.every((values, k) => areClose(values, right[k]))) return { name, kind: 'right', share: 0, own: 1 };
    const rows = later.map((_, k) => ({ found: found[k + 1], right: right[k + 1] }));
    const sum = fitted(rows.map((row, k) => ({ ...row, before: found[k] })));
    if (sum !== null) return { name, kind: 'answer before', ...sum };
    const last = fitted(rows.map((row, k) => ({ ...row, before: right[k] })));
    return last === null ? null : { name, kind: 'gradient before', ...last };
  });
}

interface Row {
  readonly found: Float64Array;
  readonly right: Float64Array;
  readonly before: Float64Array;
}

/** found = share · before + own · right, by least squares; null if it is not, or if share is 0. */
function fitted(rows: readonly Row[]): { share: number; own: number } | null {
  const total = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const [bb, br, rr] = [
    total(({ before }) => dot(before, before)),
    total(({ before, right }) => dot(before, right)),
    total(({ right }) => dot(right, right)),
  ];
  const [fb, fr] = [total(({ found, before }) => dot(found, before)), total(({ found, right }) => dot(found, right))];
  const determinant = bb * rr - br * br;
  if (!(determinant > SAME * bb * rr)) return null;
  const share = rounded((fb * rr - fr * br) / determinant);
  const own = rounded((fr * bb - fb * br) / determinant);
  if (Math.abs(share) < SAME) return null;
  const fits = (ofBefore: number, ofOwn: number): boolean =>
    rows.every(({ found, right, before }) =>
      areClose(
        found,
        right.map((value, i) => ofOwn * value + ofBefore * before[i]),
        right,
      ),
    );
  // gradients of 0 are no share of others, but for rounding
  return fits(share, own) && !fits(0, fr / rr) ? { share, own } : null;
}

function rounded(c: number): number {
  return Math.abs(c - Math.round(c)) <= SAME ? Math.round(c) : c;
}

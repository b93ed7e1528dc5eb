// Inputs in another order: which of the right ones stands at each place.
import { areClose } from '../close.ts';
import type { Pair } from './fit.ts';

/** An order of n entries: `from` is the place that entry i comes from. */
type Order = (i: number, n: number) => number;

/** Of inputs that are a square picture, side by side. */
const OF_PICTURES: readonly (readonly [string, (row: number, column: number, side: number) => number])[] = [
  ['with rows and columns of the picture exchanged', (r, c, side) => c * side + r],
  ['with the picture mirrored left to right', (r, c, side) => r * side + (side - 1 - c)],
  ['with the picture upside down', (r, c, side) => (side - 1 - r) * side + c],
  ['with the picture turned by 90°', (r, c, side) => (side - 1 - c) * side + r],
  ['with the picture turned by -90°', (r, c, side) => c * side + (side - 1 - r)],
];

/** The first order of entries that gives what was found, in words; null if there is none. */
export function orderOf(pairs: readonly Pair[]): string | null {
  const [{ wanted }] = pairs;
  const gives = (order: Order): boolean =>
    pairs.every(({ found, wanted: all }) =>
      areClose(
        found,
        all.map((_, i) => all[order(i, all.length)]),
      ),
    );
  const side = Math.round(Math.sqrt(wanted.length));
  if (side > 2 && side * side === wanted.length) {
    const picture = OF_PICTURES.find(([, at]) => gives((i) => at(Math.floor(i / side), i % side, side)));
    if (picture !== undefined) return picture[0];
  }
  const n = wanted.length;
  const moved = Array.from({ length: Math.min(n, MOST_MOVED) }, (_, k) => k + 2).find(
    (k) => k < n && gives((i) => (i + n - k) % n),
  );
  if (moved !== undefined) return `moved on by ${moved} entries`;
  const rows = Array.from({ length: n }, (_, k) => k).filter((k) => k > 1 && k < n && n % k === 0);
  const width = rows.find((k) => gives((i) => (i % k) * (n / k) + Math.floor(i / k)));
  return width === undefined ? exchanged(pairs) : `read in steps of ${n / width} entries`;
}

/** Two entries that stand for each other. */
function exchanged(pairs: readonly Pair[]): string | null {
  const [{ found, wanted }] = pairs;
  const off = Array.from(found.keys()).filter((i) => !areClose(found.subarray(i, i + 1), wanted.subarray(i, i + 1)));
  if (off.length !== 2) return null;
  const [one, two] = off;
  const swapped = (x: Float64Array): Float64Array =>
    x.map((value, i) => (i === one ? x[two] : i === two ? x[one] : value));
  const isIt = pairs.every(({ found: own, wanted: right }) => areClose(own, swapped(right)));
  return isIt ? `with entries ${one} and ${two} exchanged` : null;
}

/** So many places are tried. */
const MOST_MOVED = 32;

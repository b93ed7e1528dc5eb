// An entry map as the page draws and describes it: its bytes, reduced to what fits, and its pattern
// in words.
import type { EntryMap } from '../../../../check/diagnosis/entry-map.ts';
import { formatCount } from '../../../words/numbers.ts';
import { bytesOf } from '../parts/embedded.ts';

/** A rectangle of bytes as in EntryMap, and how many entries a cell covers in each direction. */
export interface Cells {
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerCell: number;
  readonly colsPerCell: number;
  readonly bytes: Uint8Array;
}

/** Within the bound. */
export const RIGHT = 128;
export const NOT_A_NUMBER = 0;

export function cellsOf(map: EntryMap): Cells {
  const { rows, cols, rowsPerCell, colsPerCell } = map;
  return { rows, cols, rowsPerCell, colsPerCell, bytes: bytesOf(map.bytes) };
}

/** Columns down, rows across. */
export function transposed({ rows, cols, rowsPerCell, colsPerCell, bytes }: Cells): Cells {
  const turned = new Uint8Array(bytes.length);
  bytes.forEach((byte, i) => (turned[(i % cols) * rows + Math.floor(i / cols)] = byte));
  return { rows: cols, cols: rows, rowsPerCell: colsPerCell, colsPerCell: rowsPerCell, bytes: turned };
}

/** At most so many cells in each direction; a cell shows the worst of those it stands for. */
export function reduced(cells: Cells, most: { readonly rows: number; readonly cols: number }): Cells {
  const down = Math.ceil(cells.rows / most.rows);
  const across = Math.ceil(cells.cols / most.cols);
  if (down === 1 && across === 1) return cells;
  const [rows, cols] = [Math.ceil(cells.rows / down), Math.ceil(cells.cols / across)];
  const bytes = new Uint8Array(rows * cols).fill(RIGHT);
  cells.bytes.forEach((byte, i) => {
    const at = Math.floor(Math.floor(i / cells.cols) / down) * cols + Math.floor((i % cells.cols) / across);
    if (severity(byte) > severity(bytes[at] ?? RIGHT)) bytes[at] = byte;
  });
  return { rows, cols, bytes, rowsPerCell: cells.rowsPerCell * down, colsPerCell: cells.colsPerCell * across };
}

function severity(byte: number): number {
  return Math.abs(byte - RIGHT); // 0, not a number, is the worst
}

/** How many times its bound a byte says. */
export function timesOf(byte: number, most: number): number {
  return Math.abs(byte - RIGHT) === 127 ? most : Math.pow(most, (Math.abs(byte - RIGHT) - 1) / 126);
}

/** What rows and columns of a tensor are. */
export interface Axes {
  readonly row: string;
  readonly col: string;
}

/** Weights are (inputs, units), a bias has units, and all other values are (examples, units). */
export function axesOf(name: string, shape: readonly number[]): Axes {
  return { row: shape.length > 1 && !/^d?[az]\d|^outputs/.test(name) ? 'input' : 'example', col: 'unit' };
}

/** Rows or columns that are named before they are counted. */
const NAMED = 5;

/** "784 of 100,352 entries are wrong, all in unit 5; all are above the exact values." */
export function patternWords(map: EntryMap, { row, col }: Axes): string {
  const { rows, cols, bytes } = cellsOf(map);
  const entries = map.shape.reduce((a, b) => a * b, 1);
  const wrong = [...bytes.keys()].filter((i) => bytes[i] !== RIGHT);
  const [wrongRows, wrongCols] = [new Set(wrong.map((i) => Math.floor(i / cols))), new Set(wrong.map((i) => i % cols))];
  const where = placeWords(wrongRows, rows, map.rowsPerCell, row) ?? placeWords(wrongCols, cols, map.colsPerCell, col);
  const count =
    map.wrong === entries
      ? `All ${formatCount(entries)} entries are wrong`
      : `${formatCount(map.wrong)} of ${formatCount(entries)} entries are wrong`;
  const one = map.wrong === 1 ? count.replace('entries are', 'entries is') : count;
  return `${one}${where === null ? '' : `, ${where}`}${signWords(wrong.map((i) => bytes[i] ?? RIGHT))}.`;
}

function placeWords(found: ReadonlySet<number>, of: number, size: number, what: string): string | null {
  if (found.size === of) return null;
  const all = [...found].sort((a, b) => a - b);
  const at = (i: number): string => (size === 1 ? String(i) : `${i * size} to ${(i + 1) * size - 1}`);
  if (all.length <= NAMED) return `all in ${what} ${all.map(at).join(', ')}`;
  const [first, last] = [all[0] ?? 0, all.at(-1) ?? 0];
  if (last - first + 1 === all.length) return `all in ${what}s ${first * size} to ${(last + 1) * size - 1}`;
  const right = Array.from({ length: of }, (_, i) => i).filter((i) => !found.has(i));
  if (right.length <= NAMED) return `in every ${what} but ${right.map(at).join(', ')}`;
  return null;
}

function signWords(bytes: readonly number[]): string {
  const [none, above, below] = [
    (b: number) => b === NOT_A_NUMBER,
    (b: number) => b > RIGHT,
    (b: number) => b < RIGHT && b > 0,
  ];
  if (bytes.some(none)) return bytes.every(none) ? '; none is a finite number' : '; some are not finite numbers';
  if (bytes.length < 2) return '';
  return bytes.every(above)
    ? '; all are above the exact values'
    : bytes.every(below)
      ? '; all are below the exact values'
      : '';
}

// Matrices as the kernels keep them: panels of 32 columns, 32 numbers a row, one panel after the other.
import type { FloatArray } from '../../numeric/dtype.ts';

/** Columns of a panel; the last one's rest is 0. */
export const PANEL = 32;

/** Bytes of a matrix with room for these rows. */
export function panelBytes(rows: number, cols: number): number {
  return Math.ceil(cols / PANEL) * rows * PANEL * 4;
}

/** Row-major `from` (rows, cols) into panels that start at to[at]. */
export function intoPanels(to: Float32Array, at: number, from: FloatArray, rows: number, cols: number): void {
  for (let first = 0; first < cols; first += PANEL) {
    const width = Math.min(PANEL, cols - first);
    for (let r = 0; r < rows; r++) {
      const source = r * cols + first;
      const target = at + first * rows + r * PANEL;
      for (let c = 0; c < width; c++) to[target + c] = from[source + c];
    }
  }
}

/** The reverse. @param capacity rows that the panels have room for */
export function fromPanels(
  to: FloatArray,
  from: Float32Array,
  at: number,
  rows: number,
  cols: number,
  capacity = rows,
): void {
  for (let first = 0; first < cols; first += PANEL) {
    const width = Math.min(PANEL, cols - first);
    for (let r = 0; r < rows; r++) {
      const target = r * cols + first;
      const source = at + first * capacity + r * PANEL;
      for (let c = 0; c < width; c++) to[target + c] = from[source + c];
    }
  }
}

// The kernels' format for matrices: panels of 32 columns, 32 numbers per row, one panel after
// another.
import type { FloatArray } from '../../numeric/dtype.ts';

/** Columns of a panel; unused columns of the last one are 0. */
export const PANEL = 32;

/** Bytes of a matrix with room for this many rows. */
export function panelBytes(rows: number, cols: number): number {
  return Math.ceil(cols / PANEL) * rows * PANEL * 4;
}

/** Copies row-major `from` (rows, cols) into panels that start at to[at]. */
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

/**
 * The inverse of intoPanels.
 * @param capacity how many rows the panels have room for
 */
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

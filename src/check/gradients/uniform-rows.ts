// Counts outputs of `ratio` for examples whose scores are all 0.
import type { Matrix } from '../../numeric/matrix.ts';

/**
 * Counts rows in which every output is exactly 1/K: `ratio` had nothing to divide.
 * @param uniform 1/K in the engine's precision
 */
export function countUniformRows({ rows, cols, data }: Matrix, uniform: number): number {
  let count = 0;
  for (let r = 0; r < rows; r++) {
    let all = true;
    for (let k = 0; k < cols; k++) if (data[r * cols + k] !== uniform) all = false;
    if (all) count++;
  }
  return count;
}

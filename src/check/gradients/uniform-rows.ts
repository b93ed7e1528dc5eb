// Outputs of `ratio` that shared nothing out.
import type { Matrix } from '../../numeric/matrix.ts';

/** Rows of outputs that are exactly 1/K everywhere: `ratio` had nothing to share out. @param uniform 1/K, as the engine's precision has it */
export function countUniformRows({ rows, cols, data }: Matrix, uniform: number): number {
  let count = 0;
  for (let r = 0; r < rows; r++) {
    let all = true;
    for (let k = 0; k < cols; k++) if (data[r * cols + k] !== uniform) all = false;
    if (all) count++;
  }
  return count;
}

// Arrays for what is needed during one call alone. To fill them again takes a fraction of the time
// that new ones take, with what the garbage collector does about those.
import type { Matrix } from './matrix.ts';

/** Arrays by number, each as long as the longest that it was asked for. */
export class Scratch {
  readonly #arrays: Float64Array[] = [];

  /** What it holds is from the call before. */
  array(n: number, length: number): Float64Array {
    const known = this.#arrays[n] as Float64Array | undefined;
    const array = known !== undefined && known.length >= length ? known : (this.#arrays[n] = new Float64Array(length));
    return array.length === length ? array : array.subarray(0, length);
  }

  matrix(n: number, rows: number, cols: number): Matrix {
    return { rows, cols, data: this.array(n, rows * cols) };
  }
}

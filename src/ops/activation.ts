// What every elementwise activation is: a = f(z), and dz = da · f'.
import type { FloatArray } from '../numeric/dtype.ts';

/** An elementwise activation and its derivative. Arrays of one call have one length. */
export interface Activation {
  /** a = f(z), entry by entry. */
  forward(a: FloatArray, z: FloatArray): void;
  /** dz from da, entry by entry; `a` is what forward made of `z`. */
  backward(dz: FloatArray, da: FloatArray, z: FloatArray, a: FloatArray): void;
  /** Where f' jumps, or null; f' at the jump itself is stated beside the code. */
  readonly kink: number | null;
  /** Where its second derivative alone jumps. */
  readonly bend?: number;
}

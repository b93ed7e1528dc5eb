// Arrays of either precision, read in binary64 block by block. A loop that has seen both kinds of
// array takes a multiple of the time on either; over these blocks it sees one.
import type { FloatArray } from './dtype.ts';

/** Entries per block: several blocks fit into the nearest cache. */
export const BLOCK = 1024;

/** Reads up to BLOCK entries from `from` on. The result is valid until the next call. */
export type BlockReader = (values: FloatArray, from: number) => Float64Array;

/** One reader for each array that a loop goes over. */
export function blockReader(): BlockReader {
  let converted: Float64Array | null = null;
  return (values, from) => {
    if (values instanceof Float64Array) {
      return from === 0 && values.length <= BLOCK ? values : values.subarray(from, from + BLOCK);
    }
    converted ??= new Float64Array(BLOCK);
    converted.set(from === 0 && values.length <= BLOCK ? values : values.subarray(from, from + BLOCK));
    return converted;
  };
}

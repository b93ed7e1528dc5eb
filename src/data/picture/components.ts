// Finds the connected parts of a picture.

export interface Components {
  readonly count: number;
  /** Number of the part that each pixel belongs to, from 1; 0 for none. */
  readonly part: Int32Array;
}

/**
 * Pixels of the mask that touch, also at corners, form one part. Parts are numbered from the top.
 */
export function connected(mask: Uint8Array, rows: number, cols: number): Components {
  const part = new Int32Array(rows * cols);
  const open: number[] = [];
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || part[start] !== 0) continue;
    part[start] = ++count;
    open.push(start);
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      const [r, c] = [Math.floor(i / cols), i % cols];
      for (let y = Math.max(0, r - 1); y <= Math.min(rows - 1, r + 1); y++) {
        for (let x = Math.max(0, c - 1); x <= Math.min(cols - 1, c + 1); x++) {
          const next = y * cols + x;
          if (mask[next] === 0 || part[next] !== 0) continue;
          part[next] = count;
          open.push(next);
        }
      }
    }
  }
  return { count, part };
}

/** Sum of the values in each part; entry 0 is the sum of the pixels in no part. */
export function partSums({ count, part }: Components, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(count + 1);
  for (let i = 0; i < part.length; i++) sums[part[i]] += values[i];
  return sums;
}

/** Every pixel within `reach` of the mask, in rows and columns alike. */
export function grown(mask: Uint8Array, rows: number, cols: number, reach: number): Uint8Array {
  return along(along(mask, rows, cols, cols, 1, reach), cols, rows, 1, cols, reach);
}

/** Grows the mask in one direction: `lines` lines of `length` pixels, `step` apart. */
function along(mask: Uint8Array, lines: number, length: number, line: number, step: number, reach: number): Uint8Array {
  const out = new Uint8Array(mask.length);
  for (let k = 0; k < lines; k++) {
    for (const [from, by] of [
      [k * line, step],
      [k * line + (length - 1) * step, -step],
    ]) {
      let left = -1; // how many more pixels the last pixel of the mask reaches
      for (let n = 0; n < length; n++) {
        const i = from + n * by;
        left = mask[i] === 1 ? reach : left - 1;
        if (left >= 0) out[i] = 1;
      }
    }
  }
  return out;
}

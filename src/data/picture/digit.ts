// A digit as MNIST's makers prepared theirs: fitted into 20 x 20, then placed in 28 x 28 by its centre of mass.
// LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE 86(11), 1998, section III.A, and
// Yann LeCun's MNIST page: "size normalized to fit in a 20x20 pixel box while preserving their aspect ratio. The resulting images contain
// grey levels as a result of the anti-aliasing [...] centered in a 28x28 image by computing the center of mass of the pixels, and
// translating the image so as to position this point at the center of the 28x28 field."
import { DataError } from '../../errors.ts';
import { square } from '../../numeric/elementary.ts';
import { boxOf, inkOf } from './ink.ts';
import type { Box, Ink } from './ink.ts';
import { shadesOf } from './shades.ts';
import type { Rgba } from './shades.ts';

/** Side of the picture, and of the box the ink is fitted into. */
export const SIDE = 28;
export const BOX_SIDE = 20;
/** Row and column of the centre of mass, in pixel numbers from 0: so it is, to half a pixel, in all of MNIST. */
export const CENTRE = 14;

/** Ink that is smaller than this in both directions is no digit that could be read. */
const LEAST_SIDE = 5;

/** A digit as a network trained on MNIST expects it, and how its ink was told from its paper. */
export interface PreparedDigit extends Pick<Ink, 'shade' | 'threshold' | 'specks'> {
  /** (28, 28), row-major: 0 no ink, 255 full ink, as in MNIST. */
  readonly pixels: Uint8Array;
}

/** @throws DataError if there is no digit in the picture */
export function digitOf(picture: Rgba): PreparedDigit {
  const ink = inkOf(shadesOf(picture));
  const { shade, threshold, specks } = ink;
  return { pixels: centred(fitted(ink)), shade, threshold, specks };
}

/** rows x cols coverages. */
interface Fitted {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float64Array;
}

/**
 * The box around the ink, its longer side 20 pixels: each pixel is the mean coverage of the area it stands for,
 *     out(i, j) = 1/s² ∫∫ coverage over rows top + i s .. top + (i+1) s, columns left + j s .. left + (j+1) s,   s = longer side / 20,
 * which is the anti-aliasing. The shorter side is rounded up; beyond the box there is no ink.
 */
export function fitted({ coverage, rows, cols }: Pick<Ink, 'coverage' | 'rows' | 'cols'>): Fitted {
  const box = boxOf(coverage, rows, cols);
  const [height, width] = [box.bottom - box.top, box.right - box.left];
  const longer = Math.max(height, width);
  if (longer < LEAST_SIDE) {
    throw new DataError(`the ink is ${height} x ${width} pixels, too small for a digit`, 'take a larger picture');
  }
  const scale = longer / BOX_SIDE;
  const out = { rows: Math.ceil(height / scale), cols: Math.ceil(width / scale) };
  const values = new Float64Array(out.rows * out.cols);
  for (let i = 0; i < out.rows; i++) {
    for (let j = 0; j < out.cols; j++) values[i * out.cols + j] = areaMean(coverage, cols, box, scale, i, j);
  }
  return { ...out, values };
}

/** Pixels that lie in the area in part count by that part. */
function areaMean(coverage: Float32Array, cols: number, box: Box, scale: number, i: number, j: number): number {
  const [top, left] = [box.top + i * scale, box.left + j * scale];
  const [bottom, right] = [Math.min(top + scale, box.bottom), Math.min(left + scale, box.right)];
  let sum = 0;
  for (let r = Math.floor(top); r < bottom; r++) {
    const height = Math.min(r + 1, bottom) - Math.max(r, top);
    for (let c = Math.floor(left); c < right; c++) {
      sum += coverage[r * cols + c] * height * (Math.min(c + 1, right) - Math.max(c, left));
    }
  }
  return sum / square(scale);
}

/**
 * Moved by whole pixels, so that the centre of mass, Σ v (r, c) / Σ v, is as near to (14, 14) as that gets, and rounded to bytes.
 * Ink far from its centre of mass ends at the border, as no pixel may be lost.
 */
export function centred({ rows, cols, values }: Fitted): Uint8Array {
  let [mass, row, col] = [0, 0, 0];
  values.forEach((v, i) => {
    mass += v;
    row += v * Math.floor(i / cols);
    col += v * (i % cols);
  });
  const place = (centre: number, length: number): number =>
    Math.max(0, Math.min(SIDE - length, Math.round(CENTRE - centre)));
  const [top, left] = [place(row / mass, rows), place(col / mass, cols)];
  const out = new Uint8Array(SIDE * SIDE);
  values.forEach((v, i) => {
    out[(top + Math.floor(i / cols)) * SIDE + left + (i % cols)] = Math.round(255 * Math.min(1, v));
  });
  return out;
}

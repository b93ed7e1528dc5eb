// Prepares a digit as in MNIST: fitted into 20 x 20 pixels, then placed in 28 x 28 by its centre
// of mass. LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
// recognition", Proc. IEEE 86(11), 1998, section III.A, and Yann LeCun's MNIST page: "size
// normalized to fit in a 20x20 pixel box while preserving their aspect ratio. The resulting images
// contain grey levels as a result of the anti-aliasing [...] centered in a 28x28 image by
// computing the center of mass of the pixels, and translating the image so as to position this
// point at the center of the 28x28 field."
import { DataError } from '../../errors.ts';
import { square } from '../../numeric/elementary.ts';
import { boxOf, inkOf } from './ink.ts';
import type { Box, Ink } from './ink.ts';
import { shadesOf } from './shades.ts';
import type { Rgba } from './shades.ts';

/** Sides of the picture, and of the box that the ink is fitted into. */
export const SIDE = 28;
export const BOX_SIDE = 20;
/**
 * Row and column of the centre of mass, in pixels from 0. All of MNIST has it there, to half
 * a pixel.
 */
export const CENTRE = 14;

/** Ink smaller than this in both directions is too small to be a digit. */
const LEAST_SIDE = 5;

/** A digit as a network trained on MNIST expects it, and how ink and paper were told apart. */
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
 * Scales the box around the ink to 20 pixels on its longer side. Each pixel is the mean coverage of
 * its area,
 *     out(i, j) = 1/s² ∫∫ coverage over rows top + i s .. top + (i+1) s, columns left + j s ..
 *       left + (j+1) s,   s = longer side / 20,
 * which is the anti-aliasing. The shorter side is rounded up; outside the box there is no ink.
 */
export function fitted({ coverage, rows, cols }: Pick<Ink, 'coverage' | 'rows' | 'cols'>): Fitted {
  const box = boxOf(coverage, rows, cols);
  const [height, width] = [box.bottom - box.top, box.right - box.left];
  const longer = Math.max(height, width);
  if (longer < LEAST_SIDE) {
    throw new DataError(`the ink is ${height} x ${width} pixels, too small for a digit`, 'use a larger picture');
  }
  const scale = longer / BOX_SIDE;
  const out = { rows: Math.ceil(height / scale), cols: Math.ceil(width / scale) };
  const values = new Float64Array(out.rows * out.cols);
  for (let i = 0; i < out.rows; i++) {
    for (let j = 0; j < out.cols; j++) values[i * out.cols + j] = areaMean(coverage, cols, box, scale, i, j);
  }
  return { ...out, values };
}

/** Pixels that are partly in the area count by that part. */
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
 * Moves the digit by whole pixels, so that the centre of mass, Σ v (r, c) / Σ v, is as near to
 * (14, 14) as possible, and rounds to bytes. No pixel is lost: ink that would leave the picture
 * stops at its border.
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

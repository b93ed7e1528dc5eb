// Turns a decoded picture into shades of grey: colours become luma, transparent pixels become
// paper, large pictures become smaller. The first of the steps from a picture to a digit:
// shades -> paper -> ink -> digit.

/** rows x cols shades, row-major: 0 black, 255 white. Not rounded to whole numbers. */
export interface Shades {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
}

/** A decoded picture: red, green, blue and opacity, 0 to 255, of each pixel; (rows, cols, 4). */
export interface Rgba {
  readonly rows: number;
  readonly cols: number;
  readonly data: Uint8Array;
}

/** Most pixels on the longer side after reduction: a digit of 20 pixels needs no more. */
export const LONGEST_SIDE = 1000;

/**
 * Luma (ITU-R BT.601): (299 R + 587 G + 114 B) / 1000, over the shade behind transparent pixels.
 */
export function shadesOf({ rows, cols, data }: Rgba): Shades {
  const behind = shadeBehind({ rows, cols, data });
  const values = new Float32Array(rows * cols);
  for (let i = 0; i < values.length; i++) {
    const opacity = data[4 * i + 3];
    const shade = luma(data, i);
    values[i] = opacity === 255 ? shade : behind + ((shade - behind) * opacity) / 255;
  }
  return reduced({ rows, cols, values });
}

function luma(data: Uint8Array, pixel: number): number {
  return (299 * data[4 * pixel] + 587 * data[4 * pixel + 1] + 114 * data[4 * pixel + 2]) / 1000;
}

/**
 * The shade behind transparent pixels. A border that is mostly opaque is paper, and transparent
 * pixels get its median shade. Otherwise the opaque pixels are ink, and the shade is white or
 * black, whichever is farther from their mean.
 */
function shadeBehind(picture: Rgba): number {
  const { data } = picture;
  const opaqueBorder = borderOf(picture.rows, picture.cols, 1).filter((i) => data[4 * i + 3] >= 128);
  if (2 * opaqueBorder.length >= borderOf(picture.rows, picture.cols, 1).length) {
    return median(opaqueBorder.map((i) => luma(data, i)));
  }
  let [sum, weight] = [0, 0];
  for (let i = 0; i < data.length / 4; i++) {
    sum += luma(data, i) * data[4 * i + 3];
    weight += data[4 * i + 3];
  }
  return sum >= 127.5 * weight ? 0 : 255;
}

/** Positions of the pixels that are less than `width` from the border. */
export function borderOf(rows: number, cols: number, width: number): number[] {
  const at: number[] = [];
  for (let r = 0; r < rows; r++) {
    const whole = r < width || r >= rows - width;
    for (let c = 0; c < cols; c++) {
      if (!whole && c === width && cols > 2 * width) c = cols - width; // skips the inside
      at.push(r * cols + c);
    }
  }
  return at;
}

/** The median; of two in the middle the larger. 0 for no values. */
export function median(values: readonly number[]): number {
  return values.length === 0 ? 0 : Float64Array.from(values).sort()[values.length >> 1];
}

/**
 * Each pixel is the mean of k x k pixels; k is the smallest whole number that reduces the longer
 * side to LONGEST_SIDE.
 */
function reduced(picture: Shades): Shades {
  const k = Math.ceil(Math.max(picture.rows, picture.cols) / LONGEST_SIDE);
  if (k === 1) return picture;
  const [rows, cols] = [Math.ceil(picture.rows / k), Math.ceil(picture.cols / k)];
  const values = new Float32Array(rows * cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) values[r * cols + c] = blockMean(picture, r * k, c * k, k);
  }
  return { rows, cols, values };
}

/** Blocks at the right and lower border may be smaller. */
function blockMean({ rows, cols, values }: Shades, top: number, left: number, k: number): number {
  const [bottom, right] = [Math.min(top + k, rows), Math.min(left + k, cols)];
  let sum = 0;
  for (let r = top; r < bottom; r++) for (let c = left; c < right; c++) sum += values[r * cols + c];
  return sum / ((bottom - top) * (right - left));
}

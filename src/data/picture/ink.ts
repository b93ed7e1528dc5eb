// Finds the ink in a picture, and how much of each pixel it covers.
import { DataError } from '../../errors.ts';
import { connected, grown, partSums } from './components.ts';
import { otsuThreshold } from './otsu.ts';
import { paperOf } from './paper.ts';
import type { Paper } from './paper.ts';
import type { Shades } from './shades.ts';

/** Whether the ink is darker or lighter than its paper. */
export type InkShade = 'dark' | 'light';

export interface Ink {
  readonly rows: number;
  readonly cols: number;
  /** Share of each pixel that is ink, 0 to 1. */
  readonly coverage: Float32Array;
  /** Dark ink on light paper, or light on dark. */
  readonly shade: InkShade;
  /**
   * Otsu's threshold: a pixel is ink if its shade differs from the paper's by more than this share
   * of the paper's.
   */
  readonly threshold: number;
  /** Number of parts left out because they are far smaller than the digit. */
  readonly specks: number;
}

/** Least difference between ink and paper, in shades of 256. */
const LEAST_CONTRAST = 12;
/**
 * Standard deviations that still count as noise: of a million normal pixels, less than one is
 * beyond five.
 */
const NOISE = 5;
/** Least coverage that counts. Less is blur, or the ringing of JPEG around strokes. */
const LEAST_COVERAGE = 0.15;
/** Parts with less than this share of the ink of the largest part are specks. */
const SPECK = 0.02;
/** Length of the prepared digit in pixels. */
const DIGIT_SIDE = 20;

/** @throws DataError if nothing stands out from the paper */
export function inkOf(picture: Shades): Ink {
  const { shade, missing, paper } = inkBelowPaper(picture);
  const { rows, cols } = picture;
  const floor = floorOf(paper);
  // light multiplies: where it is halved, paper and ink are half as bright, and the missing share
  // of the paper stays the same
  const depth = missing.map((m, i) => (m > floor ? Math.min(1, m / Math.max(1, paper.values[i])) : 0));
  const threshold = otsuThreshold(depth);
  const core = maskOf(depth, (d) => d > threshold);
  if (!(upperQuartile(missing, core) >= LEAST_CONTRAST)) {
    throw new DataError(
      'nothing stands out from the paper by its lightness',
      'use a picture of one digit, dark on light or light on dark, in even light',
    );
  }
  const full = upperQuartile(depth, core); // the depth of a pixel full of ink
  const parts = connected(core, rows, cols);
  const sums = partSums(parts, depth);
  const largest = sums.subarray(1).reduce((most, sum) => Math.max(most, sum), 0);
  const isSpeck = (part: number): boolean => sums[part] < SPECK * largest;
  const digit = maskOf(core, (one, i) => one === 1 && !isSpeck(parts.part[i]));
  const near = grown(digit, rows, cols, Math.ceil(longerSide(digit, rows, cols) / DIGIT_SIDE));
  const coverage = depth.map((d, i) => {
    const share = Math.min(1, d / full);
    return near[i] === 1 && share >= LEAST_COVERAGE ? share : 0;
  });
  const specks = Array.from({ length: parts.count }, (_, k) => k + 1).filter(isSpeck).length;
  return { rows, cols, coverage, shade, threshold, specks };
}

/** Pixels less than this below the paper are paper. */
function floorOf({ noise }: Paper): number {
  return Math.max(LEAST_CONTRAST / 2, NOISE * noise);
}

interface BelowPaper {
  readonly shade: InkShade;
  readonly paper: Paper;
  /** Paper minus picture; for light ink on dark paper, of the negative. */
  readonly missing: Float32Array;
}

/**
 * The border is paper. Ink is dark or light: whichever differs more from the paper, summed over
 * all pixels.
 */
function inkBelowPaper(picture: Shades): BelowPaper {
  const found = below(picture);
  const floor = floorOf(found.paper);
  let [darker, lighter] = [0, 0];
  for (const missing of found.missing) {
    if (missing > floor) darker += missing;
    if (-missing > floor) lighter -= missing;
  }
  if (darker >= lighter) return { shade: 'dark', ...found };
  return { shade: 'light', ...below({ ...picture, values: picture.values.map((v) => 255 - v) }) };
}

function below(picture: Shades): Omit<BelowPaper, 'shade'> {
  const paper = paperOf(picture);
  return { paper, missing: paper.values.map((v, i) => v - picture.values[i]) };
}

function maskOf<T extends Float32Array | Uint8Array>(
  values: T,
  holds: (value: number, i: number) => boolean,
): Uint8Array {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < mask.length; i++) if (holds(values[i], i)) mask[i] = 1;
  return mask;
}

/**
 * Upper quartile of the values in the mask: half of them may be on edges, and noise changes the
 * largest. 0 for an empty mask.
 */
function upperQuartile(values: Float32Array, mask: Uint8Array): number {
  const chosen = values.filter((_, i) => mask[i] === 1).sort();
  return chosen.length === 0 ? 0 : chosen[Math.floor(0.75 * chosen.length)];
}

function longerSide(mask: Uint8Array, rows: number, cols: number): number {
  const { top, bottom, left, right } = boxOf(mask, rows, cols);
  return Math.max(bottom - top, right - left);
}

/**
 * The smallest box around all values that are not 0: rows top to bottom-1, columns left to right-1.
 */
export function boxOf(values: ArrayLike<number>, rows: number, cols: number): Box {
  let [top, bottom, left, right] = [rows, 0, cols, 0];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      if (values[r * cols + c] === 0) continue;
      [top, bottom] = [Math.min(top, r), r + 1];
      [left, right] = [Math.min(left, c), Math.max(right, c + 1)];
    }
  }
  return { top, bottom, left, right };
}

export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

// Where the ink is in a picture, and how much of each pixel it covers.
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
  /** Share of each pixel that ink covers, 0 to 1. */
  readonly coverage: Float32Array;
  /** Dark ink on light paper, or light on dark. */
  readonly shade: InkShade;
  /** Otsu's threshold: a pixel whose shade is more than this share of the paper's away from it is ink. */
  readonly threshold: number;
  /** Parts far smaller than the digit, left out. */
  readonly specks: number;
}

/** The least difference between ink and paper, in shades of 256. */
const LEAST_CONTRAST = 12;
/** Standard deviations of the noise that are still noise: of a million normal pixels less than one is beyond five. */
const NOISE = 5;
/** Coverage that counts: what is less is blur, or the ringing of JPEG around strokes. */
const LEAST_COVERAGE = 0.15;
/** Parts with less than this share of the ink of the largest part are specks. */
const SPECK = 0.02;
/** The digit will be this long in pixels, so a pixel of it reaches so far. */
const DIGIT_SIDE = 20;

/** @throws DataError if nothing stands out from the paper */
export function inkOf(picture: Shades): Ink {
  const { shade, missing, paper } = inkBelowPaper(picture);
  const { rows, cols } = picture;
  const floor = floorOf(paper);
  // light multiplies: where it is half, paper and ink are half as bright, and what is missing is the same share of the paper
  const depth = missing.map((m, i) => (m > floor ? Math.min(1, m / Math.max(1, paper.values[i])) : 0));
  const threshold = otsuThreshold(depth);
  const core = maskOf(depth, (d) => d > threshold);
  if (!(upperQuartile(missing, core) >= LEAST_CONTRAST)) {
    throw new DataError(
      'nothing stands out from the paper by its lightness',
      'one digit expected, dark on light or light on dark, in even light',
    );
  }
  const full = upperQuartile(depth, core); // what a pixel full of ink has
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

/** Less than this below the paper is paper. */
function floorOf({ noise }: Paper): number {
  return Math.max(LEAST_CONTRAST / 2, NOISE * noise);
}

interface BelowPaper {
  readonly shade: InkShade;
  readonly paper: Paper;
  /** Paper minus picture, where light ink on dark paper has been turned into its negative first. */
  readonly missing: Float32Array;
}

/** The border is paper; what stands out from the paper more, all pixels together, is the ink: what is darker or what is lighter. */
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

/** The upper quartile of the values in the mask: half of them may lie on edges, and noise moves the largest. 0 where the mask is empty. */
function upperQuartile(values: Float32Array, mask: Uint8Array): number {
  const chosen = values.filter((_, i) => mask[i] === 1).sort();
  return chosen.length === 0 ? 0 : chosen[Math.floor(0.75 * chosen.length)];
}

function longerSide(mask: Uint8Array, rows: number, cols: number): number {
  const { top, bottom, left, right } = boxOf(mask, rows, cols);
  return Math.max(bottom - top, right - left);
}

/** The smallest box around what is not 0: rows top to bottom-1, columns left to right-1. */
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

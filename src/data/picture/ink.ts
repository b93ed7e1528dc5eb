// Where the ink is in a picture, and how much of each pixel it covers.
import { DataError } from '../../errors.ts';
import { connected, grown, partSums } from './components.ts';
import { otsuThreshold } from './otsu.ts';
import { paperOf } from './paper.ts';
import type { Shades } from './shades.ts';

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
const LEAST_COVERAGE = 0.1;
/** Parts with less than this share of the ink of the largest part are specks. */
const SPECK = 0.02;
/** The digit will be this long in pixels, so a pixel of it reaches so far. */
const DIGIT_SIDE = 20;

/** @throws DataError if nothing stands out from the paper */
export function inkOf(picture: Shades): Ink {
  const shade = inkShade(picture);
  const { rows, cols, values } = shade === 'dark' ? picture : inverted(picture);
  const paper = paperOf({ rows, cols, values });
  const floor = Math.max(LEAST_CONTRAST / 2, NOISE * paper.noise);
  // light multiplies: under half of it paper and ink are half as bright, and what is missing is the same share of the paper
  const depth = Float32Array.from(values, (v, i) => {
    const missing = paper.values[i] - v;
    return missing > floor ? Math.min(1, missing / Math.max(1, paper.values[i])) : 0;
  });
  const threshold = otsuThreshold(depth);
  const core = Uint8Array.from(depth, (d) => (d > threshold ? 1 : 0));
  const darkest = medianOf(depth, core);
  requireContrast(
    medianOf(
      Float32Array.from(values, (v, i) => paper.values[i] - v),
      core,
    ),
  );
  const parts = connected(core, rows, cols);
  const sums = partSums(parts, depth);
  const largest = sums.subarray(1).reduce((most, sum) => Math.max(most, sum), 0);
  const isSpeck = (part: number): boolean => sums[part] < SPECK * largest;
  const digit = Uint8Array.from(core, (one, i) => (one === 1 && !isSpeck(parts.part[i]) ? 1 : 0));
  const nearDigit = grown(digit, rows, cols, Math.ceil(longerSide(digit, rows, cols) / DIGIT_SIDE));
  const coverage = Float32Array.from(depth, (d, i) => {
    const share = Math.min(1, d / darkest);
    return nearDigit[i] === 1 && share >= LEAST_COVERAGE ? share : 0;
  });
  const specks = Array.from({ length: parts.count }, (_, k) => k + 1).filter(isSpeck).length;
  return { rows, cols, coverage, shade, threshold, specks };
}

/** The border is paper; whatever stands out from the paper most, in all pixels together, is ink. */
function inkShade(picture: Shades): InkShade {
  const paper = paperOf(picture);
  const floor = Math.max(LEAST_CONTRAST / 2, NOISE * paper.noise);
  let [darker, lighter] = [0, 0];
  for (let i = 0; i < picture.values.length; i++) {
    const missing = paper.values[i] - picture.values[i];
    if (missing > floor) darker += missing;
    if (-missing > floor) lighter -= missing;
  }
  return darker >= lighter ? 'dark' : 'light';
}

function inverted({ rows, cols, values }: Shades): Shades {
  return { rows, cols, values: values.map((v) => 255 - v) };
}

function requireContrast(contrast: number): void {
  if (contrast >= LEAST_CONTRAST) return;
  throw new DataError('nothing stands out from the paper', 'one digit expected, dark on light or light on dark');
}

function medianOf(values: Float32Array, mask: Uint8Array): number {
  const chosen = values.filter((_, i) => mask[i] === 1).sort();
  return chosen.length === 0 ? 0 : chosen[chosen.length >> 1];
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

// The pictures of a report: the first layer's weights, and the digits that were labelled wrong.
import type { CompareResult } from '../check/compare.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Parameters } from '../network/parameters.ts';
import type { Pictures, WrongDigit } from './report.ts';

/** Limits on drawn units and digits, which keep a page below 2 MB. */
const UNITS = 128;
const DIGITS = 120;

type Side = 'candidate' | 'reference';

/** null if the examples of the data set are not pictures of bytes. */
export function picturesOf({ image, test }: Dataset, trained: CompareResult['trained']): Pictures | null {
  if (image === undefined || !(test.values instanceof Uint8Array)) return null;
  return {
    ...image,
    weights: weightPictures(trained.candidate.parameters, trained.reference.parameters, test.width),
    digits: wrongDigits(test.values, test.width, test.labels, trained),
  };
}

/** No units where the first layer is not a dense one, which has a weight for each pixel. */
function weightPictures(candidate: Parameters, reference: Parameters, pixels: number): Pictures['weights'] {
  const [first] = candidate as readonly (Parameters[number] | undefined)[];
  const isOfPixels = first?.layer === 1 && first.shape.length === 2 && first.shape[0] === pixels;
  const units = isOfPixels ? first.shape[1] : 0;
  const shown = Math.min(UNITS, units);
  const [c, r] = [unitByUnit(candidate, shown), unitByUnit(reference, shown)];
  const d = c.map((x, i) => x - r[i]);
  const [scale, differenceScale] = [Math.max(largest(c), largest(r)), largest(d)];
  return {
    units,
    shown,
    scale,
    differenceScale,
    notFinite: { candidate: notFinite(c), reference: notFinite(r) },
    candidate: bytes(c, scale),
    reference: bytes(r, scale),
    difference: bytes(d, differenceScale),
  };
}

/** W1 (pixels, units) as (units, pixels). */
function unitByUnit([{ shape, values }]: Parameters, units: number): Float64Array {
  if (units === 0) return new Float64Array();
  const [rows, cols] = shape;
  return Float64Array.from({ length: units * rows }, (_, i) => values[(i % rows) * cols + Math.floor(i / rows)]);
}

function largest(values: Float64Array): number {
  return values.reduce((most, x) => Math.max(most, Number.isFinite(x) ? Math.abs(x) : 0), 0);
}

function notFinite(values: Float64Array): number {
  return values.reduce((count, x) => (Number.isFinite(x) ? count : count + 1), 0);
}

/** -scale .. scale as 1 .. 255; non-finite numbers as 0. */
function bytes(values: Float64Array, scale: number): string {
  const byte = (x: number): number => (scale === 0 ? 128 : 128 + Math.round((x / scale) * 127));
  return Buffer.from(Uint8Array.from(values, (x) => (Number.isFinite(x) ? byte(x) : 0))).toString('base64');
}

function wrongDigits(
  pixels: Uint8Array,
  width: number,
  labels: Uint8Array,
  trained: CompareResult['trained'],
): Pictures['digits'] {
  const given = (side: Side): Uint8Array | null => trained[side].evaluation?.labels ?? null;
  const [c, r] = [given('candidate'), given('reference')];
  if (c === null || r === null) return null;
  const all = Array.from(labels.keys());
  const differing = all.filter((i) => c[i] !== r[i]);
  const alike = all.filter((i) => c[i] === r[i] && c[i] !== labels[i]);
  const shown = [...differing, ...alike].slice(0, DIGITS).map((index): WrongDigit => {
    const own = pixels.subarray(index * width, (index + 1) * width);
    const ink = Buffer.from(own).toString('base64');
    return { index, label: labels[index], candidate: c[index], reference: r[index], pixels: ink };
  });
  const wrong = (given: Uint8Array): number => all.filter((i) => given[i] !== labels[i]).length;
  return { wrong: { candidate: wrong(c), reference: wrong(r) }, differing: differing.length, shown };
}

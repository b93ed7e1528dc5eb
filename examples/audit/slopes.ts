// Measures whether a library's gradient is the slope of its own loss: central differences of that
// loss, computed by the library itself, entry by entry, with the error of the measurement.
import { centralSlope } from './central-slope.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import type { Answer } from './candidate-engine.ts';

/**
 * A slope with a larger relative error is not evidence. Losses in binary32 give slopes of three
 * digits at best.
 */
export const UNCLEAR: Record<Dtype, number> = { f64: 1e-3, f32: 0.03 };
/**
 * The gradient may be a simple multiple p / q of the slope, if the loss has another
 * constant factor.
 */
const LARGEST_PART = 12;

/** How the library's gradient relates to the slope of one of its losses. */
export interface OwnSlope {
  /** The library's name for the loss. */
  readonly loss: string;
  /** The gradient divided by the slope. */
  readonly factor: number;
  readonly isSlope: boolean;
  /** ‖gradient - factor · slope‖₂ / ‖gradient‖₂ over the entries that are clear. */
  readonly apart: number;
  /** Entries for which the measurement decides, and how many of these are not the slope. */
  readonly clear: number;
  readonly wrong: number;
  readonly entries: number;
  /** By tensor and entry, in the units of the exact gradient. */
  readonly slopes: Parameters;
  readonly errors: Parameters;
}

interface Measured {
  readonly slopes: Parameters;
  readonly errors: Parameters;
}

/**
 * @param lossesAt the library's losses at other parameters
 * @param noise how much rounding can change one value of such a loss
 */
export async function ownSlopes(
  parameters: Parameters,
  answer: Answer,
  lossesAt: (p: Parameters) => Promise<Readonly<Record<string, number>>>,
  { noise, dtype }: { readonly noise: number; readonly dtype: Dtype },
): Promise<OwnSlope[]> {
  const [roundoff, unclear] = [UNIT_ROUNDOFF[dtype], UNCLEAR[dtype]];
  const names = Object.keys(answer.losses);
  const moved = copyParameters(parameters, 'f64');
  const found = names.map((): Measured => ({
    slopes: copyParameters(moved, 'f64'),
    errors: copyParameters(moved, 'f64'),
  }));
  const gradients = namedTensors(answer.gradients);
  for (const [t, { values }] of namedTensors(moved).entries()) {
    for (let i = 0; i < values.length; i++) {
      const original = values[i];
      const known = new Map<number, Readonly<Record<string, number>>>();
      const at = async (x: number, name: string): Promise<number> => {
        values[i] = x;
        const losses = known.get(x) ?? (await lossesAt(moved));
        known.set(x, losses);
        return losses[name];
      };
      // a library in binary32 changes its weights by a rounded step
      const stepNoise = roundoff * Math.abs(original) * Math.abs(gradients[t].values[i] * answer.unit);
      for (const [n, name] of names.entries()) {
        const { slope, error } = await centralSlope((x) => at(x, name), original, noise + stepNoise);
        namedTensors(found[n].slopes)[t].values[i] = slope / answer.unit;
        namedTensors(found[n].errors)[t].values[i] = error / answer.unit;
      }
      values[i] = original;
    }
  }
  return names.map((name, n) => judge(name, answer, found[n], unclear));
}

function judge(loss: string, answer: Answer, measured: Measured, unclear: number): OwnSlope {
  const plain = compare(answer, measured, 1, unclear);
  if (plain.isSlope) return { loss, ...plain, ...measured };
  const factor = simple(medianRatio(answer, measured, unclear), unclear);
  const scaled = factor === null ? plain : compare(answer, measured, factor, unclear);
  return { loss, ...(scaled.isSlope ? scaled : plain), ...measured };
}

function compare(
  { gradients, readErrors }: Answer,
  { slopes, errors }: Measured,
  factor: number,
  unclear: number,
): Omit<OwnSlope, 'loss' | 'slopes' | 'errors'> {
  let [clear, wrong, entries, distance, length, nothing] = [0, 0, 0, 0, 0, 0];
  eachEntry([gradients, slopes, errors, readErrors], ([g, s, e, read]) => {
    entries++;
    const [slope, error] = [factor * s, Math.abs(factor) * e + read];
    const off = Math.abs(g - slope);
    if (Math.max(Math.abs(g), Math.abs(slope)) <= error) return void nothing++; // indistinguishable from 0
    if (!(error <= unclear * Math.max(Math.abs(g), Math.abs(slope)))) return;
    clear++;
    distance += off ** 2;
    length += g ** 2;
    if (!(off <= error)) wrong++;
  });
  const isSlope = wrong === 0 && clear > 0 && clear + nothing >= entries / 2;
  return { factor, isSlope, apart: length === 0 ? 0 : Math.sqrt(distance / length), clear, wrong, entries };
}

function medianRatio({ gradients }: Answer, { slopes, errors }: Measured, unclear: number): number {
  const ratios: number[] = [];
  eachEntry([gradients, slopes, errors], ([g, s, e]) => {
    if (e <= unclear * Math.abs(s)) ratios.push(g / s);
  });
  return ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? NaN;
}

/** The ratio as a fraction p / q of small numbers, or null. A negative ratio is no multiple. */
function simple(ratio: number, unclear: number): number | null {
  for (let q = 1; q <= LARGEST_PART; q++) {
    const p = Math.round(ratio * q);
    if (p > 0 && p <= LARGEST_PART && Math.abs(ratio - p / q) <= unclear * Math.abs(ratio)) return p / q;
  }
  return null;
}

function eachEntry(all: readonly Parameters[], visit: (numbers: number[]) => void): void {
  const tensors = all.map(namedTensors);
  tensors[0].forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) visit(tensors.map((named) => named[t].values[i]));
  });
}

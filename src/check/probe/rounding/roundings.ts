// Coarser numbers than single precision, as people round to them: few decimals, digits or bits.
// Every rounding here grows with what is rounded, so that an interval stays one.
import { power } from '../../../numeric/elementary.ts';

/** So many numbers must be seen to be rounded. */
export const ENOUGH = 6;
/** With more explanations, nothing is told. */
export const MOST = 3;

/** One way to round numbers. */
export interface Rounding {
  /** "rounded to 3 decimals" */
  readonly text: string;
  readonly of: (x: number) => number;
  /** The nearest number that it could return. */
  readonly nearest: (x: number) => number;
  /** Another one, which its text names too. */
  readonly saysToo?: Rounding;
}

/** What happens to a number between two multiples of the unit. */
const MODES = {
  nearest: toEven,
  cut: Math.trunc,
  down: Math.floor,
  up: Math.ceil,
} as const;
type Mode = keyof typeof MODES;

function toEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** @param unit what x is rounded to a multiple of; 0: it stays as it is */
function roundingBy(text: string, unit: (x: number) => number, mode: Mode): Rounding {
  const by =
    (round: (x: number) => number) =>
    (x: number): number => {
      const u = unit(x);
      if (!(u > 0) || !Number.isFinite(x)) return x;
      // 1/u is exact where u is a power of 2; decimals are what people multiply and divide by
      return u < 1 ? round(x * (1 / u)) / (1 / u) : round(x / u) * u;
    };
  return { text, of: by(MODES[mode]), nearest: by(MODES.nearest) };
}

/** So far up and down: gradients are no smaller. */
const FAR = 60;
const tableOf = (from: (n: number) => number): number[] => Array.from({ length: 2 * FAR + 1 }, (_, i) => from(i - FAR));
const TWOS = tableOf((n) => power(2, n));
/** As they are written. */
const TENS = tableOf((n) => Number(`1e${n}`));

const within = (n: number): number => Math.max(-FAR, Math.min(FAR, n)) + FAR;
const two = (n: number): number => TWOS[within(n)];
const ten = (n: number): number => TENS[within(n)];

const view = new DataView(new ArrayBuffer(8));

/** The n with 2ⁿ ≤ |x| < 2ⁿ⁺¹, for x that is no subnormal of binary64. */
function exponentOf(x: number): number {
  view.setFloat64(0, x);
  return ((view.getUint16(0) >> 4) & 0x7ff) - 1023;
}

/** The n with 10ⁿ ≤ |x| < 10ⁿ⁺¹. */
function digitOf(x: number): number {
  const n = Math.floor(exponentOf(x) * LOG10_OF_2);
  return Math.abs(x) >= ten(n + 1) ? n + 1 : n;
}

const LOG10_OF_2 = 0.30102999566398114; // a little less

function decimals(k: number, mode: Mode): Rounding {
  const where = k === 0 ? 'whole numbers' : `${k} decimal${k === 1 ? '' : 's'}`;
  const texts: Readonly<Record<Mode, string>> = {
    nearest: `rounded to ${where}`,
    cut: k === 0 ? 'cut off to whole numbers' : `cut off after ${where}`,
    down: `rounded down to ${where}`,
    up: `rounded up to ${where}`,
  };
  const unit = ten(-k);
  return roundingBy(texts[mode], () => unit, mode);
}

function digits(k: number, mode: Mode): Rounding {
  const where = `${k} significant digit${k === 1 ? '' : 's'}`;
  const text = mode === 'nearest' ? `rounded to ${where}` : `cut off after ${where}`;
  return roundingBy(text, (x) => (x === 0 ? 0 : ten(digitOf(x) + 1 - k)), mode);
}

const FORMATS: Readonly<Record<number, string>> = {
  8: ' (bfloat16)',
  11: ' (half precision, float16)',
};

function bits(k: number, mode: 'nearest' | 'cut'): Rounding {
  const where = `${k} significant bit${k === 1 ? '' : 's'}`;
  const text = `${mode === 'nearest' ? `rounded to ${where}` : `cut off after ${where}`}${FORMATS[k] ?? ''}`;
  const rounding = roundingBy(text, (x) => (x === 0 ? 0 : two(exponentOf(x) + 1 - k)), mode);
  return k === 11 ? { ...rounding, saysToo: HALF[mode] } : rounding;
}

/** Half precision: 11 bits, fewer below 2⁻¹⁴, nothing beyond 65504. */
function half(mode: Mode): Rounding {
  const text = `${mode === 'nearest' ? 'rounded to' : 'cut off to'} half precision, float16`;
  const finite = roundingBy(text, (x) => two(Math.max(x === 0 ? -14 : exponentOf(x), -14) - 10), mode);
  const of = (x: number): number => {
    const y = finite.of(x);
    return Math.abs(y) > 65504 ? Math.sign(y) * (mode === 'nearest' ? Infinity : 65504) : y;
  };
  return { ...finite, of };
}

const HALF = { nearest: half('nearest'), cut: half('cut') } as const;

function multiples(n: number, mode: Mode): Rounding {
  const text = `rounded ${mode === 'down' ? 'down ' : ''}to multiples of 1/${two(n)}`;
  const unit = two(-n);
  return roundingBy(text, () => unit, mode);
}

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** The likely ones. */
export const ROUNDINGS: readonly Rounding[] = [
  HALF.nearest,
  HALF.cut,
  ...(['nearest', 'cut', 'down', 'up'] as const).flatMap((mode) => upTo(0, 7).map((k) => decimals(k, mode))),
  ...(['nearest', 'cut'] as const).flatMap((mode) => [
    ...upTo(1, 6).map((k) => digits(k, mode)),
    ...upTo(2, 20).map((k) => bits(k, mode)),
  ]),
  ...(['nearest', 'down'] as const).flatMap((mode) => upTo(1, 20).map((n) => multiples(n, mode))),
];

/** What is tried on numbers before they are used: each costs a pass. */
export const LIKELY_ROUNDINGS: readonly Rounding[] = [
  HALF.nearest,
  HALF.cut,
  ...(['nearest', 'cut'] as const).flatMap((mode) => [
    ...upTo(1, 5).map((k) => decimals(k, mode)),
    ...upTo(1, 5).map((k) => digits(k, mode)),
    bits(8, mode),
    bits(11, mode),
  ]),
  ...[bits(4, 'nearest'), multiples(8, 'nearest')],
];

/** Single precision may have stored what was rounded. */
const STORED = 2 ** -23;

/**
 * Whether `found` is what this rounding makes of a number that is `exact` to within its error.
 */
export function isRounded({ of, nearest }: Rounding, found: number, exact: number, error: number): boolean {
  const slack = STORED * Math.abs(found);
  const isOnGrid = Math.abs(nearest(found) - found) <= slack;
  return isOnGrid && found >= of(exact - error) - slack && found <= of(exact + error) + slack;
}

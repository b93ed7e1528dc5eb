// Detects numbers that were computed in single precision: each is a binary32 number, or the decimal
// that one is printed as.

/** Decimal digits that distinguish any two binary32 numbers. */
const DIGITS = 9;
/** Every decimal with fewer digits is the shortest form of some binary32 number. */
const FEW = 8;
/**
 * Keeps the first 20 of 53 bits. A number that needs no more (0.5, 0.375, 12) may as well be a
 * binary64 number by chance.
 */
const SPLIT = 2 ** 33 + 1;
/**
 * Numbers needed for a decision. A binary64 number looks like one by chance in less than half of
 * the cases, for most of them once in 2^29.
 */
const ENOUGH = 8;
/** How many numbers of one answer are examined, evenly spread. */
const LOOKED_AT = 2000;

/**
 * What one number shows: it cannot be binary32, it may be either, or it is almost certainly
 * binary32.
 */
export type Sign = 'double' | 'either' | 'single';

export function signOf(x: number): Sign {
  const single = Math.fround(x);
  if (x === 0 || !Number.isFinite(x)) return 'either';
  if (!Number.isFinite(single)) return 'double';
  if (single === x) return needsFewBits(x) ? 'either' : 'single';
  const [digits] = x.toExponential().replace('-', '').replace('.', '').split('e');
  if (digits.length > DIGITS || Number(single.toPrecision(digits.length)) !== x) return 'double';
  return digits.length < FEW ? 'either' : 'single';
}

/**
 * Whether x has no bits beyond the leading ones (Dekker 1971, A floating-point technique for
 * extending the available precision, eq. 5.6).
 */
function needsFewBits(x: number): boolean {
  const c = SPLIT * x;
  return c - (c - x) === x;
}

/** Collects the evidence from all answers of one program. */
export class Precision {
  #telling = 0;
  #double = false;

  /** Examines the numbers of one answer. */
  observe(values: ArrayLike<number>): void {
    const apart = Math.ceil(values.length / LOOKED_AT);
    for (let i = 0; i < values.length && !this.#double; i += apart) {
      const sign = signOf(values[i]);
      if (sign === 'double') this.#double = true;
      else if (sign === 'single') this.#telling++;
    }
  }

  /** All numbers so far are binary32 numbers, and there are too many of them for chance. */
  get isSingle(): boolean {
    return !this.#double && this.#telling >= ENOUGH;
  }
}

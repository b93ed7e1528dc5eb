// Whether numbers that somebody printed were computed in single precision: each is a binary32 number, or the decimal that one is printed as.

/** Decimal digits that tell any two binary32 numbers apart. */
const DIGITS = 9;
/** Decimals with fewer digits are all of them the shortest of some binary32 number. */
const FEW = 8;
/** Keeps the first 20 of 53 bits: a number that needs no more is as likely one of binary64 by chance (0.5, 0.375, 12). */
const SPLIT = 2 ** 33 + 1;
/** Numbers that must tell: each would be a binary64 number by chance in less than half of the cases, most of them once in 2^29. */
const ENOUGH = 8;
/** Numbers of one answer that are looked at, evenly spread. */
const LOOKED_AT = 2000;

/** What one number says: it cannot be binary32, it may be either, or it is hardly anything else. */
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

/** Whether the leading bits are all of x (Dekker 1971, A floating-point technique for extending the available precision, eq. 5.6). */
function needsFewBits(x: number): boolean {
  const c = SPLIT * x;
  return c - (c - x) === x;
}

/** Gathers what the answers of one program say, all that it gives. */
export class Precision {
  #telling = 0;
  #double = false;

  /** Takes in the numbers of one answer. */
  observe(values: ArrayLike<number>): void {
    const apart = Math.ceil(values.length / LOOKED_AT);
    for (let i = 0; i < values.length && !this.#double; i += apart) {
      const sign = signOf(values[i]);
      if (sign === 'double') this.#double = true;
      else if (sign === 'single') this.#telling++;
    }
  }

  /** All numbers so far are binary32 ones, and enough of them would hardly be that by chance. */
  get isSingle(): boolean {
    return !this.#double && this.#telling >= ENOUGH;
  }
}

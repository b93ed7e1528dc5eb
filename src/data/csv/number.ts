// Reads a number from bytes. Short decimals, which are nearly all, need no string.

const [PLUS, MINUS, DOT, ZERO] = [43, 45, 46, 48];

/** 10^k, exact in binary64. */
const POWERS_OF_TEN = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/** So many digits fit into the 53 bits of binary64 exactly. */
const EXACT_DIGITS = 15;

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * The binary64 number nearest to the decimal at bytes[start .. end); NaN where they are none.
 * Digits and the power of ten are exact there, so that their quotient is rounded once.
 */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  const sign = bytes[start];
  let [digits, decimals, mantissa] = [0, -1, 0];
  for (let at = sign === MINUS || sign === PLUS ? start + 1 : start; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[at] === DOT && decimals < 0) decimals = 0;
    else return slowly(bytes, start, end);
  }
  if (digits === 0 || digits > EXACT_DIGITS) return slowly(bytes, start, end);
  const size = decimals > 0 ? mantissa / POWERS_OF_TEN[decimals] : mantissa;
  return sign === MINUS ? -size : size;
}

/** The number that a text is; NaN where it is none. */
export function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : NaN;
}

function slowly(bytes: Uint8Array, start: number, end: number): number {
  const LONGEST = 1000; // longer than any number that somebody writes
  if (end - start > LONGEST) return NaN;
  return numberOf(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));
}

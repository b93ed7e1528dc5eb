// Finds the numbers of a sentence among those that were measured.

/**
 * What belongs to the question: sides and pixels of an image, the largest byte, the number of
 * digits, the largest digit, 0.
 */
const CONSTANTS = new Set(['28', '784', '255', '10', '0', '9']);
/** Curves explain any number: of lists longer than this only their length and both ends count. */
const LONGEST_LIST = 12;

/** The numerals of the sentences that no measured number explains. */
export function unexplained(sentences: readonly string[], numbers: unknown): string[] {
  const measured = leaves(numbers);
  return numerals(sentences.join(' ')).filter((n) => !CONSTANTS.has(n) && !measured.some((v) => explains(v, n)));
}

/** 0.0022, 60,000, 6.7e-16; not the digits of names such as W1, dz2 or 784-128-10. */
function numerals(text: string): string[] {
  const plain = text.replaceAll(/\b[A-Za-z]+\d+\b|\b\d+(-\d+)+\b/g, '');
  return plain.match(/\d[\d,]*(\.\d+)?(e[+-]?\d+)?/g)?.map((n) => n.replace(/,$/, '')) ?? [];
}

function leaves(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) {
    return [value.length, ...(value.length > LONGEST_LIST ? [value[0], value.at(-1)] : value).flatMap(leaves)];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

/**
 * Whether a value, or its percentage, rounds to a numeral: to its decimals, or to two or more of
 * its digits.
 */
function explains(value: number, numeral: string): boolean {
  const text = numeral.replaceAll(',', '');
  const [mantissa, exponent] = text.split('e');
  const decimals = mantissa.split('.')[1]?.length ?? 0;
  return [Math.abs(value), 100 * Math.abs(value)].some((v) => {
    if (exponent !== undefined) return v.toExponential(decimals).replace('+', '') === text.replace('+', '');
    if (v.toFixed(decimals) === text) return true;
    return [2, 3, 4, 5, 6].some((digits) => Number(v.toPrecision(digits)) === Number(text));
  });
}

// Writes NaN and infinities, which JSON does not have, as words, and reads them back.
const WORDS = ['NaN', 'Infinity', '-Infinity'];

/** For JSON.stringify: turns non-finite numbers into words. */
export function wordsForNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** For JSON.parse: turns the words back into numbers. */
export function numbersForWords(_key: string, value: unknown): unknown {
  return typeof value === 'string' && WORDS.includes(value) ? Number(value) : value;
}

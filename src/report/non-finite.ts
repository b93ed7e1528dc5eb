// JSON has no NaN and no infinity: in documents they are these words.
const WORDS = ['NaN', 'Infinity', '-Infinity'];

/** For JSON.stringify: what is no number becomes a word. */
export function wordsForNonFinite(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** For JSON.parse: the words become numbers again. */
export function numbersForWords(_key: string, value: unknown): unknown {
  return typeof value === 'string' && WORDS.includes(value) ? Number(value) : value;
}

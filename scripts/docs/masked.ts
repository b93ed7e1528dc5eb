// What a transcript may differ in from run to run and machine to machine: nothing else is left out of the comparison.

/** Each with the word that stands for it. No number that a check computes has one of these forms. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/\d[\d,.]* ?(?:\/s\b|examples\/s\b|(?:examples )?per second\b)/g, 'SPEED'],
  [/\b\d{4}-\d\d-\d\d(?:T[\d:.-]+Z)?/g, 'DATE'],
  [/\b\d[\d,.]* ?(?:ms|s|min|seconds?|minutes?)\b/g, 'TIME'],
  [/\b(node|v8) v?\d+\.\d+\.[\w.+-]+/gi, '$1 VERSION'],
];

/** The text with times, speeds, dates and versions of the runtime replaced, and several spaces (columns) as one. */
export function masked(text: string): string {
  const plain = MASKS.reduce((masking, [pattern, word]) => masking.replace(pattern, word), text);
  return plain
    .split('\n')
    .map((line) => line.replace(/ +/g, ' ').trimEnd())
    .join('\n');
}

// Suggests what a mistyped word was meant to be.
import { closestMatch } from 'leven';
import { UsageError } from '../../errors.ts';

/**
 * The choice that `word` is a misspelling, the beginning or the initials of; undefined where none
 * is near.
 */
export function nearest(word: string, choices: readonly string[]): string | undefined {
  const plain = word
    .replaceAll(/([a-z])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
  if (choices.includes(plain)) return plain;
  const begun = plain.length < 2 ? [] : choices.filter((choice) => choice.startsWith(plain));
  if (begun.length === 1) return begun[0];
  const short = choices.filter((choice) => choice.includes('-') && initials(choice) === plain);
  if (short.length === 1) return short[0];
  const atMost = plain.length < 4 ? 1 : Math.max(2, Math.floor(plain.length / 3)); // one letter in three may be wrong
  return closestMatch(plain.slice(0, 100), choices, { maxDistance: atMost });
}

/** mean-absolute-error: mae */
function initials(choice: string): string {
  return choice
    .split('-')
    .map((word) => word.charAt(0))
    .join('');
}

/** `unknown optimizer "adma"; did you mean adam? choose one of sgd, momentum, ...` */
export function unknownWord(
  what: string,
  word: string,
  choices: readonly string[],
  all = `choose one of ${choices.join(', ')}`,
): UsageError {
  const near = nearest(word, choices);
  return new UsageError(`unknown ${what} "${word}"`, near === undefined ? all : `did you mean ${near}? ${all}`);
}

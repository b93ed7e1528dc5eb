// Checks the words of a command line before yargs parses them, for messages that name the option
// and what to do.
import { UsageError } from '../../errors.ts';
import { safeText } from '../../text.ts';
import { FLAG_OPTIONS, VALUE_OPTIONS } from '../options.ts';
import type { Usage } from './help.ts';
import { nearest } from './nearest.ts';

export function asksForHelp(argv: readonly string[]): boolean {
  const words = beforeRest(argv);
  return words.some((word) => word === '--help' || word === '-h');
}

/**
 * Refuses the first option that the command does not have.
 * @throws UsageError that suggests the nearest
 */
export function requireOptions([command, ...argv]: readonly string[], { values, flags }: Usage): void {
  const known: readonly string[] = [...values, ...flags, 'help', 'version'];
  const words = beforeRest(argv);
  for (const word of words) {
    const [, option] = /^--?([a-z][^=]*)/i.exec(word) ?? [];
    if (option === undefined || (word.startsWith('--') && known.includes(option))) continue;
    const elsewhere =
      word.startsWith('--') && (Object.hasOwn(VALUE_OPTIONS, option) || Object.hasOwn(FLAG_OPTIONS, option));
    const near = elsewhere ? undefined : nearest(option, known);
    const hint = `see backproof ${command} --help`;
    throw new UsageError(
      elsewhere ? `${command} has no option --${option}` : `unknown option ${safeText(word.split('=', 1)[0])}`,
      near === undefined ? hint : `did you mean --${near}? ${hint}`,
    );
  }
}

/**
 * @throws UsageError on an option without a value, and on a flag with another value than true
 *   or false
 */
export function requireValues([, ...argv]: readonly string[], { values, flags }: Usage): void {
  const words = beforeRest(argv);
  words.forEach((word, i) => {
    if (!word.startsWith('--')) return;
    const [name, ...value] = word.slice(2).split('=');
    const next = argv[i + 1] as string | undefined;
    if (values.includes(name) && value.length === 0 && isNoValue(next)) {
      const got = next === undefined || next.startsWith('--') ? 'nothing' : `"${safeText(next)}"`;
      throw new UsageError(`--${name}: expected a value, got ${got}`);
    }
    if (flags.includes(name) && value.length > 0 && !/^(true|false)$/.test(value.join('=')))
      throw new UsageError(`--${name}: takes no value, got "${safeText(value.join('='))}"`);
  });
}

/** As yargs sees it: what begins with a dash and is no negative number is an option. */
function isNoValue(word: string | undefined): boolean {
  return word === undefined || /^-(?![\d.]|$)/.test(word);
}

/** The words before a lone `--`. */
function beforeRest(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end);
}

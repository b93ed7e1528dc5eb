// One option: what --help shows of it, and how its text becomes a value. The table of all of them
// is in ../options.ts.
import { UsageError, placed } from '../../errors.ts';
import { hasControls, safeText } from '../../text.ts';
import { choicesOf } from '../../ops/family.ts';
import type { Named } from '../../ops/family.ts';
import { MOST_LAYERS } from '../../network/spec.ts';
import { unknownWord } from './nearest.ts';

/** The parts of --help, in the order in which it shows them. */
export const GROUPS = [
  'Your network',
  'Data',
  'Network',
  'Training',
  'Engines',
  'Checks',
  'Queue',
  'Output',
  'Other',
] as const;
export type Group = (typeof GROUPS)[number];

/** What --help shows of an option. */
export interface Described {
  readonly group: Group;
  readonly describe: string;
  /** What stands for its value; none for a flag. */
  readonly value?: string;
  /** The choices, where it has a few. */
  readonly choices?: readonly string[];
  /** In words. */
  readonly default?: string;
}

export interface Option<T> extends Described {
  readonly value: string;
  /** @throws UsageError */
  readonly parse: (text: string, name: string) => T;
  /** Whether it may be given more than once: the same as once, with commas between. */
  readonly repeated?: true;
}

/** Group, description, and the default in words. */
type Words = readonly [group: Group, describe: string, standard?: string | number];

function described([group, describe, standard]: Words, value: string): Described & { value: string } {
  return { group, describe, value, ...(standard !== undefined && { default: String(standard) }) };
}

/** `--seed: expected a whole number, got "fast"` */
export function unexpected(name: string, expected: string, text: string): UsageError {
  return new UsageError(`--${name}: expected ${expected}, got "${safeText(text)}"`);
}

export function choice<const T extends readonly string[]>(choices: T, ...words: Words): Option<T[number]> {
  return {
    ...described(words, 'NAME'),
    choices,
    parse(text, name) {
      if (choices.includes(text)) return text;
      throw unknownWord(name, text, choices);
    },
  };
}

/**
 * The name of a piece of a network, with or without numbers in it: `leaky-relu`,
 * `leaky-relu:0.01`.
 * @param pages the choices
 * @param known the page of a name
 * @throws UsageError if it throws one, or there is none
 */
export function piece<Id extends string, P extends Named>(
  pages: readonly P[],
  known: (id: string) => P | undefined,
  ...words: Words
): Option<Id> {
  const choices = choicesOf(pages);
  return {
    ...described(words, 'NAME'),
    choices,
    parse(text, name) {
      const [plain] = text.split(':', 1);
      const page = placed(`--${name} `, () => known(text));
      if (page !== undefined && pages.some(({ id }) => id === text || id === plain)) return text as Id;
      throw unknownWord(
        name,
        text,
        pages.map(({ id }) => id),
        `choose one of ${choices.join(', ')}`,
      );
    },
  };
}

interface Range {
  readonly whole?: true;
  /** What is expected of a number, in words: `of at least 0`. */
  readonly expected?: string;
  readonly fits?: (x: number) => boolean;
}

export function number({ whole, expected, fits = () => true }: Range, ...words: Words): Option<number> {
  const kind = whole ? 'a whole number' : 'a number';
  return {
    ...described(words, 'N'),
    parse(text, name) {
      const value = text.trim() === '' ? NaN : Number(text);
      if (Number.isNaN(value)) throw unexpected(name, kind, text);
      const fine = (whole ? Number.isSafeInteger(value) : Number.isFinite(value)) && fits(value);
      if (!fine) throw unexpected(name, expected === undefined ? kind : `${kind} ${expected}`, text);
      return value;
    },
  };
}

export const count = (...words: Words): Option<number> =>
  number({ whole: true, expected: 'of at least 1', fits: (x) => x >= 1 }, ...words);

export const path = (value: 'FILE' | 'FOLDER' | 'PATH', ...words: Words): Option<string> => ({
  ...described(words, value),
  parse(text, name) {
    if (text === '') throw unexpected(name, 'a path', text);
    if (!hasControls(text)) return text;
    throw unexpected(name, 'a path without control characters', text);
  },
});

export const shellCommand = (...words: Words): Option<string> => ({
  ...described(words, 'COMMAND'),
  parse(text, name) {
    if (text.trim() !== '') return text;
    throw unexpected(name, 'a command', text);
  },
});

/** Units of each hidden layer; `none` for no hidden layer. */
export const layerSizes = (...words: Words): Option<number[]> => ({
  ...described(words, 'UNITS'),
  parse(text, name) {
    if (text === 'none') return [];
    const units = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (units.length >= MOST_LAYERS)
      throw new UsageError(`--${name}: expected at most ${MOST_LAYERS - 1} hidden layers, got ${units.length}`);
    if (units.every((n) => Number.isSafeInteger(n) && n >= 1)) return units;
    throw unexpected(name, 'whole numbers of at least 1, separated by commas, or none', text);
  },
});

/** Some of the choices. */
export const list = <const T extends readonly string[]>(
  choices: T,
  what: string,
  ...words: Words
): Option<T[number][]> => ({
  ...described(words, 'NAMES'),
  choices,
  repeated: true,
  parse: (text) =>
    text.split(',').map((word) => {
      const found = choices.find((name) => name === word.trim());
      if (found === undefined) throw unknownWord(what, safeText(word), choices);
      return found;
    }),
});

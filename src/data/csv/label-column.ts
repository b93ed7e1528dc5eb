// Which column of a table is the label: asked for, by its name, or by what is in it.
import { DataError, UsageError } from '../../errors.ts';
import { listed } from '../../text.ts';
import { numberOf } from './number.ts';
import { columnName, firstWord } from './table.ts';
import type { Table, TextColumn } from './table.ts';

const NAMES = /^(labels?|class(es)?|targets?|species|category)$/i;

/** More different labels than a byte holds are numbers to be predicted. */
export const MOST_CLASSES = 256;

const HINT = 'give --label-column first, last, its number from 1, or its name';

/**
 * The column that --label-column asks for: first, last, a number from 1, or a name of the header.
 * @throws UsageError that lists the columns
 */
export function columnAskedFor(asked: string, header: readonly string[] | null, columns: number): number {
  const named = header?.indexOf(asked) ?? -1;
  if (named >= 0) return named;
  if (asked === 'first') return 0;
  if (asked === 'last') return columns - 1;
  const number = Number(asked);
  if (Number.isSafeInteger(number) && number >= 1 && number <= columns) return number - 1;
  const names =
    header === null
      ? ''
      : `, or one of ${listed(
          header.map((name) => `"${name}"`),
          12,
        )}`;
  throw new UsageError(`--label-column: expected first, last, 1 to ${columns}${names}, got "${asked}"`);
}

/**
 * The column of the label where none is asked for: that of a known name, such as "label"; else the
 * only one of text; else the first of a table of pictures; else the last, which has classes, or the
 * targets of a regression.
 * @throws DataError where the first would do as well, or two have a known name or text
 */
export function labelColumn(table: Table): number {
  const { header, columns, text } = table;
  const known = knownNames(header);
  const words = [...text].filter(([, column]) => firstWord(column) >= 0).map(([c]) => c);
  for (const found of [known, words]) {
    if (found.length === 1) return found[0];
    if (found.length > 1) throw undecided(table, found);
  }
  const first = hasClassNumbers(text.get(0));
  if (first && isSquare(columns - 1)) return 0;
  if (first) throw undecided(table, [0, columns - 1]); // or the last is the target of a regression
  return columns - 1;
}

/** Columns with a name that labels usually have; y only where no x makes it a coordinate. */
export function knownNames(header: readonly string[] | null): number[] {
  const columnsOf = (name: RegExp): number[] => (header ?? []).flatMap((word, c) => (name.test(word) ? [c] : []));
  const known = columnsOf(NAMES);
  return known.length > 0 || columnsOf(/^x$/i).length > 0 ? known : columnsOf(/^y$/i);
}

function undecided({ name, header }: Table, columns: readonly number[]): DataError {
  const all = listed(
    columns.toSorted((a, b) => a - b).map((c) => columnName(header, c)),
    8,
  );
  return new DataError(`${name}: expected one column that can be the label, found ${columns.length}: ${all}`, HINT);
}

/** Whether the column has whole numbers from 0, at least two and no more than a byte holds. */
function hasClassNumbers(column: TextColumn | undefined): boolean {
  if (column === undefined || column.texts.length < 2 || column.texts.length > 2 * MOST_CLASSES) return false;
  const numbers = new Set(column.texts.map(numberOf));
  return (
    numbers.size >= 2 &&
    numbers.size <= MOST_CLASSES &&
    [...numbers].every((x) => Number.isInteger(x) && x >= 0 && x < MOST_CLASSES)
  );
}

/** The number of pixels of a picture as high as wide. */
export function isSquare(pixels: number): boolean {
  const side = Math.round(Math.sqrt(pixels));
  return side >= LEAST_SIDE && side * side === pixels;
}

/** Smaller squares are more likely tables. */
const LEAST_SIDE = 8;

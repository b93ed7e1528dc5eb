// From the texts of a label column to classes or targets.
import { DataError, UsageError } from '../../errors.ts';
import { formatCount, listed, safeText } from '../../text.ts';
import { MOST_CLASSES } from './label-column.ts';
import { numberOf } from './number.ts';
import { columnName, errorAt, notNumber } from './table.ts';
import type { Table, TextColumn } from './table.ts';

/** Whether labels are classes, or numbers to be predicted. */
export const TASKS = ['classification', 'regression'] as const;
/** One of TASKS. */
export type Task = (typeof TASKS)[number];

/** What is asked for: nothing of it needs to be. */
export interface LabelOptions {
  readonly task?: Task | undefined;
  /** The label of class 0. */
  readonly firstLabel?: number | undefined;
  readonly classes?: number | undefined;
}

/** How the labels of a set are read. */
export type Meaning =
  | { readonly task: 'regression' }
  | {
      readonly task: 'classification';
      readonly classes: number;
      readonly classOf: ReadonlyMap<string, number>;
      /** In words: what became which class. */
      readonly note: string;
    };

/** A label column, and where it is. */
export interface LabelColumn {
  readonly table: Table;
  readonly at: number;
  readonly column: TextColumn;
}

/**
 * Whole numbers from 0 to 255 with a 0 among them are class numbers, as are those that are shifted
 * to begin at a given first label. All other labels are numbered in order: numbers by size, names
 * by the code of their characters.
 * Labels that are not whole, or too many for classes, are targets.
 * @param columns training and test; every class must be in the first
 * @throws DataError or UsageError where labels do not fit what is asked for
 */
export function meaningOf(columns: readonly LabelColumn[], options: LabelOptions): Meaning {
  const texts = [...new Set(columns.flatMap(({ column }) => column.texts))];
  const numbers = texts.map(numberOf);
  const areNumbers = numbers.every((x) => Number.isFinite(Math.fround(x)));
  const task = options.task ?? (areNumbers && areTargets(numbers) ? 'regression' : 'classification');
  if (task === 'regression') {
    requireNumbers(columns);
    const asked = options.classes !== undefined ? 'classes' : options.firstLabel !== undefined ? 'first-label' : null;
    if (asked !== null)
      throw new UsageError(`--${asked} needs classes: the labels of ${columns[0].table.name} are targets of a regression`, 'give --task classification if they are classes'); // prettier-ignore
    return { task };
  }
  const areWhole = areNumbers && numbers.every((x) => Number.isInteger(x));
  if (options.firstLabel !== undefined && !areWhole)
    throw new UsageError('--first-label needs labels that are whole numbers', 'class names are numbered in order');
  const numbered = areWhole && (options.firstLabel !== undefined || options.classes !== undefined || startAtZero(numbers)); // prettier-ignore
  return numbered ? classNumbers(columns, options) : inOrder(columns, texts, areNumbers, options);
}

function areTargets(numbers: readonly number[]): boolean {
  return numbers.some((x) => !Number.isInteger(x)) || new Set(numbers).size > MOST_CLASSES;
}

function startAtZero(numbers: readonly number[]): boolean {
  return numbers.includes(0) && numbers.every((x) => x >= 0 && x < MOST_CLASSES);
}

function requireNumbers(columns: readonly LabelColumn[]): void {
  for (const { table, at } of columns) {
    const wrong = notNumber(table, at);
    if (wrong !== null) throw wrong;
  }
}

/** Every label is its class, after the shift. */
function classNumbers(columns: readonly LabelColumn[], { firstLabel = 0, classes }: LabelOptions): Meaning {
  const most = classes ?? MOST_CLASSES;
  const classOf = new Map<string, number>();
  for (const { table, at, column } of columns) {
    for (const [i, text] of column.texts.entries()) {
      const k = numberOf(text) - firstLabel;
      if (!(k >= 0 && k < most)) {
        const expected = `expected a label from ${firstLabel} to ${firstLabel + most - 1}`;
        const message = `${columnName(table.header, at)}: ${expected}, got ${safeText(text)}`;
        throw errorAt(table, at, i, message, 'see --classes and --first-label');
      }
      classOf.set(text, k);
    }
  }
  const found = 1 + Math.max(...classOf.values());
  const shifted = firstLabel === 0 ? '' : `, label ${firstLabel} is class 0`;
  const note = `${formatCount(classes ?? found)} classes${shifted}`;
  return { task: 'classification', classes: classes ?? found, classOf, note };
}

/** Different labels become the classes 0, 1, 2 ... */
function inOrder(
  columns: readonly LabelColumn[],
  texts: readonly string[],
  areNumbers: boolean,
  { classes }: LabelOptions,
): Meaning {
  requireNotMissing(columns);
  const [train, ...others] = columns;
  for (const { table, at, column } of others) {
    const key = (text: string): string | number => (areNumbers ? numberOf(text) : text);
    const known = new Set(train.column.texts.map(key));
    const unknown = column.texts.findIndex((text) => !known.has(key(text)));
    if (unknown >= 0) {
      const text = `"${safeText(column.texts[unknown])}"`;
      const message = `${columnName(table.header, at)}: ${text} is not among the labels of ${train.table.name}`;
      throw errorAt(table, at, unknown, message, 'every class needs examples to train on');
    }
  }
  const names = areNumbers
    ? [...new Set(texts.map(numberOf))].sort((a, b) => a - b)
    : [...texts].sort((a, b) => (a < b ? -1 : 1));
  if (names.length > MOST_CLASSES || names.length > (classes ?? MOST_CLASSES)) {
    throw new DataError(
      `${train.table.name}: expected at most ${classes ?? MOST_CLASSES} classes, got ${formatCount(names.length)} different labels`,
      'is another column the label? give --label-column; --task regression takes numbers as targets',
    );
  }
  const position = new Map(names.map((name, k) => [name, k]));
  const classOf = new Map(texts.map((text) => [text, position.get(areNumbers ? numberOf(text) : text) ?? 0]));
  const note = `${listed(
    names.map((name, k) => `${safeText(String(name), 40)} is class ${k}`),
    12,
  )}`;
  return { task: 'classification', classes: classes ?? names.length, classOf, note };
}

function requireNotMissing(columns: readonly LabelColumn[]): void {
  for (const { table, at, column } of columns) {
    const missing = column.texts.indexOf('');
    const message = `${columnName(table.header, at)}: expected a label, got nothing`;
    if (missing >= 0) throw errorAt(table, at, missing, message, 'fill it in, or remove the row');
  }
}

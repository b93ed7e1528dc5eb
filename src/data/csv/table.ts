// Reads a table: numbers, and some columns as text too, because they may hold the labels.
import { DataError } from '../../errors.ts';
import { formatCount, safeText } from '../../text.ts';
import { Fields, separatorOf } from './fields.ts';
import type { Separator } from './fields.ts';
import { numberAt, numberOf } from './number.ts';

/** As wide as the largest picture of an IDX file, and a label. */
const MOST_COLUMNS = 2 ** 20 + 1;

/** So many columns named 0, 1, 2 ... are no example, but the header that pandas writes. */
const COUNTED_HEADER = 10;

/** A column that is kept as text. */
export interface TextColumn {
  /** Its different texts, in order of appearance. */
  readonly texts: readonly string[];
  /** Row to position in `texts`. */
  readonly index: readonly number[];
  /** Where each of these texts appears first: its line and character there, from 1. */
  readonly places: readonly Place[];
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** The numbers of a table; columns that may be labels are beside them as text. */
export interface Table {
  readonly name: string;
  /** null without a header. */
  readonly header: readonly string[] | null;
  readonly rows: number;
  readonly columns: number;
  /** (rows, columns); 0 in the columns that are kept as text. */
  readonly numbers: Uint8Array | Float32Array;
  readonly text: ReadonlyMap<number, TextColumn>;
}

/**
 * Reads a table with or without a header. Columns are kept as text if they are the first, the last,
 * text in the first row, or asked for.
 * @param keep a column that is asked for, once the header is known
 * @throws DataError at the first field that does not fit: file:line:character
 */
export function readTable(
  bytes: Uint8Array,
  name: string,
  keep: (header: readonly string[] | null, columns: number) => readonly number[],
): Table {
  const separator = separatorOf(bytes);
  const first = firstRow(bytes, name, separator);
  if (first === null) throw new DataError(`${name}: has no rows`, 'the file is empty; fetch it again');
  const columns = first.fields.length;
  if (columns < 2) {
    throw new DataError(
      `${name}:1:1: expected a table with at least two columns (inputs and a label), got one`,
      'separate the fields by commas, semicolons, tabs or spaces',
    );
  }
  const second = firstRow(bytes, name, separator, first.next);
  const header = isHeader(first.fields, second?.fields ?? null) ? first.fields : null;
  const data = header === null ? first : second;
  if (data === null) throw new DataError(`${name}: has a header, but no examples`);
  const texts = data.fields.flatMap((text, c) => (Number.isNaN(numberOf(text)) && !isMissing(text) ? [c] : []));
  const kept = new Set([0, columns - 1, ...texts.slice(0, 64), ...keep(header, columns)]);
  const fields = new Fields(bytes, name, separator, header === null ? undefined : first.next);
  return { name, header, columns, ...readRows(fields, columns, kept, header) };
}

interface Row {
  readonly fields: readonly string[];
  /** Where the next row begins. */
  readonly next: { readonly at: number; readonly line: number };
}

/** The first row from here on; null at the end of the text. */
function firstRow(bytes: Uint8Array, name: string, separator: Separator, from?: Row['next']): Row | null {
  const reader = new Fields(bytes, name, separator, from);
  const fields: string[] = [];
  while (reader.read()) {
    if (fields.length === MOST_COLUMNS)
      throw reader.error(`expected at most ${formatCount(MOST_COLUMNS)} columns, got more`);
    fields.push(reader.text());
    if (reader.endsRow) break;
  }
  return fields.length === 0 ? null : { fields, next: reader.next };
}

/** Whether names stand over numbers, or the columns are counted from 0. */
function isHeader(first: readonly string[], second: readonly string[] | null): boolean {
  const isName = (text: string): boolean => text !== '' && Number.isNaN(numberOf(text)) && !isMissing(text);
  if (first.length >= COUNTED_HEADER && first.every((text, c) => text === String(c))) return true;
  if (second === null) return first.some(isName) && first.every((text) => text === '' || isName(text));
  if (first.every(isName)) return true; // an example has numbers
  return first.some((text, c) => isName(text) && !Number.isNaN(numberOf(second[c] ?? '')));
}

function isMissing(text: string): boolean {
  return /^(|\?|na|n\/a|nan|null|none|-)$/i.test(text);
}

/** Texts of a column while it is read. */
class Texts {
  readonly texts: string[] = [];
  readonly index: number[] = [];
  readonly places: Place[] = [];
  readonly #known = new Map<string, number>();

  add(fields: Fields): void {
    const text = fields.text();
    let at = this.#known.get(text);
    if (at === undefined) {
      at = this.texts.length;
      this.#known.set(text, at);
      this.texts.push(text);
      this.places.push({ line: fields.line, column: fields.column });
    }
    this.index.push(at);
  }
}

function readRows(
  fields: Fields,
  columns: number,
  kept: ReadonlySet<number>,
  header: readonly string[] | null,
): Pick<Table, 'rows' | 'numbers' | 'text'> {
  const text = new Map([...kept].map((c) => [c, new Texts()]));
  const isKept = Array.from({ length: columns }, (_, c) => kept.has(c));
  const { bytes } = fields;
  let numbers: Table['numbers'] = new Uint8Array(1024 * columns);
  let [rows, c] = [0, 0];
  for (let i = 0; fields.read(); i++) {
    if (i === numbers.length) numbers = larger(numbers);
    if (c === columns) throw wrongWidth(fields, columns, 'more');
    if (isKept[c]) text.get(c)?.add(fields);
    else {
      const x = numberAt(bytes, fields.start, fields.end);
      if (!fits(x)) throw fields.error(...wrongNumber(fields.text(), columnName(header, c)));
      if (numbers instanceof Uint8Array && (x < 0 || x > 255 || x !== (x | 0))) numbers = Float32Array.from(numbers);
      numbers[i] = x;
    }
    c++;
    if (!fields.endsRow) continue;
    if (c < columns) throw wrongWidth(fields, columns, String(c));
    [rows, c] = [rows + 1, 0];
  }
  return { rows, numbers: numbers.slice(0, rows * columns), text };
}

function larger(numbers: Table['numbers']): Table['numbers'] {
  const most = new (numbers instanceof Uint8Array ? Uint8Array : Float32Array)(2 * numbers.length);
  most.set(numbers);
  return most;
}

/** Whether binary32 holds it. */
function fits(x: number): boolean {
  return Number.isFinite(Math.fround(x));
}

/** The position of the first text that is not a number; -1 where all are. */
export function firstWord({ texts }: TextColumn): number {
  return texts.findIndex((text) => !fits(numberOf(text)));
}

/** An error where a text of a column appears first. */
export function errorAt({ name, text }: Table, c: number, at: number, message: string, hint?: string): DataError {
  const { line, column } = text.get(c)?.places[at] ?? { line: 1, column: 1 };
  return new DataError(`${name}:${line}:${column}: ${message}`, hint);
}

/** The error about the first text of a column that is not a number; null where all are. */
export function notNumber(table: Table, c: number): DataError | null {
  const column = table.text.get(c);
  const at = column === undefined ? -1 : firstWord(column);
  if (column === undefined || at < 0) return null;
  return errorAt(table, c, at, ...wrongNumber(column.texts[at], columnName(table.header, c)));
}

/** Message and hint. */
function wrongNumber(text: string, column: string): [string, string?] {
  if (!Number.isNaN(numberOf(text)))
    return [`${column}: expected a number up to 3.4e38 (binary32), got ${safeText(text)}`];
  const found = text === '' ? 'nothing' : `"${safeText(text)}"`;
  return [`${column}: expected a number, got ${found}`, adviceOn(text)];
}

function adviceOn(text: string): string {
  if (isMissing(text)) return 'a value is missing: fill it in, or remove the row';
  if (/^[+-]?\d+,\d+$/.test(text)) return 'write decimals with a point';
  return 'inputs and targets are numbers; --label-column says which column has the labels';
}

function wrongWidth(fields: Fields, columns: number, found: string): DataError {
  return fields.error(
    `expected ${columns} fields, as in the first row, got ${found}`,
    'give every row as many fields; put quotes around a field that has a separator in it',
  );
}

/** "column 3 (petal length)" */
export function columnName(header: readonly string[] | null, c: number): string {
  const own = header?.[c] ?? '';
  return own === '' ? `column ${c + 1}` : `column ${c + 1} (${safeText(own)})`;
}

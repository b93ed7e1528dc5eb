// Splits a table of text into fields (RFC 4180), without making a string of each: a field is a
// range of bytes. Lines end with LF, CRLF or CR; spaces around a field do not belong to it; blank
// lines are skipped.
import { DataError } from '../../errors.ts';

const [TAB, LF, CR, SPACE, QUOTE] = [9, 10, 13, 32, 34];

/** What separates fields: a comma, a semicolon, a tab, or any number of spaces. */
export const SEPARATORS = { comma: 44, semicolon: 59, tab: TAB, space: SPACE } as const;
export type Separator = (typeof SEPARATORS)[keyof typeof SEPARATORS];

/** Reads one field after the other; what is known of the last one is in its properties. */
export class Fields {
  readonly bytes: Uint8Array;
  readonly #name: string;
  readonly #separator: Separator;
  #at: number;
  #lineStart: number;
  #pastQuotes = 0;
  /** The field is bytes[start .. end), without its quotes. */
  start = 0;
  end = 0;
  isQuoted = false;
  /** Whether it is the last of its row. */
  endsRow = true;
  /** Its line, from 1, and its first character there, from 1. */
  line: number;
  column = 1;

  /** @param from the byte to begin at, and its line */
  constructor(bytes: Uint8Array, name: string, separator: Separator, from = { at: 0, line: 1 }) {
    this.bytes = bytes;
    this.#name = name;
    this.#separator = separator;
    [this.#at, this.#lineStart, this.line] = [from.at, from.at, from.line];
  }

  /** Where the next field begins. */
  get next(): { at: number; line: number } {
    return { at: this.#at, line: this.line + this.#pastQuotes };
  }

  /**
   * Reads a field. @returns false where there is none
   * @throws DataError on a quoted field that does not end, or goes on after its quote
   */
  read(): boolean {
    this.line += this.#pastQuotes;
    this.#pastQuotes = 0;
    if (this.endsRow && !this.#skipBlankLines()) return false;
    this.#skipSpaces();
    this.column = this.#at - this.#lineStart + 1;
    this.isQuoted = this.bytes[this.#at] === QUOTE;
    if (this.isQuoted) this.#quoted();
    else this.#plain();
    this.#endField();
    return true;
  }

  /** The text of the field: UTF-8, or Latin-1 where it is not UTF-8. */
  text(): string {
    const bytes = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.end - this.start);
    const utf8 = bytes.toString('utf8');
    const text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
    return this.isQuoted ? text.replaceAll('""', '"').trim() : text;
  }

  /** An error at this field. */
  error(message: string, hint?: string): DataError {
    return new DataError(`${this.#name}:${this.line}:${this.column}: ${message}`, hint);
  }

  #isSpace(byte: number | undefined): boolean {
    return byte === SPACE || (byte === TAB && this.#separator !== TAB);
  }

  #isLineEnd(byte: number | undefined): boolean {
    return byte === LF || byte === CR || byte === undefined;
  }

  #skipSpaces(): void {
    while (this.#isSpace(this.bytes[this.#at])) this.#at++;
  }

  #newLine(): void {
    this.#at += this.bytes[this.#at] === CR && this.bytes[this.#at + 1] === LF ? 2 : 1;
    this.#lineStart = this.#at;
    this.line++;
  }

  /** @returns false at the end of the text */
  #skipBlankLines(): boolean {
    for (;;) {
      this.#skipSpaces();
      if (this.#at >= this.bytes.length) return false;
      if (!this.#isLineEnd(this.bytes[this.#at])) break;
      this.#newLine();
    }
    this.#at = this.#lineStart;
    return true;
  }

  #plain(): void {
    const { bytes } = this;
    const separator = this.#separator;
    let at = this.#at;
    this.start = at;
    for (; ; at++) {
      const byte = bytes[at];
      if (byte === separator || byte === LF || byte === CR || at >= bytes.length) break;
      if (separator === SPACE && byte === TAB) break;
    }
    this.#at = at;
    while (at > this.start && this.#isSpace(bytes[at - 1])) at--;
    this.end = at;
  }

  #quoted(): void {
    const { bytes } = this;
    let at = this.#at + 1;
    let [lines, lineStart] = [0, this.#lineStart];
    this.start = at;
    for (; ; at++) {
      const byte = bytes[at];
      if (at >= bytes.length) throw this.error('a quoted field does not end', 'add the closing quote "');
      if (byte === QUOTE) {
        if (bytes[at + 1] !== QUOTE) break;
        at++; // "" stands for one quote
      } else if (byte === LF || (byte === CR && bytes[at + 1] !== LF)) {
        lines++;
        lineStart = at + 1;
      }
    }
    this.end = at;
    this.#at = at + 1;
    this.#pastQuotes = lines;
    this.#lineStart = lineStart;
    this.#skipSpaces();
    const next = bytes[this.#at];
    const closed =
      next === this.#separator || this.#isLineEnd(next) || (this.#separator === SPACE && at + 1 < this.#at);
    if (!closed) throw this.error('a field goes on after its closing quote', 'write a quote inside of quotes as ""');
  }

  /** Steps over the separator, or over the end of the line. */
  #endField(): void {
    if (this.#separator === SPACE) this.#skipSpaces();
    const byte = this.bytes[this.#at];
    this.endsRow = this.#isLineEnd(byte);
    if (!this.endsRow) {
      if (this.#separator !== SPACE) this.#at++;
    } else if (byte !== undefined) {
      const { line } = this;
      this.#newLine();
      this.#pastQuotes += this.line - line; // the field keeps its line
      this.line = line;
    }
  }
}

/** The separator that splits the first line into most fields; spaces where it has no other. */
export function separatorOf(bytes: Uint8Array): Separator {
  const counts = new Map<number, number>();
  let [inQuotes, begun] = [false, false];
  for (const byte of bytes) {
    if (byte === QUOTE) inQuotes = !inQuotes;
    if (inQuotes) continue;
    if ((byte === LF || byte === CR) && begun) break;
    if (byte > SPACE) begun = true;
    counts.set(byte, (counts.get(byte) ?? 0) + 1);
  }
  const { comma, semicolon, tab, space } = SEPARATORS;
  const most = ([comma, semicolon, tab] as const).toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0];
  return (counts.get(most) ?? 0) > 0 ? most : space;
}

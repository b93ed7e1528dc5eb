// A candidate's answer as plain data: all numbers in one array, and a description of their layout.
// host.ts writes it, module.ts reads it without trusting it, and local.ts does both. The checker
// therefore never reads a getter, a proxy, or an array that the candidate keeps.
import { numberOf } from './read.ts';

/** The layout of an answer. Each part takes the next numbers of the array. */
export type Form =
  | null
  /** A number. */
  | readonly ['n']
  /** A vector of that length, as an array (0) or a typed array (1). */
  | readonly ['v', number, 0 | 1]
  /** A matrix: rows, columns. Both are at least one. */
  | readonly ['m', number, number]
  | readonly ['l', readonly Form[]]
  | readonly ['o', Readonly<Record<string, Form>>]
  /** A list of which only the length is known. */
  | readonly ['y', number]
  /** A value that holds no numbers, by its type. */
  | readonly ['x', string];

export interface Plain {
  readonly form: Form;
  readonly numbers: Float64Array;
}

/** How much an answer may hold: numbers, and parts (ragged rows, layers) that contain them. */
export interface PlainRoom {
  readonly numbers: number;
  readonly parts: number;
  /** Of a longer list, only the length is read. */
  readonly longest?: number;
}

/** Why an answer cannot be plain data. */
export type NotPlain =
  /** A function or promise, and where. */
  | { readonly kind: 'no-data'; readonly place: string; readonly type: string }
  /** More numbers than fit: where, and the lengths of its axes. */
  | { readonly kind: 'too-many'; readonly place: string; readonly shape: readonly number[] };

/** Names read per object. */
const MOST_KEYS = 32;
const DEEPEST = 8;

class Refusal extends Error {
  readonly reason: NotPlain;

  constructor(reason: NotPlain) {
    super(reason.kind);
    this.reason = reason;
  }
}

export function toPlain(value: unknown, room: PlainRoom): Plain | NotPlain {
  const writer = new Writer(room);
  try {
    const form = writer.form(value, '', 0);
    return { form, numbers: writer.written() };
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

type List = ArrayLike<unknown>;

function isList(value: unknown): value is List {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** A list of numbers, or of values that are read as one. */
function isVector(value: List): boolean {
  if (ArrayBuffer.isView(value)) return true;
  for (let i = 0; i < value.length; i++) {
    const type = typeof value[i];
    if ((type === 'object' && value[i] !== null) || type === 'function') return false;
  }
  return true;
}

class Writer {
  readonly #room: PlainRoom;
  #numbers = new Float64Array(1024);
  #length = 0;
  #parts = 0;

  constructor(room: PlainRoom) {
    this.#room = room;
  }

  written(): Float64Array {
    return this.#numbers.slice(0, this.#length);
  }

  form(value: unknown, place: string, depth: number): Form {
    if (value === undefined || value === null) return null;
    if (typeof value === 'function') throw new Refusal({ kind: 'no-data', place, type: 'a function' });
    if (typeof value === 'number') return this.#number(value);
    if (typeof value === 'string' && (value === 'NaN' || !Number.isNaN(numberOf(value))))
      return this.#number(numberOf(value));
    if (typeof value !== 'object' || depth > DEEPEST) return ['x', typeof value];
    if (value instanceof Promise) throw new Refusal({ kind: 'no-data', place, type: 'a promise' });
    return isList(value) ? this.#list(value, place, depth) : this.#object(value, place, depth);
  }

  #number(value: number): Form {
    this.#reserve(1, '', []);
    this.#numbers[this.#length++] = value;
    return ['n'];
  }

  #list(list: List, place: string, depth: number): Form {
    if (list.length > (this.#room.longest ?? Infinity)) return ['y', list.length];
    const shape = [list.length, ...(isList(list[0]) ? [list[0].length] : [])];
    this.#reserve(list.length, place, shape);
    if (isVector(list)) {
      this.#append(list);
      return ['v', list.length, ArrayBuffer.isView(list) ? 1 : 0];
    }
    const cols = isList(list[0]) ? list[0].length : -1;
    let isMatrix = cols > 0;
    for (let r = 0; isMatrix && r < list.length; r++) {
      const row = list[r];
      this.#reserve((r + 1) * cols, place, shape); // before reading: the same long row may occur a million times
      isMatrix = isList(row) && row.length === cols && isVector(row);
    }
    if (isMatrix) {
      for (let r = 0; r < list.length; r++) this.#append(list[r] as List);
      return ['m', list.length, cols];
    }
    this.#count(list.length, place, shape);
    return ['l', Array.from(list, (entry, i) => this.form(entry, `${place}[${i}]`, depth + 1))];
  }

  #object(value: object, place: string, depth: number): Form {
    const names = Object.keys(value).slice(0, MOST_KEYS);
    this.#count(names.length, place, []);
    const forms = names.map((name): [string, Form] => [
      name.slice(0, 100),
      this.form(
        (value as Record<string, unknown>)[name],
        place === '' ? name.slice(0, 100) : `${place}.${name}`,
        depth + 1,
      ),
    ]);
    return ['o', Object.fromEntries(forms)];
  }

  #append(list: List): void {
    for (let i = 0; i < list.length; i++) this.#numbers[this.#length++] = numberOf(list[i]);
  }

  #count(parts: number, place: string, shape: readonly number[]): void {
    this.#parts += parts;
    if (this.#parts > this.#room.parts) throw new Refusal({ kind: 'too-many', place, shape });
  }

  /** Makes room for `more` numbers. */
  #reserve(more: number, place: string, shape: readonly number[]): void {
    const needed = this.#length + more;
    if (!(needed <= this.#room.numbers)) throw new Refusal({ kind: 'too-many', place, shape });
    if (needed <= this.#numbers.length) return;
    const larger = new Float64Array(Math.min(this.#room.numbers, Math.max(needed, 2 * this.#numbers.length)));
    larger.set(this.#numbers.subarray(0, this.#length));
    this.#numbers = larger;
  }
}

/**
 * Rebuilds the answer from new arrays; undefined if `form` is invalid or does not fit the numbers.
 */
export function fromPlain(form: unknown, numbers: Float64Array): { readonly value: unknown } | undefined {
  const reader = new Reader(numbers);
  try {
    const value = reader.value(form, 0);
    return reader.isRead() ? { value } : undefined;
  } catch (error) {
    if (error instanceof NoForm) return undefined;
    throw error;
  }
}

class NoForm extends Error {}

/** The greatest length of an array. */
const LONGEST = 2 ** 32 - 1;

/** Placeholders for values of which only the type is known. */
const STANDS_FOR: Readonly<Record<string, unknown>> = {
  string: '',
  boolean: false,
  bigint: 0n,
  symbol: '',
  object: {},
};

class Reader {
  readonly #numbers: Float64Array;
  #at = 0;

  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
  }

  isRead(): boolean {
    return this.#at === this.#numbers.length;
  }

  value(form: unknown, depth: number): unknown {
    if (form === null) return undefined;
    if (!Array.isArray(form) || depth > DEEPEST + 1) throw new NoForm();
    const [kind, first, second] = form as unknown[];
    switch (kind) {
      case 'n':
        return this.#next(1)[0];
      case 'v':
        return second === 1 ? this.#next(first) : Array.from(this.#next(first));
      case 'm': {
        const [rows, cols] = [this.#size(first), this.#size(second)];
        if (cols === 0) throw new NoForm();
        const all = this.#next(rows * cols);
        return Array.from({ length: rows }, (_, r) => all.subarray(r * cols, (r + 1) * cols));
      }
      case 'y':
        return new Array(Math.min(this.#size(first), LONGEST));
      case 'l':
        if (!Array.isArray(first)) throw new NoForm();
        return first.map((entry: unknown) => this.value(entry, depth + 1));
      case 'o':
        if (typeof first !== 'object' || first === null) throw new NoForm();
        return Object.fromEntries(Object.entries(first).map(([name, entry]) => [name, this.value(entry, depth + 1)]));
      case 'x':
        if (typeof first !== 'string' || !Object.hasOwn(STANDS_FOR, first)) throw new NoForm();
        return STANDS_FOR[first];
      default:
        throw new NoForm();
    }
  }

  #next(count: unknown): Float64Array {
    const size = this.#size(count);
    if (this.#at + size > this.#numbers.length) throw new NoForm();
    return this.#numbers.subarray(this.#at, (this.#at += size));
  }

  #size(count: unknown): number {
    if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) throw new NoForm();
    return count;
  }
}

// A snapshot of the JavaScript built-ins that the checker computes with, taken before any candidate
// is called. A candidate in the same thread (local.ts) can replace them, and `Math.abs = () => 0`
// makes every difference vanish. Nothing here calls a method that could have been replaced.

const { create, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, hasOwn, is, setPrototypeOf } = Object;
const { deleteProperty, has, ownKeys } = Reflect;

const GLOBALS = [
  ...[
    'Math',
    'JSON',
    'Reflect',
    'Number',
    'Object',
    'Array',
    'Function',
    'String',
    'Boolean',
    'Symbol',
    'BigInt',
    'RegExp',
  ],
  ...[
    'Promise',
    'Map',
    'Set',
    'WeakMap',
    'WeakSet',
    'Proxy',
    'ArrayBuffer',
    'DataView',
    'Float32Array',
    'Float64Array',
  ],
  ...[
    'Int8Array',
    'Int16Array',
    'Int32Array',
    'Uint8Array',
    'Uint16Array',
    'Uint32Array',
    'BigInt64Array',
    'BigUint64Array',
  ],
  ...['isFinite', 'isNaN', 'parseFloat', 'parseInt'],
];
/** Tests have good reasons to replace it, and the checker never calls it. */
const NOT_USED = 'Math.random';

type Key = string | symbol;

interface Saved {
  /** The name in messages; "" for the global object, of which only GLOBALS count. */
  readonly name: string;
  readonly object: object;
  readonly prototype: object | null;
  readonly keys: readonly Key[];
  readonly properties: readonly PropertyDescriptor[];
  readonly isKnown: Record<Key, true>;
}

/** The built-ins at the time of construction. */
export class Intrinsics {
  readonly #saved: readonly Saved[] = intrinsicObjects();

  /**
   * Names of built-ins that have changed. Harmless additions, such as a polyfill, are accepted from
   * now on.
   */
  changed(): readonly string[] {
    return compareAll(this.#saved, false);
  }

  /** Like changed(), after a call of a candidate; restores what can be restored. */
  restore(): readonly string[] {
    return compareAll(this.#saved, true);
  }
}

function intrinsicObjects(): Saved[] {
  const all: Saved[] = [save('', globalThis, GLOBALS)];
  const add = (name: string, object: unknown): void => {
    if ((typeof object === 'object' && object !== null) || typeof object === 'function') all.push(save(name, object));
  };
  for (const name of GLOBALS) {
    const value = (globalThis as Record<string, unknown>)[name];
    add(name, value);
    if (typeof value === 'function') add(`${name}.prototype`, value.prototype);
  }
  const typed = getPrototypeOf(Float64Array) as { prototype: object };
  add('TypedArray', typed);
  add('TypedArray.prototype', typed.prototype);
  const iterators = { Array: [], Map: new Map(), Set: new Set(), String: '' };
  for (const [name, iterable] of Object.entries(iterators))
    add(`the iterator of ${name}`, getPrototypeOf(iterable[Symbol.iterator]()));
  add('Iterator.prototype', getPrototypeOf(getPrototypeOf([][Symbol.iterator]()) as object));
  add('the prototype of generators', getPrototypeOf(function* () {}.prototype as object));
  return all;
}

function save(name: string, object: object, names: readonly Key[] = ownKeys(object)): Saved {
  const keys = names.filter((key) => labelOf(name, key) !== NOT_USED && hasOwn(object, key));
  const properties = keys.map((key) => bare(getOwnPropertyDescriptor(object, key) as PropertyDescriptor));
  const isKnown = create(null) as Record<Key, true>;
  for (const key of names) isKnown[key] = true;
  return { name, object, prototype: getPrototypeOf(object) as object | null, keys, properties, isKnown };
}

/** Removes the prototype, so that no missing field is inherited. */
function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  return setPrototypeOf(descriptor, null) as PropertyDescriptor;
}

function labelOf(name: string, key: Key): string {
  if (typeof key === 'symbol') return `${name} [symbol]`;
  return name === '' ? key : `${name}.${key}`;
}

/** @param called whether a candidate has just been called; its changes are then undone */
function compareAll(all: readonly Saved[], called: boolean): string[] {
  const changed: string[] = [];
  for (let i = 0; i < all.length; i++) compare(all[i], called, changed);
  return changed;
}

function compare(
  { name, object, prototype, keys, properties, isKnown }: Saved,
  called: boolean,
  changed: string[],
): void {
  if (getPrototypeOf(object) !== prototype) {
    add(changed, `the prototype of ${name}`);
    if (called) attempt(() => void setPrototypeOf(object, prototype));
  }
  for (let i = 0; i < keys.length; i++) {
    if (isSame(getOwnPropertyDescriptor(object, keys[i]), properties[i])) continue;
    add(changed, labelOf(name, keys[i]));
    if (called) attempt(() => void defineProperty(object, keys[i], properties[i]));
  }
  if (name === '') return;
  const now = ownKeys(object);
  for (let i = 0; i < now.length; i++) {
    const key = now[i];
    if (isKnown[key]) continue;
    if (!changesOthers(prototype, key, called)) {
      if (!called) isKnown[key] = true;
      continue;
    }
    add(changed, labelOf(name, key));
    if (called) deleteProperty(object, key);
  }
}

/**
 * Whether a new property changes the behaviour of others: it hides an inherited one, JavaScript
 * itself looks it up, or every object inherits it.
 */
function changesOthers(prototype: object | null, key: Key, called: boolean): boolean {
  if (prototype !== null && has(prototype, key)) return true;
  if (typeof key === 'symbol' || key === 'toJSON' || key === 'then' || key === '0') return true;
  return called && prototype === null; // Object.prototype
}

function isSame(now: PropertyDescriptor | undefined, before: PropertyDescriptor): boolean {
  if (now === undefined) return false;
  bare(now);
  return (
    is(now.value, before.value) &&
    now.get === before.get &&
    now.set === before.set &&
    now.writable === before.writable &&
    now.enumerable === before.enumerable &&
    now.configurable === before.configurable
  );
}

/** Appends without push, and without a setter that arrays may have got. */
function add(list: string[], text: string): void {
  const descriptor = bare({ value: text, writable: true, enumerable: true, configurable: true });
  defineProperty(list, list.length, descriptor);
}

/** Ignores errors: a frozen property cannot be restored, and is found again at the next check. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // cannot be restored
  }
}

// What JavaScript has built in and the judge computes with, as it was before any candidate was called. A candidate in the judge's thread (local.ts) can put something
// else in its place, and `Math.abs = () => 0` makes every difference vanish. No method is called here that could have been replaced.

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
/** Tests replace it for good reasons, and the judge never calls it. */
const NOT_USED = 'Math.random';

type Key = string | symbol;

interface Saved {
  /** As messages say it; "" for the global object, of which only GLOBALS count. */
  readonly name: string;
  readonly object: object;
  readonly prototype: object | null;
  readonly keys: readonly Key[];
  readonly properties: readonly PropertyDescriptor[];
  readonly isKnown: Record<Key, true>;
}

/** How everything is when this is made. */
export class Intrinsics {
  readonly #saved: readonly Saved[] = intrinsicObjects();

  /** Names of what is not as it was. What is only new, as a polyfill is, counts from now on as having been there. */
  changed(): readonly string[] {
    return compareAll(this.#saved, false);
  }

  /** The same after a candidate was called; puts back what can be put back. */
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

/** Without a prototype, from which it could get what it does not have. */
function bare(descriptor: PropertyDescriptor): PropertyDescriptor {
  return setPrototypeOf(descriptor, null) as PropertyDescriptor;
}

function labelOf(name: string, key: Key): string {
  if (typeof key === 'symbol') return `${name} [symbol]`;
  return name === '' ? key : `${name}.${key}`;
}

/** @param called whether a candidate was called just now: what it changed is put back */
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

/** Whether a property that was not there changes what others do: it hides one, is asked for by JavaScript itself, or everything has it now. */
function changesOthers(prototype: object | null, key: Key, called: boolean): boolean {
  if (prototype !== null && has(prototype, key)) return true;
  if (typeof key === 'symbol' || key === 'toJSON' || key === 'then' || key === '0') return true;
  return called && prototype === null; // of Object.prototype
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

/** Without push, and without a setter that arrays could have got. */
function add(list: string[], text: string): void {
  const descriptor = bare({ value: text, writable: true, enumerable: true, configurable: true });
  defineProperty(list, list.length, descriptor);
}

/** It may be frozen: then it is found again the next time. */
function attempt(change: () => void): void {
  try {
    change();
  } catch {
    // not to be put back
  }
}

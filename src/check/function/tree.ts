// Parameters as any tree of numbers: read into one flat array with named tensors, and built again
// from other numbers. Gradients are read in the order of the parameters that they belong to.
import { DataError } from '../../errors.ts';
import { safeText } from '../../text.ts';

/** A number, or an array of numbers of any depth, as one tensor of a tree. */
export interface TreeTensor {
  /** Such as "encoder.weights" or "layers[0].bias"; "x" for a tree that is one tensor. */
  readonly path: string;
  /** [] for a single number; null for rows of different lengths. */
  readonly shape: readonly number[] | null;
  /** Its entries are from `from` to `from + size - 1` of the tree's numbers. */
  readonly from: number;
  readonly size: number;
}

/** A tree of numbers, flat. */
export interface Tree {
  readonly tensors: readonly TreeTensor[];
  /** All numbers, tensor after tensor, row-major. */
  readonly values: Float64Array;
  /** The same tree, newly made, with other numbers. Float32Arrays round them. */
  build(values: Float64Array): unknown;
  /** The indices of an entry within its tensor. */
  indexOf(tensor: TreeTensor, at: number): readonly number[];
}

type Node =
  | { readonly kind: 'number' }
  | { readonly kind: 'floats'; readonly single: boolean; readonly length: number }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'record'; readonly like: object; readonly entries: readonly (readonly [string, Node])[] }
  /** Whatever is not varied: strings, flags, integer arrays, functions. */
  | { readonly kind: 'kept'; readonly value: unknown };

/** A tensor's place in the tree, to find its part of a gradient. */
interface Placed extends TreeTensor {
  readonly keys: readonly (string | number)[];
  readonly node: Node;
  /** Whether the numbers are the field `data` of an object with a shape. */
  readonly isData: boolean;
}

const NAMELESS = 'x';

/**
 * Reads a tree: numbers, arrays of any depth, Float32Array, Float64Array, and objects of these. An
 * object { data, rows, cols } or { data, shape } is one tensor. Other things are kept as they are.
 * @param what names the tree in messages
 * @throws DataError if there is no number in it, a number is not finite, or it contains itself
 */
export function treeOf(root: unknown, what: string): Tree {
  const tensors: Placed[] = [];
  const numbers: number[] = [];
  const above = new Set<object>();

  const collect = (node: unknown): Node => {
    if (typeof node === 'number') {
      numbers.push(node);
      return { kind: 'number' };
    }
    if (isFloats(node)) {
      for (const x of node) numbers.push(x);
      return { kind: 'floats', single: node instanceof Float32Array, length: node.length };
    }
    return { kind: 'list', items: (node as readonly unknown[]).map(collect) };
  };
  const tensor = (value: unknown, keys: Placed['keys'], shape: readonly number[] | null, isData: boolean): Node => {
    const from = numbers.length;
    const node = collect(value);
    const path = pathOf(isData ? keys.slice(0, -1) : keys) || NAMELESS;
    tensors.push({ path, shape, from, size: numbers.length - from, keys, node, isData });
    let bad = from;
    while (bad < numbers.length && Number.isFinite(numbers[bad])) bad++;
    if (bad < numbers.length)
      throw new DataError(
        `${what}: ${nameOf(path, indexIn(node, shape, bad - from))} is ${numbers[bad]}, not a finite number`,
      );
    return node;
  };
  const read = (value: unknown, keys: Placed['keys']): Node => {
    if (isNumeric(value)) return tensor(value, keys, shapeOf(value), false);
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date)
      return { kind: 'kept', value };
    if (above.has(value)) throw new DataError(`${what}: ${pathOf(keys) || NAMELESS} contains itself`);
    if (value instanceof Map || value instanceof Set)
      throw new DataError(
        `${what}: ${pathOf(keys) || NAMELESS} is a ${value.constructor.name}`,
        'use an object or an array',
      );
    above.add(value);
    const shape = shapeOfData(value);
    const node: Node = Array.isArray(value)
      ? { kind: 'list', items: value.map((item, i) => read(item, [...keys, i])) }
      : {
          kind: 'record',
          like: value,
          entries: Object.entries(value).map(([key, item]) => {
            if (shape === null) return [key, read(item, [...keys, key])];
            return [key, key === 'data' ? tensor(item, [...keys, key], shape, true) : { kind: 'kept', value: item }];
          }),
        };
    above.delete(value);
    return node;
  };

  const node = read(root, []);
  if (numbers.length === 0)
    throw new DataError(`${what} has no number that can be varied`, 'expected numbers, arrays or objects of them');
  const values = Float64Array.from(numbers);
  return {
    tensors,
    values,
    build: (others) => built(node, { numbers: others, at: 0 }),
    indexOf: (t, at) => indexIn((t as Placed).node, t.shape, at),
  };
}

/**
 * The numbers of a gradient, in the order of the parameters. A tensor may be flat, or nested
 * otherwise than its parameters, if it has as many numbers; of a nested one the shape must be the
 * same.
 * @throws DataError if a tensor is missing or has another shape
 */
export function readLike(tree: Tree, gradient: unknown, what: string): Float64Array {
  const out = new Float64Array(tree.values.length);
  for (const t of tree.tensors as readonly Placed[]) {
    const found = at(gradient, t);
    const name = t.path === NAMELESS && t.keys.length === 0 ? what : `${what} of ${t.path}`;
    const expected = `expected ${t.shape === null ? `${t.size} numbers` : shapeText(t.shape)}`;
    if (found === undefined || found === null) throw new DataError(`${name}: ${expected}, found nothing`);
    if (typeof found !== 'number' && !isAnyNumeric(found))
      throw new DataError(`${name}: ${expected}, found ${kindOf(found)}`);
    const shape = shapeOf(found);
    const same = shape !== null && t.shape !== null && shape.join() === t.shape.join();
    const numbers = flat(found);
    if (
      numbers.length !== t.size ||
      (!same && shape !== null && shape.length > 1 && t.shape !== null && t.shape.length > 1)
    )
      throw new DataError(
        `${name}: ${expected}, found ${shape === null ? `${numbers.length} numbers` : shapeText(shape)}`,
      );
    out.set(numbers, t.from);
  }
  return out;
}

/** The tree with something else in the place of each tensor, such as a tensor of TensorFlow.js. */
export function withLeaves({ tensors, values, build }: Tree, leaf: (n: number) => unknown): unknown {
  const root = { tree: build(values) };
  (tensors as readonly Placed[]).forEach(({ keys, isData }, n) => {
    const way = ['tree', ...(isData ? keys.slice(0, -1) : keys)];
    let above: Record<string | number, unknown> = root;
    for (const key of way.slice(0, -1)) above = above[key] as typeof above;
    above[way[way.length - 1]] = leaf(n);
  });
  return root.tree;
}

/** "W[3][1]", as one writes it. */
export function nameOf(path: string, index: readonly number[]): string {
  return path + index.map((i) => `[${i}]`).join('');
}

function built(node: Node, source: { readonly numbers: Float64Array; at: number }): unknown {
  switch (node.kind) {
    case 'number':
      return source.numbers[source.at++];
    case 'floats': {
      const part = source.numbers.slice(source.at, (source.at += node.length));
      return node.single ? new Float32Array(part) : part;
    }
    case 'list':
      return node.items.map((item) => built(item, source));
    case 'record': {
      const out = Object.create(Object.getPrototypeOf(node.like) as object | null) as Record<string, unknown>;
      for (const [key, child] of node.entries)
        Object.defineProperty(out, key, {
          value: built(child, source),
          writable: true,
          enumerable: true,
          configurable: true,
        });
      return out;
    }
    case 'kept':
      return node.value;
  }
}

/** What a gradient holds at a tensor's place. */
function at(gradient: unknown, { keys, isData }: Placed): unknown {
  let found = gradient;
  for (const [depth, key] of keys.entries()) {
    const isLast = depth === keys.length - 1;
    // plain numbers for a matrix
    if (isLast && isData && !(typeof found === 'object' && found !== null && 'data' in found)) return found;
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  const shaped = typeof found === 'object' && found !== null && !isAnyNumeric(found) ? shapeOfData(found) : null;
  return shaped === null ? found : (found as { data: unknown }).data;
}

function isFloats(value: unknown): value is Float32Array | Float64Array {
  return value instanceof Float32Array || value instanceof Float64Array;
}

/** A number, a float array, or nested arrays of these alone, at least one number. */
function isNumeric(value: unknown): boolean {
  if (typeof value === 'number' || isFloats(value)) return true;
  return Array.isArray(value) && value.length > 0 && value.every(isNumeric);
}

/** The same for what may stand in a gradient: integers in typed arrays as well. */
function isAnyNumeric(value: unknown): boolean {
  if (typeof value === 'number' || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return true;
  return Array.isArray(value) && value.every(isAnyNumeric);
}

function flat(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>, Number);
  const out: number[] = [];
  for (const item of value as readonly unknown[]) for (const x of flat(item)) out.push(x);
  return out;
}

/** The shape of nested arrays; null if rows differ. */
function shapeOf(value: unknown): readonly number[] | null {
  if (typeof value === 'number') return [];
  if (ArrayBuffer.isView(value)) return [(value as Float64Array).length];
  const items = value as readonly unknown[];
  if (items.length === 0) return [0];
  if (items.every((x) => typeof x === 'number')) return [items.length];
  const shapes = items.map(shapeOf);
  const [first] = shapes;
  const sizes = first?.join();
  if (first === null || shapes.some((shape) => shape?.join() !== sizes)) return null;
  return [items.length, ...first];
}

/** The shape of { data, rows, cols } or { data, shape }; null for any other object. */
function shapeOfData(value: object): readonly number[] | null {
  const { data, rows, cols, shape } = value as Record<string, unknown>;
  const isList = isFloats(data) || (Array.isArray(data) && data.length > 0 && data.every((x) => typeof x === 'number'));
  if (!isList) return null;
  const found: unknown = Array.isArray(shape) ? shape : [rows, cols];
  const sizes = found as readonly number[];
  const product = sizes.reduce((n, size) => n * size, 1);
  return sizes.every(Number.isInteger) && product === data.length ? sizes : null;
}

function indexIn(node: Node, shape: readonly number[] | null, at: number): number[] {
  if (shape !== null) {
    const index: number[] = [];
    let rest = at;
    for (const size of shape.toReversed()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    return index;
  }
  if (node.kind !== 'list') return node.kind === 'floats' ? [at] : [];
  let rest = at;
  for (const [i, item] of node.items.entries()) {
    const size = sizeOf(item);
    if (rest < size) return [i, ...indexIn(item, item.kind === 'floats' ? [size] : null, rest)];
    rest -= size;
  }
  return [at];
}

function sizeOf(node: Node): number {
  if (node.kind === 'floats') return node.length;
  return node.kind === 'list' ? node.items.reduce((sum, item) => sum + sizeOf(item), 0) : 1;
}

function pathOf(keys: readonly (string | number)[]): string {
  let path = '';
  for (const key of keys) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key)) path += path === '' ? key : `.${key}`;
    else path += `["${safeText(key, 40)}"]`;
  }
  return path;
}

/** "(784, 128)", "one number" */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'one number' : `(${shape.join(', ')})`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'an array with other things than numbers';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

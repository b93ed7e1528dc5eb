// Plain data as one text, for a channel that takes texts only, with the bits of every number. No
// number but a small integer is written in decimals: those and typed arrays follow as their bytes.
// A page and its owner are on one machine, so both have one order of bytes.

/** Bytes as text and back: Node and browsers do it differently. */
export interface Base64 {
  encode(bytes: Uint8Array): string;
  /** In memory of its own, from its beginning. */
  decode(text: string): Uint8Array<ArrayBuffer>;
}

const ARRAYS = { Float32Array, Float64Array, Uint8Array, Int32Array, Uint32Array } as const;
type ArrayName = keyof typeof ARRAYS;
type AnyArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** Stands for what is among the bytes; no field of plain data has this name. */
const ELSEWHERE = '';
/** What, where its bytes begin, and how many numbers it has: null for a number by itself. */
type Place = readonly [kind: ArrayName, at: number, count: number | null];

/** @throws TypeError on what is no plain data */
export function toText(value: unknown, { encode }: Base64): string {
  const parts: Uint8Array[] = [];
  let length = 0;
  const put = (values: AnyArray, count: number | null): unknown => {
    const at = length;
    parts.push(
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      new Uint8Array(-values.byteLength & 7),
    );
    length = at + values.byteLength + (-values.byteLength & 7); // aligned for any kind
    return { [ELSEWHERE]: [kindOf(values), at, count] satisfies Place };
  };
  const written = (one: unknown): unknown => {
    if (typeof one === 'number') return isSmall(one) ? one : put(Float64Array.of(one), null);
    if (typeof one !== 'object' || one === null) return one;
    if (ArrayBuffer.isView(one)) return put(one as AnyArray, (one as AnyArray).length);
    if (Array.isArray(one)) return one.map(written);
    if (ELSEWHERE in one) throw new TypeError('a field without a name');
    return Object.fromEntries(Object.entries(one).map(([name, inner]) => [name, written(inner)]));
  };
  const text = JSON.stringify(written(value)) as string | undefined;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return `${encode(bytes)}\n${text ?? 'null'}`;
}

export function fromText(text: string, { decode }: Base64): unknown {
  const end = text.indexOf('\n');
  const bytes = decode(text.slice(0, end));
  return JSON.parse(text.slice(end + 1), (_name, one: unknown) => {
    if (typeof one !== 'object' || one === null || !(ELSEWHERE in one)) return one;
    const [kind, at, count] = one[ELSEWHERE] as Place;
    const array = new ARRAYS[kind](bytes.buffer, at, count ?? 1);
    return count === null ? array[0] : array.slice(); // each in memory of its own
  });
}

/** Whether decimals are its bits without a doubt: not for fractions, -0, NaN and infinity. */
function isSmall(x: number): boolean {
  return Number.isSafeInteger(x) && !Object.is(x, -0);
}

function kindOf(values: AnyArray): ArrayName {
  const kind = (Object.keys(ARRAYS) as ArrayName[]).find((name) => values instanceof ARRAYS[name]);
  if (kind === undefined) throw new TypeError(`an array of another kind: ${Object.prototype.toString.call(values)}`);
  return kind;
}

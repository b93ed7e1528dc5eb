// The pipe between module.ts and host.ts: frames of text, numbers and bytes. Input from a
// candidate's process is not trusted: a frame larger than its limit, or bytes that are not a frame,
// are refused before any of it is kept.

/** File descriptor of the pipe in the candidate's process, beside its standard streams. */
export const CHANNEL = 3;

export interface Frame {
  /** JSON. */
  readonly head: string;
  readonly numbers: Float64Array;
  /** Bytes that only their writer interprets. */
  readonly bytes: Uint8Array;
}

/** The largest sizes of one frame. */
export interface Room {
  /** Bytes. */
  readonly head: number;
  readonly numbers: number;
  readonly bytes: number;
}

/** The first four bytes of a frame; three lengths follow. */
const MAGIC = 0xb9f0_0f9b;
const PREFIX = 16;

/** The frame as bytes: MAGIC, three lengths, then the three parts. */
export function encodeFrame({ head, numbers, bytes }: Frame): Buffer {
  const text = Buffer.from(head);
  const prefix = Buffer.alloc(PREFIX);
  [MAGIC, text.length, numbers.length, bytes.length].forEach((value, i) => prefix.writeUInt32LE(value, 4 * i));
  const raw = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return Buffer.concat([prefix, text, raw, bytes]);
}

/** Splits a stream of bytes into frames. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;
  #sizes: Room | null = null;

  /**
   * The frames that are now complete; null if the bytes are not a frame, or it is larger
   * than `room`.
   */
  add(chunk: Uint8Array, room: Room): Frame[] | null {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      if (this.#sizes === null) {
        if (this.#length > 0 && !begins(this.#peek(4))) return null;
        if (this.#length < PREFIX) return frames;
        this.#sizes = sizesOf(this.#take(PREFIX));
        const { head, numbers, bytes } = this.#sizes;
        if (!(head <= room.head && numbers <= room.numbers && bytes <= room.bytes)) return null;
      }
      const { head, numbers, bytes } = this.#sizes;
      if (this.#length < head + 8 * numbers + bytes) return frames;
      const text = this.#take(head).toString('utf8');
      const raw = Uint8Array.from(this.#take(8 * numbers)); // a copy, which is aligned
      frames.push({ head: text, numbers: new Float64Array(raw.buffer), bytes: Uint8Array.from(this.#take(bytes)) });
      this.#sizes = null;
    }
  }

  #peek(length: number): Buffer {
    if (this.#chunks[0].length < length && this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return Buffer.from(this.#chunks[0].subarray(0, length));
  }

  #take(length: number): Buffer {
    if (length === 0) return Buffer.alloc(0);
    const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#chunks = all.length === length ? [] : [all.subarray(length)];
    this.#length -= length;
    return Buffer.from(all.buffer, all.byteOffset, length);
  }
}

/** Whether these first bytes, up to four, can begin a frame. */
function begins(bytes: Buffer): boolean {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  return magic.subarray(0, bytes.length).equals(bytes);
}

function sizesOf(prefix: Buffer): Room {
  return { head: prefix.readUInt32LE(4), numbers: prefix.readUInt32LE(8), bytes: prefix.readUInt32LE(12) };
}

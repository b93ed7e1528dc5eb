// Seeded random numbers: one seed gives the same bits on every machine and in every JavaScript
// runtime. Generator: sfc32 (Chris Doty-Humphrey, PractRand "Small Fast Counter" family), seeded
// through splitmix32.
import type { FloatArray } from './dtype.ts';
import { HIGH, log, logOf } from './elementary.ts';

/** A stream of random numbers; each call consumes one or more. */
export interface Rng {
  /** Uniform in [0, 1), a multiple of 2^-32. */
  uniform(): number;
  /** Uniform integer in [0, n). */
  below(n: number): number;
  /** Standard normal, by Marsaglia's polar method (Marsaglia & Bray 1964): only sqrt and log. */
  normal(): number;
  /** out = factor · the next normal numbers: in half of the time, for thousands of them. */
  fillNormal(out: FloatArray, factor: number): void;
}

/** FNV-1a hash of a text. It separates the streams that one seed gives for different purposes. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function splitmix32(state: number): () => number {
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

/**
 * The generator for one purpose ("parameters", "batches") of one seed, which is any safe integer.
 */
export function createRng(seed: number, purpose: string): Rng {
  const mix = splitmix32(hash(`${seed} ${purpose}`));
  let [a, b, c, counter] = [mix(), mix(), mix(), 1];
  const next = (): number => {
    const result = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i++) next(); // the first outputs still show the seed
  const uniform = (): number => next() / 2 ** 32;
  // The same numbers as from `normal`. One loop has no branch to be guessed wrongly, the other is
  // one formula over an array.
  const draw = (count: number): void => {
    for (let n = 0; n < count;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const r = x * x + y * y;
      FIRST[n] = x;
      SQUARES[n] = r;
      n += r > 0 && r < 1 ? 1 : 0;
    }
  };
  return {
    uniform,
    below: (n) => Math.floor(uniform() * n),
    normal: () => {
      for (;;) {
        const x = 2 * uniform() - 1;
        const y = 2 * uniform() - 1;
        const r = x * x + y * y;
        if (r > 0 && r < 1) return x * Math.sqrt((-2 * log(r)) / r);
      }
    },
    fillNormal(out, factor) {
      for (let at = 0; at < out.length; at += AT_ONCE) {
        const count = Math.min(AT_ONCE, out.length - at);
        draw(count);
        finish(out, at, count, factor);
      }
    },
  };
}

/** Pairs that were drawn: x, and x² + y². */
const AT_ONCE = 256;
const [FIRST, SQUARES] = [new Float64Array(AT_ONCE), new Float64Array(AT_ONCE)];
const WORDS = new Int32Array(SQUARES.buffer);

function finish(out: FloatArray, at: number, count: number, factor: number): void {
  for (let i = 0; i < count; i++) {
    const r = SQUARES[i]; // at least 2^-62
    out[at + i] = factor * (FIRST[i] * Math.sqrt((-2 * logOf(r, WORDS[2 * i + HIGH], 0)) / r));
  }
}

/** 0 .. n-1 in random order (Fisher-Yates, Knuth TAOCP vol. 2, algorithm P). */
export function permutation(rng: Rng, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

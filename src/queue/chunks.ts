// Which seeds are done: chunk by chunk, each settled once.
import type { SeedRange } from '../fuzz/work.ts';

export interface Chunks {
  readonly total: number;
  readonly done: number;
  /** How many seeds the chunk that begins at this seed has. */
  sizeOf(from: number): number;
  /** Marks a chunk as done. False if it is no chunk of these, or done already. */
  settle(from: number): boolean;
  isSettled(from: number): boolean;
  /** The first seed of the next chunk that is neither done nor begun; null if there is none. */
  begin(): number | null;
}

export function chunksOf({ range, chunk }: { readonly range: SeedRange; readonly chunk: number }): Chunks {
  const total = Math.ceil(range.count / chunk);
  const settled = new Uint8Array(total);
  let [done, next] = [0, 0];
  const indexOf = (from: number): number => (from - range.from) / chunk;
  const isOne = (from: number): boolean => settled[indexOf(from)] !== undefined;
  return {
    total,
    get done() {
      return done;
    },
    sizeOf: (from) => Math.min(chunk, range.from + range.count - from),
    settle(from) {
      if (!isOne(from) || settled[indexOf(from)] === 1) return false;
      settled[indexOf(from)] = 1;
      done++;
      return true;
    },
    isSettled: (from) => settled[indexOf(from)] === 1,
    begin() {
      while (settled[next] === 1) next++;
      return next < total ? range.from + chunk * next++ : null;
    },
  };
}

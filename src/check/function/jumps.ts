// Jumps of a function nearby: an iterative solver that stops early takes a step more or less, a
// value is rounded. Between two of them the slope is another than across them.
import type { Line } from './line.ts';

/** Points of the windows; the first reaches so far to either side. */
const POINTS = [25, 13, 13, 13];
const REACH = 2 ** -2;
/** Eighth differences: what is smooth hardly shows, and a step of 1 is 35. */
const ORDER = 8;
const OF_A_STEP = 35;
/** Smaller ones, in deviations of a value, are noise. */
const NOISE = 1e3;
/** From window to window a jump stays, a kink shrinks with it, and what is smooth by its power. */
const STAYS = 1 / 2;
const SMOOTH = 1 / 16;
/** In the last window, the fourth differences beside the jump are smaller by as much. */
const STANDS_OUT = 32;

/**
 * The largest jump that differences show, followed into smaller windows; 0 if there is none. Where
 * all is smooth the first window mostly is enough.
 */
export async function jumpAlong({ phi, value }: Line, sigma: number): Promise<number> {
  let [middle, reach, before] = [0, REACH, Infinity];
  let beside: number[] = [];
  for (const points of POINTS) {
    const step = (2 * reach) / (points - 1);
    const values: number[] = [];
    for (let i = 0; i < points; i++) {
      const t = middle - reach + i * step;
      values.push(t === 0 ? value : await phi(t));
    }
    const fourth = differencesOf(values, ORDER / 2);
    beside = fourth.map(Math.abs).sort((a, b) => b - a);
    const differences = differencesOf(fourth, ORDER / 2);
    const sizes = differences.map(Math.abs);
    const largest = Math.max(...sizes);
    if (!(largest > NOISE * sigma) || !Number.isFinite(largest)) return 0;
    // what is smooth may have hidden a smaller jump
    if (before < Infinity && largest < STAYS * before && largest > SMOOTH * before) return 0;
    middle += -reach + (sizes.indexOf(largest) + ORDER / 2) * step;
    [reach, before] = [2 * step, largest];
  }
  // a step is in four of the fourth differences; a pole is in all
  return beside[0] > STANDS_OUT * beside[4] ? before / OF_A_STEP : 0;
}

function differencesOf(values: readonly number[], order: number): number[] {
  let found = [...values];
  for (let k = 0; k < order; k++) found = found.slice(1).map((x, i) => x - found[i]);
  return found;
}

// Steps of many lengths along a gradient: the predicted and the measured effect, and where the
// prediction fails.
import type { Line, StepPoint } from '../../../src/check/run/step-line.ts';

/** `perDecade` rates per power of ten, from 10^from to 10^to. */
export function rates(from: number, to: number, perDecade: number): number[] {
  return Array.from({ length: (to - from) * perDecade + 1 }, (_, i) => 10 ** (from + i / perDecade));
}

/**
 * The largest learning rate whose ratio is still at least `level`, to 1 %: bisects between the
 * first point below the level and its neighbour.
 * @returns null if no point is below the level, or if the first one is
 */
export async function whereRatioFalls(
  line: Line,
  points: readonly StepPoint[],
  level: number,
): Promise<StepPoint | null> {
  const first = points.findIndex(({ ratio }) => !(ratio >= level));
  if (first <= 0) return null;
  let [low, high] = [points[first - 1], points[first]];
  while (high.learningRate / low.learningRate > 1.01) {
    const middle = await line.step(Math.sqrt(low.learningRate * high.learningRate));
    if (middle.ratio >= level) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * The step that lowers the loss most: golden-section search (Kiefer 1953) between the neighbours of
 * the best point, to 1 %.
 */
export async function bestStep(line: Line, points: readonly StepPoint[]): Promise<StepPoint> {
  const at = points.reduce((best, { measured }, i) => (measured < points[best].measured ? i : best), 0);
  const share = (Math.sqrt(5) - 1) / 2;
  const place = (low: number, high: number, part: number): Promise<StepPoint> => line.step(low * (high / low) ** part);
  let [low, high] = [
    points[Math.max(0, at - 1)].learningRate,
    points[Math.min(points.length - 1, at + 1)].learningRate,
  ];
  let [left, right] = [await place(low, high, 1 - share), await place(low, high, share)];
  let best = points[at];
  while (high / low > 1.01) {
    for (const point of [left, right]) if (point.measured < best.measured) best = point;
    if (left.measured < right.measured) {
      [high, right] = [right.learningRate, left];
      left = await place(low, high, 1 - share);
    } else {
      [low, left] = [left.learningRate, right];
      right = await place(low, high, share);
    }
  }
  return best;
}

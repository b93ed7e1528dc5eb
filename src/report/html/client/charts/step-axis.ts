// The axis of steps that the charts of a training share.
import type { FreeRun } from '../../../../check/run/free-run.ts';
import { formatCount } from '../../../words/numbers.ts';
import { ticksBetween } from './scales.ts';
import type { Axis } from './scales.ts';

/** With more steps than this the single points of a line are no longer marked. */
export const MARKED = 60;

/** Steps that one of the two took. */
export function stepsOf({ loss }: FreeRun): number {
  return Math.max(loss.candidate.length, loss.reference.length);
}

/** A long run has the losses of some steps alone: those that are there, in order. */
export function pointsOf(values: readonly number[], place: (x: number) => number | null): [number, number | null][] {
  const points: [number, number | null][] = [];
  values.forEach((x, step) => points.push([step, place(x)])); // leaves out what is not there
  return points;
}

export function stepAxis(run: FreeRun): Axis {
  const max = Math.max(1, stepsOf(run) - 1);
  return {
    min: 0,
    max,
    ticks: ticksBetween(0, max, Math.min(max, 10)).filter(Number.isInteger),
    label: formatCount,
    name: 'step',
  };
}

export function stepWords(step: number): string {
  return `step ${formatCount(step)}`;
}

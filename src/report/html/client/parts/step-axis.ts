// The axis of steps that the charts of a training share.
import type { CompareReport } from '../../../report.ts';
import { AXIS } from './chart.tsx';

/** With more steps than this the single points of a line are no longer marked. */
export const MARKED = 60;

/** Room around a chart for what stands at its axes. */
export const GRID = { left: 62, right: 16, top: 36, bottom: 42 };

/** Steps that one of the two took. */
export function stepsOf({ freeRun: { loss } }: CompareReport): number {
  return Math.max(loss.candidate.length, loss.reference.length);
}

export function stepAxis(report: CompareReport) {
  return {
    ...AXIS,
    type: 'value',
    name: 'step',
    nameLocation: 'middle',
    nameGap: 26,
    min: 0,
    max: Math.max(1, stepsOf(report) - 1),
    minInterval: 1,
  } as const;
}

// A long training on a page: of thousands of steps those are kept that a chart can show. The JSON
// document has them all.
import type { Report } from '../report.ts';

/** Steps up to which all are kept. */
const ALL = 1200;
/**
 * Beyond that the run is cut into so many parts, and each keeps the steps of its smallest and
 * largest numbers.
 */
const PARTS = 220;

/** The steps whose losses a page has, rising; null where it has all. */
export type KeptSteps = readonly number[] | null;

/** The report with the losses of the kept steps alone. */
export function thinned<R extends Report>(report: R): { readonly report: R; readonly steps: KeptSteps } {
  if (report.kind !== 'compare') return { report, steps: null };
  const { loss, exact } = report.freeRun;
  const curves = [loss.candidate, loss.reference, exact?.loss ?? []] as const;
  if (Math.max(...curves.map(({ length }) => length)) <= ALL) return { report, steps: null };
  const steps = keptSteps(curves);
  const keep = (values: readonly number[]): number[] => steps.filter((s) => s < values.length).map((s) => values[s]);
  return { report: { ...report, freeRun: withLosses(report.freeRun, keep) }, steps };
}

/** As long as the run again, with nothing at steps that were not kept. */
export function inflated<R extends Report>(report: R, steps: KeptSteps): R {
  if (report.kind !== 'compare' || steps === null) return report;
  const spread = (values: readonly number[]): number[] => {
    const all: number[] = [];
    values.forEach((x, i) => (all[steps[i] ?? i] = x));
    return all;
  };
  return { ...report, freeRun: withLosses(report.freeRun, spread) };
}

type FreeRun = Extract<Report, { kind: 'compare' }>['freeRun'];

function withLosses(run: FreeRun, change: (values: readonly number[]) => number[]): FreeRun {
  const { loss, exact } = run;
  const sides = (of: FreeRun['loss']): FreeRun['loss'] => {
    return { candidate: change(of.candidate), reference: change(of.reference) };
  };
  return { ...run, loss: sides(loss), exact: exact && { loss: change(exact.loss), allowed: sides(exact.allowed) } };
}

/**
 * The first and the last step of each curve, and of each part the extremes of all curves and of the
 * distance of the two runs.
 */
function keptSteps(curves: readonly (readonly number[])[]): number[] {
  const [candidate, reference] = curves;
  const apart = candidate.slice(0, reference.length).map((x, s) => Math.abs(x - reference[s]));
  const kept = new Set([0, ...curves.map(({ length }) => Math.max(0, length - 1))]);
  for (const curve of [...curves, apart]) {
    for (let part = 0; part < PARTS; part++) {
      const [from, to] = [part, part + 1].map((p) => Math.floor((p * curve.length) / PARTS));
      for (const step of extremes(curve, from, to)) kept.add(step);
    }
  }
  return [...kept].sort((a, b) => a - b);
}

/** Where a part of a curve is smallest and largest, and where it ends to be a number. */
function extremes(curve: readonly number[], from: number, to: number): number[] {
  let [least, most] = [from, from];
  for (let s = from; s < to; s++) {
    if (!Number.isFinite(curve[s])) return from === s ? [s] : [least, most, s];
    if (curve[s] < curve[least]) least = s;
    if (curve[s] > curve[most]) most = s;
  }
  return to > from ? [least, most] : [];
}

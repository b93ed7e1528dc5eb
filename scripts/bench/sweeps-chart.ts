// The sweeps as a chart: cost per sample against the changed setting, one panel per sweep, both
// scales logarithmic.
import { lineChart } from './line-chart.ts';
import { SWEEP_TITLE } from './markdown.ts';
import type { BenchReport, ScenarioReport } from './report.ts';
import { SWEEPS } from './scenarios.ts';
import type { Sweep } from './scenarios.ts';
import { measured } from './words.ts';

/** null if there are no sweeps. */
export function sweepsChart(report: BenchReport): string | null {
  const panels = SWEEPS.map((sweep) => ({
    sweep,
    points: report.scenarios.filter(({ family, results }) => family === sweep && results.length > 0),
  })).filter(({ points }) => points.some((p) => measured(p).length > 0));
  if (panels.length === 0) return null;
  const { date, environment: e } = report;
  const series = new Map(
    panels.flatMap(({ points }) => points.flatMap((p) => measured(p).map(({ id, label }) => [id, label] as const))),
  );
  const costs = (points: readonly ScenarioReport[], id: string): (number | null)[] =>
    points.map((p) => measured(p).find((r) => r.id === id)?.microsecondsPerSample ?? null);
  return lineChart({
    title: 'Training: microseconds per sample (less is better, logarithmic scales)',
    subtitle: `${date}, ${e.cores} × ${e.cpu}, Node ${e.node}. 784-128-10, batch 128, except for the changed setting; medians.`,
    said: 'Cost of a sample against batch size, width, depth and more: the same figures as in bench.md',
    series,
    panels: panels.map(({ sweep, points }) => ({
      title: SWEEP_TITLE[sweep],
      points: points.map((p) => pointName(sweep, p)),
      values: new Map([...series.keys()].map((id) => [id, costs(points, id)])),
    })),
  });
}

function pointName(sweep: Sweep, { at }: ScenarioReport): string {
  return sweep === 'density' ? `${100 * (at ?? NaN)} %` : (at ?? NaN).toLocaleString('en-US');
}

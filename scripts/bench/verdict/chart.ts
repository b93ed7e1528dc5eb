// The times to a verdict as charts: bars per task, and lines per sweep.
import { LOOKS, barChart } from '../bar-chart.ts';
import type { Look } from '../bar-chart.ts';
import { lineChart } from '../line-chart.ts';
import { count } from '../words.ts';
import type { Side } from './checkers.ts';
import { GROWTH_TITLE } from './markdown.ts';
import { measuredVerdicts } from './report.ts';
import type { MeasuredVerdict, VerdictReport, VerdictTaskReport } from './report.ts';
import { GROWTHS, isGrowth } from './tasks.ts';
import { describeVerdictTask, timeWords } from './words.ts';

const LOOK: Record<Side, Look> = {
  this: { name: 'this checkout', ...LOOKS.plain },
  earlier: { name: 'an earlier commit', ...LOOKS.rising },
  differences: { name: 'central differences in TypeScript', ...LOOKS.dotted },
  python: { name: 'Python', ...LOOKS.falling },
};

/** null if no task was measured. */
export function verdictChart(report: VerdictReport): string | null {
  const tasks = report.tasks.filter((task) => !isGrowth(task.family) && measuredVerdicts(task).length > 0);
  if (tasks.length === 0) return null;
  return barChart({
    title: 'Seconds to a verdict (less is better, logarithmic scale)',
    subtitle: `${machine(report)} Bar: median; line across its end: fastest and slowest run; ≈: extrapolated.`,
    said: 'Time to a verdict of every checker: the same figures as in verdict.md',
    looks: LOOK,
    panels: tasks.map((task) => ({
      title: describeVerdictTask({ ...task, command: task.command.replace('backproof ', '') }).replaceAll('`', ''),
      rows: [...measuredVerdicts(task)]
        .sort((a, b) => b.seconds.median - a.seconds.median)
        .map((r) => ({ name: nameOf(r), group: r.side, value: r.seconds, text: timeWords(r) })),
    })),
  });
}

/** null if there are no sweeps. */
export function growthChart(report: VerdictReport): string | null {
  const panels = GROWTHS.map((growth) => ({
    growth,
    points: report.tasks.filter(({ family }) => family === growth),
  })).filter(({ points }) => points.some((p) => measuredVerdicts(p).length > 0));
  if (panels.length === 0) return null;
  const all = panels.flatMap(({ points }) => points.flatMap(measuredVerdicts));
  const series = new Map(all.map(({ id, label }) => [id, label]));
  const times = (points: readonly VerdictTaskReport[], id: string): (number | null)[] =>
    points.map((p) => measuredVerdicts(p).find((r) => r.id === id)?.seconds.median ?? null);
  return lineChart({
    title: 'gradcheck: seconds to a verdict (less is better, logarithmic scales)',
    subtitle: `${machine(report)} 784-128-10, batch 64, except for the changed setting; medians.`,
    said: 'Time of a gradient check against width, batch size and depth: the same figures as in verdict.md',
    series,
    panels: panels.map(({ growth, points }) => ({
      title: GROWTH_TITLE[growth],
      points: points.map(({ at }) => count(at ?? NaN)),
      values: new Map([...series.keys()].map((id) => [id, times(points, id)])),
    })),
  });
}

function machine({ date, environment: e }: VerdictReport): string {
  return `${date}, ${e.cores} × ${e.cpu}, Node ${e.node}.`;
}

function nameOf(r: MeasuredVerdict): string {
  return r.verdict === 'disagree' ? `FALSE ALARM: ${r.label}` : r.label;
}

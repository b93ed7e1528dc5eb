// The benchmark as a chart: samples per second of every contender, one panel per task, on a
// logarithmic scale.
import { LOOKS, barChart } from './bar-chart.ts';
import type { Look } from './bar-chart.ts';
import { CONTENDERS } from './contenders.ts';
import type { Group } from './contenders.ts';
import type { BenchReport, MeasuredResult } from './report.ts';
import { isSweep } from './scenarios.ts';
import { describeTask, measured, short } from './words.ts';

const LOOK: Record<Group, Look> = {
  own: { name: 'backproof', ...LOOKS.plain },
  tfjs: { name: 'TensorFlow.js', ...LOOKS.rising },
  peers: { name: 'other JavaScript libraries', ...LOOKS.dotted },
  python: { name: 'Python', ...LOOKS.falling },
};

export function benchChart(report: BenchReport): string {
  const tasks = report.scenarios.filter((s) => measured(s).length > 0 && !isSweep(s.family));
  const shown = tasks.length > 0 ? tasks : report.scenarios.filter((s) => measured(s).length > 0);
  const { date, environment: e } = report;
  return barChart({
    title: 'Training: samples per second (more is better, logarithmic scale)',
    subtitle: `${date}, ${e.cores} × ${e.cpu}, Node ${e.node}. Bar: median; line across its end: fastest and slowest round.`,
    said: 'Training speed of every contender: the same figures as in bench.md',
    looks: LOOK,
    panels: shown.map((scenario) => ({
      title: `${scenario.name}: ${describeTask(scenario)}`,
      rows: [...measured(scenario)]
        .sort((a, b) => a.samplesPerSecond.median - b.samplesPerSecond.median)
        .map((r) => {
          const { median } = r.samplesPerSecond;
          return { name: nameOf(r), group: groupOf(r), value: r.samplesPerSecond, text: short(median) };
        }),
    })),
  });
}

function nameOf(r: MeasuredResult): string {
  return r.verdict === 'wrong' ? `WRONG LOSS: ${r.label}` : r.label;
}

function groupOf({ id }: MeasuredResult): Group {
  return CONTENDERS.find((c) => c.id === id)?.group ?? 'own';
}

// The benchmark as Markdown: one table per task, one table per sweep.
import { markdownTable } from '../../src/report/formats/markdown-table.ts';
import type { BenchReport, MeasuredResult, ScenarioReport } from './report.ts';
import { isSweep, SWEEPS } from './scenarios.ts';
import type { Sweep } from './scenarios.ts';
import { count, describeTask, labelOf, lossWords, measured, percent, seconds, short, spread } from './words.ts';

export const SWEEP_TITLE: Record<Sweep, string> = {
  batch: 'Batch size',
  width: 'Width of the hidden layer',
  depth: 'Hidden layers of 128',
  threads: 'Threads',
  density: 'Share of the inputs that is not zero',
  examples: 'Number of examples',
};

export function benchMarkdown(report: BenchReport): string {
  const tasks = report.scenarios.filter(({ family }) => !isSweep(family));
  const sweeps = SWEEPS.filter((sweep) => report.scenarios.some(({ family }) => family === sweep));
  const wrong = report.wrong.map(({ scenario, id }) => `${id} in ${scenario}`);
  return [
    ...['# Training speed', '', machineLine(report), ''],
    ...(wrong.length > 0 ? [`**The loss is wrong: ${wrong.join(', ')}. Ignore their speed.**`, ''] : []),
    ...tasks.flatMap(taskSection),
    ...sweeps.flatMap((sweep) => sweepSection(report, sweep)),
    `Repeat with \`${report.command}\`.`,
    '',
  ].join('\n');
}

export function machineLine({ date, environment: e, settings }: BenchReport): string {
  const versions = Object.entries(e.versions).map(([name, version]) => `${name} ${version}`);
  const peak = e.peakGflops === null ? [] : [`plain multiply-add loop ${short(e.peakGflops)} GFLOP/s`];
  const { standard, sweeps } = settings;
  const laps = `medians of ${standard.rounds} interleaved laps of ${standard.lapSeconds} s (sweeps: ${sweeps.rounds} of ${sweeps.lapSeconds} s)`;
  return `${[date, `${e.cores} × ${e.cpu}`, e.platform, `Node ${e.node}`, ...versions, ...peak, laps].join(', ')}.`;
}

function taskSection(s: ScenarioReport): string[] {
  const base = labelOf(s, s.base);
  const rows = s.results.map((r) => (r.kind === 'measured' ? taskRow(r) : [r.id, `not measured: ${r.reason}`]));
  const head = [
    '',
    'samples/s',
    'middle half of the rounds',
    `speed of ${base} ÷ this`,
    'first step',
    'memory',
    'GFLOP/s',
  ];
  const notes = measured(s).flatMap(({ label, note }) => (note === null ? [] : [`- ${label}: ${note}.`]));
  return [
    ...[`## ${s.name}: ${describeTask(s)}`, '', ...table([...head, 'of one core’s peak', 'loss'], rows), ''],
    ...(notes.length > 0 ? [...notes, ''] : []),
  ];
}

function taskRow(r: MeasuredResult): string[] {
  return [
    ...[r.label, count(r.samplesPerSecond.median), spread(r.samplesPerSecond)],
    r.timesSlower === null ? '-' : `${short(r.timesSlower.median)} ×`,
    ...[seconds(r.firstStepSeconds.median), `${count(r.residentMiB)} MiB`, short(r.gflops)],
    r.shareOfPeak === null ? '-' : percent(r.shareOfPeak),
    lossWords(r),
  ];
}

/** Cost per sample, one column per point, and its ratio to the first point (from laps taken in turn). */
function sweepSection(report: BenchReport, sweep: Sweep): string[] {
  const points = report.scenarios.filter(({ family }) => family === sweep);
  const ids = [...new Set(points.flatMap(({ results }) => results.map(({ id }) => id)))];
  const rows = ids.map((id) => {
    const cells = points.map((p) => measured(p).find((r) => r.id === id));
    const times = ({ timesFirstPoint: t }: MeasuredResult): string => (t === null ? '' : ` (${short(t.median)} ×)`);
    const mark = (r: MeasuredResult): string => (r.verdict === 'wrong' ? ' (WRONG loss)' : '');
    return [
      cells.find((r) => r !== undefined)?.label ?? id,
      ...cells.map((r, i) =>
        r === undefined ? '-' : `${short(r.microsecondsPerSample)}${i > 0 ? times(r) : ''}${mark(r)}`,
      ),
    ];
  });
  const at = (p: ScenarioReport): string => (sweep === 'density' ? `${100 * (p.at ?? NaN)} %` : count(p.at ?? NaN));
  return [
    `## ${SWEEP_TITLE[sweep]}: microseconds per sample (and the ratio to the first column)`,
    '',
    ...table(['', ...points.map(at)], rows),
    '',
  ];
}

/** Numbers align right; the first and the last column align left. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return markdownTable(head, rows, (i) => (i === 0 || i === head.length - 1 ? '---' : '---:'));
}

// The times to a verdict as Markdown: one table per task, one table per sweep.
import { markdownTable } from '../../../src/report/formats/markdown-table.ts';
import { count, short } from '../words.ts';
import { measuredVerdicts, ownFailures } from './report.ts';
import type { MeasuredVerdict, VerdictReport, VerdictTaskReport } from './report.ts';
import { GROWTHS, isGrowth } from './tasks.ts';
import type { Growth } from './tasks.ts';
import * as words from './words.ts';

export const GROWTH_TITLE: Record<Growth, string> = {
  hidden: 'Units of the hidden layer',
  batch: 'Batch size',
  depth: 'Hidden layers of 128',
};

export const HEAD = [
  '',
  'time to the verdict',
  'fastest to slowest',
  '÷ this checkout',
  'CPU time',
  'peak memory',
  'verdict',
];

export function verdictMarkdown(report: VerdictReport): string {
  const { wrong, failed } = ownFailures(report);
  const own = [...wrong.map((where) => `Wrong verdict: ${where}.`), ...failed.map((what) => `Failed: ${what}.`)];
  const growths = GROWTHS.filter((growth) => report.tasks.some(({ family }) => family === growth));
  return [
    '# Time to a verdict',
    '',
    words.machineWords(report),
    '',
    ...own.flatMap((line) => [`**${line}**`, '']),
    ...report.tasks.filter(({ family }) => !isGrowth(family)).flatMap(taskSection),
    ...growths.flatMap((growth) => growthSection(report, growth)),
    `Repeat with \`${report.command}\`.`,
    '',
  ].join('\n');
}

/** The cells of a result, under HEAD. */
export function row(r: MeasuredVerdict): string[] {
  return [
    r.label,
    words.timeWords(r),
    words.spreadWords(r),
    words.timesWords(r),
    words.duration(r.cpuSeconds.median),
    words.memoryWords(r),
    words.verdictWords(r),
  ];
}

function taskSection(task: VerdictTaskReport): string[] {
  const rows = task.results.map((r) => (r.kind === 'measured' ? row(r) : [r.label, `not measured: ${r.reason}`]));
  return [`## ${words.describeVerdictTask(task)}`, '', ...table(HEAD, rows), ''];
}

/** Time and ratio to the first point, then memory; one column per point. */
function growthSection({ tasks }: VerdictReport, growth: Growth): string[] {
  const points = tasks.filter(({ family }) => family === growth);
  const labels = new Map(points.flatMap((p) => p.results.map(({ id, label }) => [id, label] as const)));
  const cells = (id: string, cell: (r: MeasuredVerdict, i: number) => string): string[] =>
    points.map((p, i) => {
      const found = measuredVerdicts(p).find((r) => r.id === id);
      return found === undefined ? '-' : cell(found, i);
    });
  const time = (r: MeasuredVerdict, i: number): string => {
    const times = i === 0 || r.timesFirstPoint === null ? '' : ` (${short(r.timesFirstPoint.median)} ×)`;
    return `${words.timeWords(r)}${times}${r.verdict === 'disagree' ? ' (disagrees)' : ''}`;
  };
  const rows = [
    ['parameters', ...points.map(({ parameters }) => count(parameters ?? NaN))],
    ...[...labels].map(([id, label]) => [label, ...cells(id, time)]),
    ...[...labels].map(([id, label]) => [`${label}, peak memory`, ...cells(id, words.memoryWords)]),
  ];
  const head = ['', ...points.map(({ at }) => count(at ?? NaN))];
  return [
    `## ${GROWTH_TITLE[growth]}: time of gradcheck (and the ratio to the first column)`,
    '',
    ...table(head, rows),
    '',
  ];
}

/** Numbers align right; the first and the last column of tasks align left. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const last = head === HEAD ? head.length - 1 : NaN;
  return markdownTable(head, rows, (i) => (i === 0 || i === last ? '---' : '---:'));
}

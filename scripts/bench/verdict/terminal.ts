// The times to a verdict for the terminal: the figures of the Markdown in narrow tables.
import { plainTable } from '../terminal.ts';
import { HEAD, row } from './markdown.ts';
import { ownFailures } from './report.ts';
import type { VerdictReport, VerdictTaskReport } from './report.ts';
import { describeVerdictTask, machineWords } from './words.ts';

export function verdictTerminal(report: VerdictReport): string {
  const { wrong, failed } = ownFailures(report);
  return [
    `${machineWords(report)}\n\n`,
    ...report.tasks.map(section),
    ...wrong.map((where) => `WRONG VERDICT  ${where}\n`),
    ...failed.map((what) => `FAILED  ${what}\n`),
  ].join('');
}

function section(task: VerdictTaskReport): string {
  const table = plainTable(HEAD);
  for (const r of task.results) {
    if (r.kind === 'measured') table.push(row(r));
    else table.push([r.label, { colSpan: HEAD.length - 1, content: `not measured: ${r.reason}` }]);
  }
  return `${describeVerdictTask(task).replaceAll('`', '')}\n${table.toString()}\n\n`;
}

// The benchmark for the terminal: the figures of the Markdown in narrow tables.
import Table from 'cli-table3';
import { machineLine } from './markdown.ts';
import type { BenchReport, ScenarioReport } from './report.ts';
import { count, describeTask, labelOf, lossWords, seconds, short } from './words.ts';

const PLAIN = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};

export function benchTerminal(report: BenchReport): string {
  const wrong = report.wrong.map(({ scenario, id }) => `WRONG LOSS  ${id} in ${scenario}: ignore its speed.\n`);
  return [machineLine(report), '\n\n', ...report.scenarios.map(section), ...wrong].join('');
}

/** Without lines; the first column and the last align left. */
export function plainTable(head: readonly string[]): Table.Table {
  return new Table({
    head: [...head],
    colAligns: head.map((_, i) => (i === 0 || i === head.length - 1 ? 'left' : 'right')),
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
}

function section(s: ScenarioReport): string {
  const table = plainTable(['', 'samples/s', `speed of ${labelOf(s, s.base)} ÷ this`, 'first step', 'memory', 'loss']);
  for (const r of s.results) {
    if (r.kind !== 'measured') table.push([r.id, { colSpan: 5, content: `not measured: ${r.reason}` }]);
    else {
      const times = r.timesSlower === null ? '-' : `${short(r.timesSlower.median)} x`;
      const first = seconds(r.firstStepSeconds.median);
      table.push([
        r.label,
        count(r.samplesPerSecond.median),
        times,
        first,
        `${count(r.residentMiB)} MiB`,
        lossWords(r),
      ]);
    }
  }
  return `${s.name}: ${describeTask(s)}\n${table.toString()}\n\n`;
}

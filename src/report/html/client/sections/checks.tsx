// The checks one by one, what training came to, and what a reader of the numbers should know.
import { checkRows } from '../../../blocks/check-rows.ts';
import type { CheckRow } from '../../../blocks/check-rows.ts';
import { outcomeRows } from '../../../blocks/outcome-rows.ts';
import type { CompareReport } from '../../../report.ts';
import { formatCount, formatLoss, formatNumber, formatPercent } from '../../../words/numbers.ts';
import { notes } from '../../../words/sentences.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { Verdict } from '../parts/verdict.tsx';
import { nameOf } from '../parts/words.ts';

export function Checks({ report }: { readonly report: CompareReport }) {
  return (
    <Section id="checks-title" title="Checks">
      <CheckTable rows={checkRows(report)} id="checks" first="check" />
      <Outcome report={report} />
      {notes(report).map((line) => (
        <p class="muted">{line}</p>
      ))}
    </Section>
  );
}

/** What training came to, at a glance. */
export function Figures({ report: { freeRun, lockstep, gradientCheck } }: { readonly report: CompareReport }) {
  const { accuracy, largestGap, loss, labelledDifferently, testLoss, testSize } = freeRun;
  const both = Math.min(loss.candidate.length, loss.reference.length);
  const begun = Math.max(loss.candidate.length, loss.reference.length) > 0;
  const figures: [string, string, string][] = [
    [formatCount(gradientCheck.entries), 'gradients', 'compared entry by entry'],
    [formatCount(lockstep.steps.length), lockstep.steps.length === 1 ? 'step' : 'steps', 'compared in lockstep'],
  ];
  if (begun && both === 0) figures.push(['-', 'largest loss difference', 'no step was taken by both']);
  if (both > 0 && Number.isFinite(largestGap.gap)) {
    const over = `over ${formatCount(both)} ${both === 1 ? 'step' : 'steps'}`;
    figures.push([formatNumber(largestGap.gap, 2), 'largest loss difference', over]);
  }
  if (accuracy.candidate !== null && accuracy.reference !== null)
    figures.push([
      formatPercent(accuracy.candidate),
      'test accuracy',
      labelledDifferently === null
        ? `reference ${formatPercent(accuracy.reference)}`
        : `${formatCount(labelledDifferently)} of ${formatCount(testSize)} labelled differently`,
    ]);
  if (testLoss !== undefined && testLoss.candidate !== null)
    figures.push([formatLoss(testLoss.candidate), 'test loss', `reference ${formatLoss(testLoss.reference)}`]);
  return (
    <dl class="figures">
      {figures.map(([value, what, note]) => (
        <div>
          <dt>{what}</dt>
          <dd>
            <strong>{value}</strong> <span class="muted">{note}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function CheckTable({ rows, id, first }: { rows: readonly CheckRow[]; id: string; first: string }) {
  return (
    <Table
      label="checks"
      id={id}
      head={[
        { text: first },
        { text: 'verdict' },
        { text: 'worst entry' },
        'of the allowed error',
        'relative difference',
      ]}
      rows={rows.map((row) => ({
        head: row.check,
        cells: [<Verdict kind={row.verdict} />, row.worst, row.used, row.relative],
      }))}
    />
  );
}

function Outcome({ report }: { readonly report: CompareReport }) {
  const rows = outcomeRows(report);
  if (rows.length === 0) return null;
  return (
    <Table
      label="outcome"
      id="outcome"
      head={[{ text: 'training' }, nameOf(report, 'candidate'), nameOf(report, 'reference'), { text: 'note' }]}
      rows={rows.map(({ what, candidate, reference, note }) => ({ head: what, cells: [candidate, reference, note] }))}
    />
  );
}

// All reports of a folder; two of them side by side.
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount, formatNumber, formatPercent } from '../../words/numbers.ts';
import type { Summary } from '../summary.ts';
import { embedded } from './parts/embedded.ts';
import { Table } from './parts/table.tsx';
import type { Row } from './parts/table.tsx';
import { Verdict } from './parts/verdict.tsx';
import { dateWords } from './parts/words.ts';
import { SLOTS, SideBySide } from './sections/side-by-side.tsx';

function Index({ reports }: { readonly reports: readonly Summary[] }) {
  const [chosen, choose] = useState<readonly (string | null)[]>([null, null]);
  const pick = (slot: number, file: string): void => choose(chosen.map((old, n) => (n === slot ? file : old)));
  const [a, b] = chosen.map((file) => reports.find((r) => r.file === file) ?? null);
  return (
    <main class="index">
      <h1>Reports</h1>
      <p>
        {formatCount(reports.length)} {reports.length === 1 ? 'run' : 'runs'} of <code>compare</code> and{' '}
        <code>gradcheck</code>, the latest first. Choose one as A and one as B to see them side by side.
      </p>
      <Table
        label="reports"
        id="reports"
        head={[
          { text: 'started' },
          ...SLOTS,
          { text: 'verdict' },
          { text: 'candidate, reference' },
          'accuracy',
          'final loss',
          { text: 'run' },
        ]}
        rows={reports.map((r) => rowOf(r, chosen, pick))}
      />
      {a && b && <SideBySide a={a} b={b} />}
    </main>
  );
}

function rowOf(r: Summary, chosen: readonly (string | null)[], pick: (slot: number, file: string) => void): Row {
  const { training: t } = r;
  return {
    head: <a href={r.file}>{dateWords(r.startedAt)}</a>,
    cells: [
      ...SLOTS.map((slot, n) => (
        <input
          type="radio"
          name={slot}
          aria-label={`${dateWords(r.startedAt)} as ${slot}`}
          checked={chosen[n] === r.file}
          onChange={() => pick(n, r.file)}
        />
      )),
      <Verdict kind={r.verdict} />,
      `${r.label.candidate}, ${r.label.reference}`,
      t === null ? '-' : `${formatPercent(t.accuracy.candidate)}, ${formatPercent(t.accuracy.reference)}`,
      t === null ? '-' : `${lossWords(t.finalLoss.candidate)}, ${lossWords(t.finalLoss.reference)}`,
      r.run,
    ],
  };
}

/** Where an engine took no step, there is no loss. */
function lossWords(loss: number): string {
  return Number.isFinite(loss) ? formatNumber(loss, 5) : '-';
}

const place = document.getElementById('page');
if (place !== null) render(<Index reports={embedded<readonly Summary[]>('reports')} />, place);

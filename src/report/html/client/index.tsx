// All reports of a folder; two of them side by side.
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount, formatNumber, formatPercent } from '../../words/numbers.ts';
import type { Summary } from '../summary.ts';
import { embedded } from './parts/embedded.ts';
import { Table } from './parts/table.tsx';
import type { Row } from './parts/table.tsx';
import { Verdict } from './parts/verdict.tsx';
import { SIDES, capital, dateWords, sentence } from './parts/words.ts';
import type { Side } from './parts/words.ts';
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
          { text: SLOTS.join(', ') },
          { text: 'verdict' },
          { text: 'result' },
          { text: 'run' },
        ]}
        rows={reports.map((r) => rowOf(r, chosen, pick))}
      />
      {a && b && <SideBySide a={a} b={b} />}
    </main>
  );
}

function rowOf(r: Summary, chosen: readonly (string | null)[], pick: (slot: number, file: string) => void): Row {
  const started = dateWords(r.startedAt);
  return {
    head: (
      <a class="nowrap" href={r.file}>
        {started}
      </a>
    ),
    cells: [
      <span class="nowrap">
        {SLOTS.map((slot, n) => (
          <label class="slot">
            {slot}{' '}
            <input
              type="radio"
              name={slot}
              aria-label={`${started} as ${slot}`}
              checked={chosen[n] === r.file}
              onChange={() => pick(n, r.file)}
            />
          </label>
        ))}
      </span>,
      <Verdict kind={r.verdict} />,
      <Result of={r} />,
      <span>
        {r.kind}: {r.label.candidate} against {r.label.reference}
        <span class="muted below">{r.run}</span>
      </span>,
    ],
  };
}

/** What was found, and what to do about it; what a training ended with. */
function Result({ of: { sentence: headline, fix, training } }: { readonly of: Summary }) {
  const { accuracy, testLoss, finalLoss } = training ?? { accuracy: null, testLoss: undefined, finalLoss: null };
  const figures = [
    accuracy === null ? null : bothWords('accuracy', accuracy, formatPercent),
    testLoss === undefined ? null : bothWords('test loss', testLoss, (x) => formatNumber(x, 5)),
    finalLoss === null ? null : bothWords('final loss', finalLoss, (x) => formatNumber(x, 5)),
  ].filter((words) => words !== null);
  return (
    <span>
      {sentence(headline)}
      {fix !== null && <span class="below">{fix}</span>}
      {figures.length > 0 && <span class="muted below">{capital(figures.join('; '))}</span>}
    </span>
  );
}

type Both = Readonly<Record<Side, number | null>>;

/** "final loss 0.27373, 0.27374": candidate, reference; one number if they look the same. */
function bothWords(what: string, values: Both, format: (x: number) => string): string | null {
  const texts = SIDES.map((side) => {
    const x = values[side];
    return x === null || !Number.isFinite(x) ? '-' : format(x); // without steps there is no loss
  });
  const different = [...new Set(texts)];
  return different.every((text) => text === '-') ? null : `${what} ${different.join(', ')}`;
}

const place = document.getElementById('page');
if (place !== null) render(<Index reports={embedded<readonly Summary[]>('reports')} />, place);

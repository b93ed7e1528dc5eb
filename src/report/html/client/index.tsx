// All reports of a folder; two of them side by side.
import { render } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { describeNetwork } from '../../../network/spec.ts';
import { formatCount, formatNumber, formatPercent, formatUsed } from '../../words/numbers.ts';
import type { Summary } from '../summary.ts';
import { AXIS, Chart, LOOK } from './parts/chart.tsx';
import type { ChartOption, Series } from './parts/chart.tsx';
import { embedded } from './parts/embedded.ts';
import { Verdict } from './sections/overview.tsx';
import { dateWords } from './parts/words.ts';
import { Table } from './parts/table.tsx';

const SLOTS = ['A', 'B'] as const;

function Index({ reports }: { readonly reports: readonly Summary[] }) {
  const [chosen, choose] = useState<readonly (string | null)[]>([null, null]);
  const pick = (slot: number, file: string): void => choose(chosen.map((old, n) => (n === slot ? file : old)));
  const [a, b] = chosen.map((file) => reports.find((r) => r.file === file) ?? null);
  return (
    <>
      <header>
        <h1>Reports</h1>
        <p>
          {formatCount(reports.length)} {reports.length === 1 ? 'run' : 'runs'} of <code>compare</code>, the latest
          first. Choose one as A and one as B to lay them side by side.
        </p>
      </header>
      <Table
        label="reports"
        id="reports"
        head={[
          ...SLOTS,
          { text: 'started' },
          { text: 'verdict' },
          { text: 'candidate, reference' },
          'accuracy',
          'final loss',
          { text: 'run' },
        ]}
      >
        {reports.map((r) => (
          <Row report={r} chosen={chosen} pick={pick} />
        ))}
      </Table>
      {a && b && <SideBySide a={a} b={b} />}
    </>
  );
}

interface RowProps {
  readonly report: Summary;
  readonly chosen: readonly (string | null)[];
  readonly pick: (slot: number, file: string) => void;
}

function Row({ report: r, chosen, pick }: RowProps) {
  return (
    <tr>
      {SLOTS.map((slot, n) => (
        <td>
          <input
            type="radio"
            name={slot}
            aria-label={`${dateWords(r.startedAt)} as ${slot}`}
            checked={chosen[n] === r.file}
            onChange={() => pick(n, r.file)}
          />
        </td>
      ))}
      <th scope="row" class="place">
        <a href={r.file}>{dateWords(r.startedAt)}</a>
      </th>
      <td class="text place">
        <Verdict kind={r.verdict} />
      </td>
      <td class="text">
        {r.label.candidate}, {r.label.reference}
      </td>
      <td class="place">
        {formatPercent(r.accuracy.candidate)}, {formatPercent(r.accuracy.reference)}
      </td>
      <td class="place">
        {lossWords(r.finalLoss.candidate)}, {lossWords(r.finalLoss.reference)}
      </td>
      <td class="text">{r.run}</td>
    </tr>
  );
}

/** Where an engine took no step, there is no loss. */
function lossWords(loss: number): string {
  return Number.isFinite(loss) ? formatNumber(loss, 5) : '-';
}

function SideBySide({ a, b }: { readonly a: Summary; readonly b: Summary }) {
  const rows = useMemo(() => rowsOf(a, b), [a, b]);
  const different = rows.filter(({ values: [x, y] }) => x !== y).length;
  return (
    <section aria-labelledby="side-by-side">
      <h2 id="side-by-side">Side by side</h2>
      <p>
        {different} of {rows.length} lines differ; they are marked ≠.
      </p>
      <Table
        label="two reports side by side"
        id="two"
        head={['', `A: ${dateWords(a.startedAt)}`, `B: ${dateWords(b.startedAt)}`]}
      >
        {rows.map(({ what, values: [x, y] }) => (
          <tr class={x === y ? '' : 'differs'}>
            <th scope="row" class="place">
              {x === y ? '' : '≠ '}
              {what}
            </th>
            <td class="text">{x}</td>
            <td class="text">{y}</td>
          </tr>
        ))}
      </Table>
      <LossOfBoth a={a} b={b} />
      <div class="pair frames">
        {[a, b].map((r, n) => (
          <iframe src={r.file} title={`report ${SLOTS[n] ?? ''}: ${dateWords(r.startedAt)}`} />
        ))}
      </div>
    </section>
  );
}

const SETTINGS = [
  ...([
    ['dataset', 'data set'],
    ['trainSize', 'training examples'],
    ['testSize', 'test examples'],
    ['scale', 'scaling'],
  ] as const),
  ...([
    ['initializer', 'initializer'],
    ['batchSize', 'batch size'],
    ['epochs', 'epochs'],
    ['steps', 'steps'],
    ['seed', 'seed'],
  ] as const),
  ...([['fault', 'fault injected']] as const),
] as const;

interface Line {
  readonly what: string;
  readonly values: readonly [string, string];
}

function rowsOf(a: Summary, b: Summary): Line[] {
  const both = (what: string, of: (r: Summary) => string): Line => ({ what, values: [of(a), of(b)] });
  const sides = (what: string, of: (r: Summary, side: 'candidate' | 'reference') => string): Line[] =>
    (['candidate', 'reference'] as const).map((side) => both(`${what}, ${side}`, (r) => of(r, side)));
  const versions = [...new Set([a, b].flatMap((r) => Object.keys(r.versions)))];
  return [
    both('verdict', (r) => r.verdict),
    both('in words', (r) => r.sentence),
    ...sides('engine', (r, side) => r.label[side]),
    ...sides('test accuracy', (r, side) => formatPercent(r.accuracy[side])),
    ...sides('final loss', (r, side) => formatNumber(r.finalLoss[side], 8)),
    both('of the bound', (r) => (r.usedOfBound === null ? '-' : formatUsed(r.usedOfBound))),
    both('largest difference of the losses', (r) =>
      Number.isFinite(r.largestGap) ? formatNumber(r.largestGap, 4) : 'no number',
    ),
    both('labelled differently', (r) => (r.labelledDifferently === null ? '-' : formatCount(r.labelledDifferently))),
    both('network', (r) => describeNetwork(r.settings.network)),
    both('optimizer', ({ settings: { optimizer: o } }) => `${o.id}, learning rate ${o.learningRate}`),
    ...SETTINGS.map(([key, what]) => both(what, (r) => String(r.settings[key] ?? '-'))),
    ...versions.map((name) => both(`version of ${name}`, (r) => r.versions[name] ?? '-')),
    ...sides('samples/s', (r, side) =>
      r.samplesPerSecond === null ? '-' : formatCount(Math.round(r.samplesPerSecond[side])),
    ),
  ];
}

function LossOfBoth({ a, b }: { readonly a: Summary; readonly b: Summary }) {
  const option = useMemo((): ChartOption => {
    const line = (r: Summary, n: 0 | 1): Series => {
      const { color, type } = LOOK[n === 0 ? 'candidate' : 'reference'];
      return {
        type: 'line',
        name: `${SLOTS[n]}: ${r.label.candidate}`,
        showSymbol: r.loss.length < 3,
        emphasis: { disabled: true },
        itemStyle: { color },
        lineStyle: { color, type: type as 'solid', width: 2 },
        data: r.loss.map(([step, loss]) => [step, Number.isFinite(loss) ? loss : null]),
      };
    };
    return {
      grid: { left: 58, right: 16, top: 44, bottom: 42 },
      xAxis: { ...AXIS, type: 'value', name: 'step', nameLocation: 'middle', nameGap: 26 },
      yAxis: { ...AXIS, type: 'value', name: 'loss', nameLocation: 'middle', nameGap: 40 },
      tooltip: { trigger: 'axis', valueFormatter: (x) => formatNumber(Number(x), 6) },
      series: [line(a, 0), line(b, 1)],
    };
  }, [a, b]);
  return (
    <Chart
      id="two-losses"
      height={300}
      option={option}
      alternative={`Loss of the candidates of A and B; final loss ${formatNumber(a.finalLoss.candidate)} and ${formatNumber(b.finalLoss.candidate)}.`}
      caption="Loss of the two candidates over the steps (some of the steps)."
    />
  );
}

const place = document.getElementById('page');
if (place !== null) render(<Index reports={embedded<readonly Summary[]>('reports')} />, place);

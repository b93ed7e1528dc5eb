// How much of the error bound was used, tensor by tensor and step by step; and the gradients of both against the exact ones.
import { useRef, useState } from 'preact/hooks';
import type { Cell, Scatter } from '../../../../check/diagnosis/entries.ts';
import type { CompareReport } from '../../../report.ts';
import { formatCount, formatNumber, formatUsed } from '../../../words/numbers.ts';
import { formatPlace } from '../../../words/findings.ts';
import { AXIS, Chart, LOOK } from '../parts/chart.tsx';
import type { ChartOption, Series } from '../parts/chart.tsx';
import { EntryTable } from '../parts/entry-table.tsx';
import { SIDES, nameOf } from '../parts/words.ts';
import type { Side } from '../parts/words.ts';
import { Table } from '../parts/table.tsx';

const WHAT: Record<Cell['what'], string> = {
  gradient: 'gradient of',
  update: 'updates of',
  'train-step': 'a training step of',
};

export function Gradients({ report }: { readonly report: CompareReport }) {
  return (
    <section aria-labelledby="gradients">
      <h2 id="gradients">How much of the bound was used</h2>
      <p>
        At {report.lockstep.steps.length === 1 ? 'one step' : `${report.lockstep.steps.length} steps`} both engines got
        the same parameters and the same batch. Each number is that of the worst entry of a tensor: its distance from
        the exact value, as a share of what rounding explains. Over 100 % something is wrong, and the cell says{' '}
        <span class="bad">✗</span> and how many times the bound it is.
      </p>
      <HeatMap report={report} />
      <h3>Both gradients against the exact one, before training</h3>
      <p>
        A point a side for each entry of a sample, with the worst entries in it. Right gradients lie on the line: a
        diamond in a circle. A wrong factor turns the line, a wrong sign mirrors it, anything else scatters.
      </p>
      <div class="charts">
        {report.gradientCheck.scatter.map((s) => (
          <ScatterChart report={report} scatter={s} />
        ))}
      </div>
    </section>
  );
}

function HeatMap({ report }: { readonly report: CompareReport }) {
  const { cells, steps } = report.lockstep;
  const [open, setOpen] = useState<Cell | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const rows = [...new Map(cells.map((c) => [`${WHAT[c.what]} ${c.parameter}`, c])).entries()].sort(
    ([, a], [, b]) => Object.keys(WHAT).indexOf(a.what) - Object.keys(WHAT).indexOf(b.what),
  );
  if (cells.length === 0) return <p>No step was checked.</p>;
  const show = (cell: Cell): void => {
    setOpen(cell);
    dialog.current?.showModal();
  };
  return (
    <>
      <Table
        label="share of the bound used, by tensor and step"
        class="heat"
        id="heat-map"
        caption="Share of the bound used by the worst entry. Choose a cell to see its worst entries."
        head={[{ text: 'tensor' }, ...steps.map((step) => `step ${step}`)]}
      >
        {rows.map(([name, row]) => (
          <tr>
            <th scope="row">{name}</th>
            {steps.map((step) => {
              const cell = cells.find((c) => c.step === step && c.what === row.what && c.parameter === row.parameter);
              return cell === undefined ? <td>-</td> : <HeatCell cell={cell} onOpen={() => show(cell)} />;
            })}
          </tr>
        ))}
      </Table>
      <dialog ref={dialog} aria-labelledby="worst-title">
        {open !== null && <WorstEntries cell={open} report={report} />}
        <form method="dialog">
          <button class="control">Close</button>
        </form>
      </dialog>
    </>
  );
}

/** Shading follows the logarithm: from a thousandth of the bound to the whole. */
function HeatCell({ cell, onOpen }: { readonly cell: Cell; readonly onOpen: () => void }) {
  const used = cell.usedOfBound;
  const over = !(used <= 1);
  const shown = over ? `✗ ${timesWords(used)}` : formatUsed(used);
  const share = used === 0 ? 0 : Math.max(0, Math.min(1, 1 + Math.log10(used) / 3));
  return (
    <td class={over ? 'over' : ''} style={{ '--share': `${Math.round(45 * share)}%` }}>
      <button
        onClick={onOpen}
        aria-label={`${WHAT[cell.what]} ${cell.parameter}, step ${cell.step}: ${shown} ${over ? '' : 'of '}the bound; show the worst entries`}
      >
        {shown}
      </button>
    </td>
  );
}

/** Short, so that ten steps fit: "840 ×", "1.1e5 ×" */
function timesWords(used: number): string {
  if (!Number.isFinite(used)) return formatUsed(used);
  return `${used < 1000 ? formatNumber(used, 3) : used.toExponential(1).replace('+', '')} ×`;
}

function WorstEntries({ cell, report }: { readonly cell: Cell; readonly report: CompareReport }) {
  const rows = cell.worst.map((entry) => ({
    place: formatPlace({ parameter: cell.parameter, index: entry.index }),
    entry,
    said: formatUsed(entry.usedOfBound),
  }));
  return (
    <>
      <h3 id="worst-title">
        {WHAT[cell.what]} {cell.parameter}, step {cell.step}: the worst {rows.length === 1 ? 'entry' : 'entries'}
      </h3>
      <EntryTable id="worst-entries" label="worst entries" first="entry" last="of the bound" {...{ report, rows }} />
    </>
  );
}

function ScatterChart({ report, scatter }: { readonly report: CompareReport; readonly scatter: Scatter }) {
  const { parameter, shape, at, oracle } = scatter;
  const entries = shape.reduce((a, b) => a * b, 1);
  const largest = Math.max(...oracle.map(Math.abs).filter(Number.isFinite), Number.MIN_VALUE);
  const option = scatterOption(report, scatter, largest);
  const worst = (side: Side): string =>
    formatNumber(Math.max(...oracle.map((x, i) => Math.abs((scatter[side][i] ?? NaN) - x))), 2);
  const which = `${formatCount(at.length)} of ${formatCount(entries)} entries`;
  return (
    <Chart
      id={`scatter-${parameter}`}
      height={300}
      option={option}
      alternative={`Gradient of ${parameter}, ${which}, computed against exact. Largest distance from exact: candidate ${worst('candidate')}, reference ${worst('reference')}; exact values reach ${formatNumber(largest, 2)}.`}
      caption={`${parameter}: ${which}. Farthest from exact: candidate ${worst('candidate')}, reference ${worst('reference')}.`}
      table={{
        head: ['entry', 'exact', 'candidate', 'reference'],
        rows: () =>
          at.map((flat, i) => [
            placeOf(scatter, flat),
            ...[oracle[i], scatter.candidate[i], scatter.reference[i]].map((x) => formatNumber(x ?? NaN, 9)),
          ]),
      }}
    />
  );
}

function scatterOption(report: CompareReport, scatter: Scatter, largest: number): ChartOption {
  const { oracle } = scatter;
  const points = (side: Side): Series => ({
    type: 'scatter',
    name: nameOf(report, side),
    symbol: LOOK[side].symbol,
    symbolKeepAspect: true,
    symbolSize: side === 'candidate' ? 9 : 5,
    itemStyle:
      side === 'candidate'
        ? { color: 'transparent', borderColor: LOOK[side].color, borderWidth: 1.5 }
        : { color: LOOK[side].color },
    emphasis: { disabled: true },
    data: oracle.map((x, i) => [x, scatter[side][i] ?? null]),
  });
  const label = (x: number): string => formatNumber(x, 2);
  const scale = {
    ...AXIS,
    type: 'value',
    axisLabel: { ...AXIS.axisLabel, formatter: label, hideOverlap: true },
  } as const;
  return {
    grid: { left: 66, right: 18, top: 54, bottom: 42 },
    xAxis: { ...scale, name: 'exact', nameLocation: 'middle', nameGap: 26, splitNumber: 4 },
    yAxis: { ...scale, name: 'computed', nameLocation: 'middle', nameGap: 46 },
    tooltip: { trigger: 'item', valueFormatter: (x) => formatNumber(Number(x), 8) },
    legend: {
      data: [...SIDES.map((side) => ({ name: nameOf(report, side) })), { name: 'exact', itemStyle: { opacity: 0 } }],
    },
    series: [
      points('candidate'),
      points('reference'),
      {
        type: 'line',
        name: 'exact',
        symbol: 'none',
        silent: true,
        emphasis: { disabled: true },
        lineStyle: { color: 'var(--muted)', type: 'dotted', width: 1 },
        itemStyle: { color: 'var(--muted)' },
        data: [
          [-largest, -largest],
          [largest, largest],
        ],
      },
    ],
  };
}

function placeOf({ parameter, shape }: Scatter, at: number): string {
  const cols = shape[1];
  return formatPlace({ parameter, index: cols === undefined ? [at] : [Math.floor(at / cols), at % cols] });
}

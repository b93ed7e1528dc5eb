// Loss of both paths over the steps; below it their difference.
import type { CompareReport } from '../../../report.ts';
import { formatCount, formatNumber } from '../../../words/numbers.ts';
import { AXIS, Chart, LOOK } from '../parts/chart.tsx';
import type { ChartOption, Series } from '../parts/chart.tsx';
import { GRID, MARKED, stepAxis, stepsOf } from '../parts/step-axis.ts';
import { SIDES, nameOf } from '../parts/words.ts';
import type { Side } from '../parts/words.ts';
import { DifferenceChart } from './difference.tsx';

export function Losses({ report }: { readonly report: CompareReport }) {
  return (
    <section aria-labelledby="losses">
      <h2 id="losses">Loss</h2>
      <LossChart report={report} />
      <DifferenceChart report={report} />
    </section>
  );
}

function LossChart({ report }: { readonly report: CompareReport }) {
  const { loss, finalLoss } = report.freeRun;
  const steps = stepsOf(report);
  const option: ChartOption = {
    grid: GRID,
    xAxis: stepAxis(report),
    yAxis: { ...AXIS, type: 'value', name: 'loss', nameLocation: 'middle', nameGap: 40 },
    tooltip: { trigger: 'axis', valueFormatter: (x) => formatNumber(Number(x), 8) },
    series: SIDES.map((side): Series => ({
      type: 'line',
      name: nameOf(report, side),
      symbol: LOOK[side].symbol,
      symbolSize: 6,
      showSymbol: steps <= MARKED,
      itemStyle: { color: LOOK[side].color },
      lineStyle: { color: LOOK[side].color, type: LOOK[side].type as 'solid', width: side === 'candidate' ? 2.5 : 1.5 },
      emphasis: { disabled: true },
      data: loss[side].map((x, step) => [step, Number.isFinite(x) ? x : null]),
    })),
  };
  const from = (side: Side): string =>
    `${nameOf(report, side)} from ${formatNumber(loss[side][0] ?? NaN)} to ${formatNumber(finalLoss[side])}`;
  return (
    <Chart
      id="loss-chart"
      height={320}
      option={option}
      alternative={`Loss of both paths over ${formatCount(steps)} steps: ${SIDES.map(from).join('; ')} (mean of the last tenth).`}
      caption="Loss of the batch of every step, before its update. The broken line lies over the solid one where the two are alike."
      table={{ head: ['step', nameOf(report, 'candidate'), nameOf(report, 'reference')], rows: () => lossRows(report) }}
    />
  );
}

function lossRows({ freeRun: { loss } }: CompareReport): string[][] {
  const show = (x: number | undefined): string => (x === undefined ? '-' : formatNumber(x, 9));
  return loss.candidate.map((x, step) => [String(step), show(x), show(loss.reference[step])]);
}

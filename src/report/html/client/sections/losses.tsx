// Loss of both paths over the steps; below it their difference, with the bound, and the steps at which single precision leaves a unit undecided.
import type { CompareReport } from '../../../report.ts';
import { formatCount, formatNumber } from '../../../words/numbers.ts';
import { kinkLines, partingSentence } from '../../../words/sentences.ts';
import { AXIS, Chart, FONT, LOOK } from '../parts/chart.tsx';
import type { ChartOption, Series } from '../parts/chart.tsx';
import { logAxis } from '../parts/log-axis.ts';
import { SIDES, nameOf } from '../parts/words.ts';
import type { Side } from '../parts/words.ts';

const UNDECIDED = 'undecided unit at a checked step';
/** With more steps than this the single points of a line are no longer marked. */
const MARKED = 60;

export function Losses({ report }: { readonly report: CompareReport }) {
  return (
    <section aria-labelledby="losses">
      <h2 id="losses">Loss</h2>
      <LossChart report={report} />
      <DifferenceChart report={report} />
    </section>
  );
}

function stepsOf({ freeRun: { loss } }: CompareReport): number {
  return Math.max(loss.candidate.length, loss.reference.length);
}

function stepAxis(report: CompareReport) {
  return {
    ...AXIS,
    type: 'value',
    name: 'step',
    nameLocation: 'middle',
    nameGap: 26,
    min: 0,
    max: Math.max(1, stepsOf(report) - 1),
    minInterval: 1,
  } as const;
}

const GRID = { left: 62, right: 16, top: 36, bottom: 42 };

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

/** |candidate - reference| at every step both took. */
function differences({ freeRun: { loss } }: { readonly freeRun: Pick<CompareReport['freeRun'], 'loss'> }): number[] {
  return loss.candidate.slice(0, loss.reference.length).map((x, step) => Math.abs(x - loss.reference[step]));
}

/** Each may be so far from the exact run; so they are at most as far apart as one is from it and the other may be. */
function boundOnDifference({ freeRun: { exact, loss } }: CompareReport): number[] | null {
  if (exact === null || exact.loss.length === 0) return null;
  const { candidate, reference } = exact.allowed;
  const off = (side: Side, step: number): number => Math.abs((loss[side][step] ?? NaN) - (exact.loss[step] ?? NaN));
  const most = (step: number): number =>
    Math.min((candidate[step] ?? NaN) + off('reference', step), (reference[step] ?? NaN) + off('candidate', step));
  return differences({ freeRun: { loss } }).map((_, step) => most(step));
}

function alikeWords(apart: readonly number[], { freeRun: { largestGap } }: CompareReport): string {
  const same = apart.filter((x) => x === 0).length;
  if (apart.length === 0) return 'There is no step that both took.';
  if (!Number.isFinite(largestGap.gap)) return `At step ${largestGap.step} a loss is no finite number.`;
  if (same === apart.length) return `All ${formatCount(same)} losses are the same to the last bit.`;
  const equal =
    same === 0
      ? 'they differ at every step'
      : `at ${formatCount(same)} of ${formatCount(apart.length)} steps there is none`;
  return `The largest difference is ${formatNumber(largestGap.gap, 3)}, at step ${largestGap.step}; ${equal}.`;
}

function DifferenceChart({ report }: { readonly report: CompareReport }) {
  const apart = differences(report);
  const bound = boundOnDifference(report);
  const { kinks } = report.lockstep;
  const { parted } = report.freeRun;
  const axis = logAxis([...apart, ...(bound ?? [])]);
  const line = (name: string, values: readonly number[], color: string, type: 'solid' | 'dashed'): Series => ({
    type: 'line',
    name,
    symbol: type === 'solid' ? 'circle' : 'none',
    symbolSize: 5,
    showSymbol: values.length <= MARKED,
    itemStyle: { color },
    lineStyle: { color, type, width: 1.5 },
    emphasis: { disabled: true },
    data: values.map((x, step) => [step, axis.place(x)]),
  });
  const series: Series[] = [line('|candidate - reference|', apart, 'var(--candidate)', 'solid')];
  if (bound !== null) series.push(line('bound', bound, 'var(--bound)', 'dashed'));
  if (kinks.steps.length > 0)
    series.push({
      type: 'scatter',
      name: UNDECIDED,
      symbol: 'triangle',
      symbolSize: 13,
      symbolKeepAspect: true,
      z: 5,
      itemStyle: { color: 'var(--reference)' },
      emphasis: { disabled: true },
      data: kinks.steps.map(({ step }) => [step, axis.place(apart[step]) ?? axis.min]),
    });
  if (parted !== null && series[0] !== undefined) {
    const label = `step ${parted.step}: ${parted.cause === 'kink' ? 'a unit takes another branch' : 'rounding is fed back'}`;
    Object.assign(series[0], {
      markLine: {
        symbol: 'none',
        silent: true,
        lineStyle: { color: 'var(--bad)', type: 'dotted', width: 2 },
        label: {
          formatter: label,
          color: 'var(--ink)',
          fontFamily: FONT,
          position: parted.step * 2 > apart.length ? 'insideEndTop' : 'end',
          rotate: 0,
          align: parted.step * 2 > apart.length ? 'right' : 'left',
        },
        data: [{ xAxis: parted.step }],
      },
    });
  }
  const option: ChartOption = {
    grid: { ...GRID, top: 68 },
    xAxis: stepAxis(report),
    yAxis: {
      ...AXIS,
      ...{ type: 'value', min: axis.min, max: axis.max, interval: axis.interval },
      axisLabel: { ...AXIS.axisLabel, formatter: axis.label },
    },
    tooltip: { trigger: 'axis', valueFormatter: (x) => formatNumber(axis.value(Number(x)), 3) },
    legend: {
      data: series.map(({ name }) => ({ name: String(name), ...(name === 'bound' && { itemStyle: { opacity: 0 } }) })),
    },
    series,
  };
  const parting = partingSentence(report.freeRun, report);
  const alike = alikeWords(apart, report);
  const where = kinks.steps.map(({ step, count }) => `${count} at step ${step}`).join(', ');
  return (
    <Chart
      id="difference-chart"
      height={340}
      option={option}
      alternative={`Difference of the two losses, on a logarithmic scale. ${alike} ${bound === null ? '' : `The bound goes from ${formatNumber(bound[0] ?? NaN, 3)} to ${formatNumber(bound.at(-1) ?? NaN, 3)}. `}Undecided units at checked steps: ${where === '' ? 'none' : where}.`}
      caption={
        <>
          {alike} Differences of 0 lie on the lowest line.{' '}
          {bound === null
            ? report.freeRun.exact === null
              ? 'Two runs that are the same to the last bit need no bound.'
              : 'The run in double precision, which the bound is from, did not get to begin.'
            : 'The bound is what single precision explains: how far both may be from the same run in double precision.'}{' '}
          {kinkLines(kinks).join(' ')} {parting === null ? '' : `${parting.charAt(0).toUpperCase()}${parting.slice(1)}`}
        </>
      }
      table={{
        head: ['step', '|candidate - reference|', 'bound'],
        rows: () =>
          apart.map((x, step) => [
            String(step),
            formatNumber(x, 4),
            bound === null ? '-' : formatNumber(bound[step] ?? NaN, 4),
          ]),
      }}
    />
  );
}

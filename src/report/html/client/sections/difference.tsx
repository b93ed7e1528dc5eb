// The difference of the two losses, with the bound, and the steps at which single precision leaves a unit undecided.
import type { CompareReport } from '../../../report.ts';
import { formatCount, formatNumber } from '../../../words/numbers.ts';
import { kinkLines, partingSentence } from '../../../words/sentences.ts';
import { AXIS, Chart, FONT } from '../parts/chart.tsx';
import type { ChartOption, Series } from '../parts/chart.tsx';
import { logAxis } from '../parts/log-axis.ts';
import type { LogAxis } from '../parts/log-axis.ts';
import { GRID, MARKED, stepAxis } from '../parts/step-axis.ts';
import type { Side } from '../parts/words.ts';

const UNDECIDED = 'undecided unit at a checked step';

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

export function DifferenceChart({ report }: { readonly report: CompareReport }) {
  const apart = differences(report);
  const bound = boundOnDifference(report);
  const axis = logAxis([...apart, ...(bound ?? [])]);
  const series = seriesOf(report, apart, bound, axis);
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
  const where = report.lockstep.kinks.steps.map(({ step, count }) => `${count} at step ${step}`).join(', ');
  const range =
    bound === null
      ? ''
      : `The bound goes from ${formatNumber(bound[0] ?? NaN, 3)} to ${formatNumber(bound.at(-1) ?? NaN, 3)}. `;
  return (
    <Chart
      id="difference-chart"
      height={340}
      option={option}
      alternative={`Difference of the two losses, on a logarithmic scale. ${alikeWords(apart, report)} ${range}Undecided units at checked steps: ${where === '' ? 'none' : where}.`}
      caption={<Caption report={report} apart={apart} bound={bound} />}
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

function seriesOf(
  report: CompareReport,
  apart: readonly number[],
  bound: readonly number[] | null,
  axis: LogAxis,
): Series[] {
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
  const difference = line('|candidate - reference|', apart, 'var(--candidate)', 'solid');
  const series = [{ ...difference, ...partingMark(report, apart.length) }];
  if (bound !== null) series.push(line('bound', bound, 'var(--bound)', 'dashed'));
  const { steps } = report.lockstep.kinks;
  if (steps.length === 0) return series;
  series.push({
    type: 'scatter',
    name: UNDECIDED,
    symbol: 'triangle',
    symbolSize: 13,
    symbolKeepAspect: true,
    z: 5,
    itemStyle: { color: 'var(--reference)' },
    emphasis: { disabled: true },
    data: steps.map(({ step }) => [step, axis.place(apart[step]) ?? axis.min]),
  });
  return series;
}

/** A line across the chart where one of the two takes another way than the exact run. */
function partingMark({ freeRun: { parted } }: CompareReport, steps: number): object {
  if (parted === null) return {};
  const late = parted.step * 2 > steps;
  return {
    markLine: {
      symbol: 'none',
      silent: true,
      lineStyle: { color: 'var(--bad)', type: 'dotted', width: 2 },
      label: {
        formatter: `step ${parted.step}: ${parted.cause === 'kink' ? 'a unit takes another branch' : 'rounding is fed back'}`,
        color: 'var(--ink)',
        fontFamily: FONT,
        position: late ? 'insideEndTop' : 'end',
        rotate: 0,
        align: late ? 'right' : 'left',
      },
      data: [{ xAxis: parted.step }],
    },
  };
}

interface CaptionProps {
  readonly report: CompareReport;
  readonly apart: readonly number[];
  readonly bound: readonly number[] | null;
}

function Caption({ report, apart, bound }: CaptionProps) {
  const parting = partingSentence(report.freeRun, report);
  return (
    <>
      {alikeWords(apart, report)} Differences of 0 lie on the lowest line.{' '}
      {bound === null
        ? report.freeRun.exact === null
          ? 'Two runs that are the same to the last bit need no bound.'
          : 'The run in double precision, which the bound is from, did not get to begin.'
        : 'The bound is what single precision explains: how far both may be from the same run in double precision.'}{' '}
      {kinkLines(report.lockstep.kinks).join(' ')}{' '}
      {parting === null ? '' : `${parting.charAt(0).toUpperCase()}${parting.slice(1)}`}
    </>
  );
}

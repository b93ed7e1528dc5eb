// Lines that grow, drawn by ECharts, which is loaded with the first of them. Colours are variables
// of the style sheet, so that dark and light need no drawing anew.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { EChartsType } from 'echarts/core';

export interface Line {
  readonly name: string;
  /** A variable of the style sheet: "candidate". */
  readonly color: string;
  readonly width?: number;
  readonly dash?: 'solid' | 'dashed' | 'dotted';
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Whether each point is marked. */
  readonly dots?: boolean;
}

export interface ChartAxis {
  readonly name: string;
  readonly log?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly format?: (x: number) => string;
}

interface Props {
  /** What it shows, with its main numbers, for those who do not see it. */
  readonly label: string;
  readonly height: number;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  readonly lines: readonly Line[];
  /** Lines across the whole chart: a bound, a chosen place. */
  readonly marks?: readonly { readonly axis: 'x' | 'y'; readonly at: number; readonly name: string }[];
}

export function LiveChart(props: Props) {
  const { label, height } = props;
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  const [failed, fail] = useState(false);
  useEffect(() => {
    let [made, observer]: [EChartsType | null, ResizeObserver | null] = [null, null];
    let isGone = false;
    const make = async (): Promise<void> => {
      const { chartOn } = await import('./echarts.ts');
      if (isGone || place.current === null) return;
      made = chartOn(place.current);
      observer = new ResizeObserver(() => made?.resize());
      observer.observe(place.current);
      setChart(made);
    };
    make().catch(() => fail(true));
    return () => {
      isGone = true;
      observer?.disconnect();
      made?.dispose();
    };
  }, []);
  useEffect(() => {
    chart?.setOption(optionOf(props), { replaceMerge: ['series'] });
  });
  return (
    <>
      <div ref={place} class="live-chart" role="img" aria-label={label} style={{ height: `${height}px` }} />
      {failed && <p class="bad">The chart could not be loaded. Is there a network? Reload the page to try again.</p>}
    </>
  );
}

function optionOf({ x, y, lines, marks = [] }: Props): Record<string, unknown> {
  const text = { color: 'var(--muted)', fontSize: 12, fontFamily: 'system-ui, sans-serif' };
  return {
    animation: false,
    textStyle: text,
    grid: { left: 58, right: 16, top: lines.length > 1 ? 34 : 12, bottom: 38 },
    legend: { show: lines.length > 1, left: 48, top: 2, itemWidth: 24, itemHeight: 8, textStyle: { ...text, color: 'var(--ink)' }, selectedMode: false }, // prettier-ignore
    tooltip: {
      trigger: 'axis',
      transitionDuration: 0,
      backgroundColor: 'var(--card)',
      borderColor: 'var(--line)',
      textStyle: { ...text, color: 'var(--ink)' },
      valueFormatter: (value: unknown) => (typeof value === 'number' ? (y.format ?? plain)(value) : '-'),
    },
    xAxis: axis(x, text, 26),
    yAxis: axis(y, text, 44),
    series: lines.map((line, i) => ({
      id: line.name,
      name: line.name,
      type: 'line',
      showSymbol: line.dots ?? false,
      symbol: 'circle',
      symbolSize: 5,
      silent: true,
      lineStyle: { color: `var(--${line.color})`, width: line.width ?? 2, type: line.dash ?? 'solid' },
      itemStyle: { color: `var(--${line.color})` },
      data: line.points.map(([px, py]) => [px, drawable(py, y)]),
      ...(i === 0 && {
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          lineStyle: { color: 'var(--ink)', type: [3, 3], width: 1 },
          data: marks.map(({ axis: of, at, name }) => ({
            name,
            [of === 'x' ? 'xAxis' : 'yAxis']: at,
            label: {
              formatter: '{b}',
              position: of === 'x' ? 'end' : 'insideEndTop',
              color: 'var(--ink)',
              fontSize: 12,
            },
          })),
        },
      }),
    })),
  };
}

function axis(
  { name, log = false, min, max, format = log ? ofPowers : plain }: ChartAxis,
  text: object,
  gap: number,
): object {
  return {
    type: log ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    nameGap: gap,
    nameTextStyle: text,
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    axisLine: { show: true, lineStyle: { color: 'var(--muted)' } },
    splitLine: { lineStyle: { color: 'var(--line)' } },
    axisLabel: { ...text, hideOverlap: true, formatter: format },
  };
}

function plain(x: number): string {
  const size = Math.abs(x);
  if (x !== 0 && (size < 1e-3 || size >= 1e6)) return x.toExponential(0).replace('e+', 'e');
  return String(Number(x.toPrecision(4)));
}

/** As `plain`, with 1e4 in place of 10000. */
function ofPowers(x: number): string {
  return Math.abs(x) >= 1e4 ? x.toExponential(0).replace('e+', 'e') : plain(x);
}

/** A number that is not finite, or not above 0 on a logarithmic axis, leaves a gap. */
function drawable(value: number, { log = false, min }: ChartAxis): number | '-' {
  if (!Number.isFinite(value)) return '-';
  if (log && min !== undefined) return Math.max(min, value);
  return log && value <= 0 ? '-' : value;
}

/** About `count` means of neighbouring values, each at the middle of its steps. */
export function thinned(values: readonly number[], count: number): [number, number][] {
  const size = Math.max(1, Math.ceil(values.length / count));
  const points: [number, number][] = [];
  for (let from = 0; from < values.length; from += size) {
    const to = Math.min(values.length, from + size);
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i] ?? 0;
    points.push([(from + to - 1) / 2, sum / (to - from)]);
  }
  return points;
}

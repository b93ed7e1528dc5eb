// Bars in panels, on one logarithmic scale.
import type { CustomSeriesRenderItem } from 'echarts';
import { COLOURS, FONT, stripes } from '../palette.ts';
import type { Summary } from './statistics.ts';
import { decades, svgChart } from './svg-chart.ts';
import type { Heading } from './svg-chart.ts';

/** Colours and patterns; nothing depends on colour alone. */
export interface Look {
  readonly name: string;
  readonly color: string;
  readonly decal: object;
}

/** Looks that differ, without their names. */
export const LOOKS = {
  plain: { color: COLOURS.blue, decal: { symbol: 'none' } },
  rising: { color: COLOURS.orange, decal: stripes(Math.PI / 4, 0.35) },
  dotted: { color: COLOURS.green, decal: { symbol: 'circle', symbolSize: 0.35, color: 'rgba(0,0,0,0.35)' } },
  falling: { color: COLOURS.purple, decal: stripes(-Math.PI / 4, 0.35) },
} as const;

export interface Bar<Group extends string> {
  readonly name: string;
  readonly group: Group;
  readonly value: Pick<Summary, 'median' | 'min' | 'max'>;
  /** The value as it stands beside the bar. */
  readonly text: string;
}

export interface BarChart<Group extends string> extends Heading {
  readonly looks: Readonly<Record<Group, Look>>;
  readonly panels: readonly { readonly title: string; readonly rows: readonly Bar<Group>[] }[];
}

const [LEFT, RIGHT, TOP, ROW, PANEL_GAP] = [300, 120, 168, 30, 88];

export function barChart<Group extends string>(chart: BarChart<Group>): string {
  let top = TOP;
  const panels = chart.panels.map(({ title, rows }) => {
    const panel = { title, rows, top, height: rows.length * ROW };
    top += panel.height + PANEL_GAP;
    return panel;
  });
  const titles = panels.map((panel) => ({ text: panel.title, left: 24, top: panel.top - 34 }));
  return svgChart(chart, titles, top - 20, optionOf(chart.looks, panels));
}

interface Panel<Group extends string> {
  readonly title: string;
  readonly rows: readonly Bar<Group>[];
  readonly top: number;
  readonly height: number;
}

function optionOf<Group extends string>(looks: BarChart<Group>['looks'], panels: readonly Panel<Group>[]): object {
  const scale = decades(panels.flatMap(({ rows }) => rows.flatMap(({ value }) => [value.min, value.max])));
  const groups = (Object.keys(looks) as Group[]).filter((g) =>
    panels.some(({ rows }) => rows.some(({ group }) => group === g)),
  );
  return {
    legend: {
      left: 24,
      top: 82,
      itemWidth: 28,
      itemHeight: 16,
      textStyle: { fontSize: 15, color: '#222222' },
      data: groups.map((g) => looks[g].name),
      selectedMode: false,
    },
    grid: panels.map(({ top, height }) => ({ left: LEFT, right: RIGHT, top, height })),
    xAxis: panels.map((_, i) => ({ ...scale, gridIndex: i, startValue: scale.min })), // of the bars: by default 1
    yAxis: panels.map(({ rows }, i) => ({
      type: 'category',
      gridIndex: i,
      data: rows.map(({ name }) => name),
      axisTick: { show: false },
      axisLabel: { fontSize: 15, color: '#222222', interval: 0, width: LEFT - 20, overflow: 'truncate' },
    })),
    series: panels.flatMap(({ rows }, i) => [
      ...groups.map((group) => bars(rows, group, looks[group], i)),
      whiskers(rows, i),
    ]),
  };
}

/**
 * One series per group for the legend; all at the same place, because each row belongs to
 * one group.
 */
function bars<Group extends string>(
  rows: readonly Bar<Group>[],
  group: Group,
  { name, color, decal }: Look,
  panel: number,
): object {
  return {
    type: 'bar',
    silent: true,
    name,
    xAxisIndex: panel,
    yAxisIndex: panel,
    barWidth: ROW - 10,
    barGap: '-100%',
    itemStyle: { color, decal, borderColor: '#333333', borderWidth: 1 },
    data: rows.map((row) => (row.group === group ? row.value.median : '-')),
  };
}

/** The smallest and the largest value, and the text beside them. */
function whiskers(rows: readonly Bar<string>[], panel: number): object {
  const renderItem: CustomSeriesRenderItem = (_params, api) => {
    const row = api.value(3) as number;
    const at = (value: number): number[] => api.coord([value, row]);
    const [[left, y], [right]] = [at(api.value(0) as number), at(api.value(1) as number)];
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: { stroke: '#000000', lineWidth: 1.5 },
    });
    const text = {
      type: 'text' as const,
      x: right + 8,
      y: y - 7,
      style: { text: rows[row].text, fontSize: 15, fontFamily: FONT, fill: '#222222' },
    };
    return {
      type: 'group',
      children: [line(left, y, right, y), line(left, y - 5, left, y + 5), line(right, y - 5, right, y + 5), text],
    };
  };
  return {
    type: 'custom',
    silent: true,
    xAxisIndex: panel,
    yAxisIndex: panel,
    renderItem,
    z: 5,
    clip: false,
    encode: { x: [0, 1, 2], y: 3 },
    data: rows.map(({ value: { min, max, median } }, row) => [min, max, median, row]),
  };
}

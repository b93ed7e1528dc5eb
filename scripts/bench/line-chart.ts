// Lines in panels of categories, on one logarithmic scale: how a figure grows with a setting.
import { COLOURS } from '../palette.ts';
import { decades, svgChart } from './svg-chart.ts';
import type { Heading } from './svg-chart.ts';

export interface LinePanel {
  readonly title: string;
  /** Names of the points. */
  readonly points: readonly string[];
  /** Per series, by id, one value per point; null where there is none. */
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

export interface LineChart extends Heading {
  /** Series by id, with the names that the legend shows. */
  readonly series: ReadonlyMap<string, string>;
  readonly panels: readonly LinePanel[];
}

/** The lines differ in colour, symbol and dashes. */
const LINES = [
  [COLOURS.blue, 'circle', 'solid'],
  [COLOURS.vermilion, 'rect', 'dashed'],
  [COLOURS.green, 'triangle', 'dotted'],
  [COLOURS.purple, 'diamond', [12, 4]],
  [COLOURS.sky, 'emptyCircle', [2, 6]],
  [COLOURS.black, 'emptyRect', [12, 4, 2, 4]],
  [COLOURS.orange, 'emptyTriangle', [6, 6]],
] as const;

const [COLUMNS, PANEL, HEIGHT, TOP, GAP] = [2, 420, 250, 170, 110];

export function lineChart(chart: LineChart): string {
  const height = TOP + Math.ceil(chart.panels.length / COLUMNS) * (HEIGHT + GAP) - 30;
  const titles = chart.panels.map(({ title: text }, i) => ({ text, left: place(i).left - 66, top: place(i).top - 38 }));
  return svgChart(chart, titles, height, optionOf(chart));
}

function place(i: number): { left: number; top: number } {
  return { left: 90 + (i % COLUMNS) * (PANEL + GAP), top: TOP + Math.floor(i / COLUMNS) * (HEIGHT + GAP) };
}

function optionOf({ series, panels }: LineChart): object {
  const values = panels.flatMap((panel) => [...panel.values.values()].flat()).filter((value) => value !== null);
  const scale = decades(values);
  return {
    legend: {
      left: 24,
      top: 84,
      itemWidth: 44,
      textStyle: { fontSize: 15, color: '#222222' },
      selectedMode: false,
      data: [...series.values()],
    },
    grid: panels.map((_, i) => ({ ...place(i), width: PANEL, height: HEIGHT })),
    xAxis: panels.map(({ points }, i) => ({
      type: 'category',
      gridIndex: i,
      data: points,
      axisLabel: { fontSize: 14, color: '#444444', interval: 0 },
    })),
    yAxis: panels.map((_, i) => ({ ...scale, gridIndex: i })),
    series: panels.flatMap((panel, i) =>
      [...series].map(([id, name], n) => {
        const [color, symbol, dashes] = LINES[n % LINES.length];
        return {
          type: 'line',
          name,
          xAxisIndex: i,
          yAxisIndex: i,
          symbol,
          symbolSize: 9,
          lineStyle: { color, type: dashes, width: 2.5 },
          itemStyle: { color },
          data: panel.points.map((_, at) => panel.values.get(id)?.[at] ?? '-'),
        };
      }),
    ),
  };
}

// Lines in panels of categories, on one logarithmic scale: how a figure grows with a setting.
import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';
import { COLOURS, FONT } from '../palette.ts';
import { svgOf } from './bar-chart.ts';

export interface LinePanel {
  readonly title: string;
  /** Names of the points. */
  readonly points: readonly string[];
  /** Per series, by id, one value per point; null where there is none. */
  readonly values: ReadonlyMap<string, readonly (number | null)[]>;
}

export interface LineChart {
  readonly title: string;
  readonly subtitle: string;
  /** The text for screen readers. */
  readonly said: string;
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

const [WIDTH, COLUMNS, PANEL, HEIGHT, TOP, GAP] = [1100, 2, 420, 250, 170, 110];

export function lineChart(chart: LineChart): string {
  const height = TOP + Math.ceil(chart.panels.length / COLUMNS) * (HEIGHT + GAP) - 30;
  const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  drawn.setOption(optionOf(chart));
  return svgOf(drawn, chart.said);
}

function optionOf({ title, subtitle, series, panels }: LineChart): EChartsOption {
  const place = (i: number): { left: number; top: number } => ({
    left: 90 + (i % COLUMNS) * (PANEL + GAP),
    top: TOP + Math.floor(i / COLUMNS) * (HEIGHT + GAP),
  });
  const values = panels.flatMap((panel) => [...panel.values.values()].flat()).filter((value) => value !== null);
  const [min, max] = [
    10 ** Math.floor(Math.log10(Math.min(...values))),
    10 ** Math.ceil(Math.log10(Math.max(...values))),
  ];
  const muted = { fontSize: 14, color: '#444444' };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, fontSize: 15, color: '#222222' },
    title: [
      {
        text: title,
        left: 24,
        top: 18,
        subtext: subtitle,
        textStyle: { fontSize: 22, color: '#111111' },
        subtextStyle: { ...muted, fontSize: 15 },
      },
      ...panels.map(({ title: text }, i) => ({
        text,
        left: place(i).left - 66,
        top: place(i).top - 38,
        textStyle: { fontSize: 17, color: '#111111' },
      })),
    ],
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
      axisLabel: { ...muted, interval: 0 },
    })),
    yAxis: panels.map((_, i) => ({
      type: 'log',
      gridIndex: i,
      min,
      max,
      axisLabel: { ...muted, formatter: (x: number) => x.toLocaleString('en-US') },
      splitLine: { lineStyle: { color: '#dddddd' } },
    })),
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
  } as EChartsOption;
}

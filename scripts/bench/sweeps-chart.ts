// The sweeps as a chart: cost per sample against the changed setting, one panel per sweep, both scales logarithmic.
import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';
import { COLOURS, FONT } from '../palette.ts';
import { svgOf } from './chart.ts';
import { SWEEP_TITLE } from './markdown.ts';
import type { BenchReport, ScenarioReport } from './report.ts';
import { SWEEPS } from './scenarios.ts';
import type { Sweep } from './scenarios.ts';
import { measured } from './words.ts';

/** Colour, symbol and dashes each tell the lines apart. */
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

/** null if there are no sweeps. */
export function sweepsChart(report: BenchReport): string | null {
  const panels = SWEEPS.map((sweep) => ({
    sweep,
    points: report.scenarios.filter(({ family, results }) => family === sweep && results.length > 0),
  })).filter(({ points }) => points.some((p) => measured(p).length > 0));
  if (panels.length === 0) return null;
  const height = TOP + Math.ceil(panels.length / COLUMNS) * (HEIGHT + GAP) - 30;
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  chart.setOption(optionOf(report, panels));
  return svgOf(chart, 'Cost of a sample against batch size, width, depth and more: the same figures as in bench.md');
}

interface Panel {
  readonly sweep: Sweep;
  readonly points: readonly ScenarioReport[];
}

function optionOf({ date, environment: e }: BenchReport, panels: readonly Panel[]): EChartsOption {
  const labels = new Map(
    panels.flatMap(({ points }) => points.flatMap((p) => measured(p).map(({ id, label }) => [id, label] as const))),
  );
  const place = (i: number): { left: number; top: number } => ({
    left: 90 + (i % COLUMNS) * (PANEL + GAP),
    top: TOP + Math.floor(i / COLUMNS) * (HEIGHT + GAP),
  });
  const costs = panels.flatMap(({ points }) => points.flatMap((p) => measured(p).map((r) => r.microsecondsPerSample)));
  const [min, max] = [
    10 ** Math.floor(Math.log10(Math.min(...costs))),
    10 ** Math.ceil(Math.log10(Math.max(...costs))),
  ];
  const muted = { fontSize: 14, color: '#444444' };
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, fontSize: 15, color: '#222222' },
    title: [
      {
        ...{ text: 'Training: microseconds per sample (less is better, logarithmic scales)', left: 24, top: 18 },
        subtext: `${date}, ${e.cores} × ${e.cpu}, Node ${e.node}. 784-128-10, batch 128, except for the changed setting; medians.`,
        ...{ textStyle: { fontSize: 22, color: '#111111' }, subtextStyle: { ...muted, fontSize: 15 } },
      },
      ...panels.map(({ sweep }, i) => ({
        ...{ text: SWEEP_TITLE[sweep], left: place(i).left - 66, top: place(i).top - 38 },
        textStyle: { fontSize: 17, color: '#111111' },
      })),
    ],
    legend: {
      ...{ left: 24, top: 84, itemWidth: 44, textStyle: { fontSize: 15, color: '#222222' }, selectedMode: false },
      data: [...labels.values()],
    },
    grid: panels.map((_, i) => ({ ...place(i), width: PANEL, height: HEIGHT })),
    xAxis: panels.map(({ sweep, points }, i) => ({
      ...{ type: 'category', gridIndex: i, data: points.map((p) => pointName(sweep, p)) },
      axisLabel: { ...muted, interval: 0 },
    })),
    yAxis: panels.map((_, i) => ({
      ...{ type: 'log', gridIndex: i, min, max },
      axisLabel: { ...muted, formatter: (x: number) => x.toLocaleString('en-US') },
      ...{ splitLine: { lineStyle: { color: '#dddddd' } } },
    })),
    series: panels.flatMap(({ points }, i) =>
      [...labels].map(([id, label], n) => {
        const [color, symbol, dashes] = LINES[n % LINES.length];
        return {
          ...{ type: 'line', name: label, xAxisIndex: i, yAxisIndex: i, symbol, symbolSize: 9 },
          ...{ lineStyle: { color, type: dashes, width: 2.5 }, itemStyle: { color } },
          data: points.map((p) => measured(p).find((r) => r.id === id)?.microsecondsPerSample ?? '-'),
        };
      }),
    ),
  } as EChartsOption;
}

function pointName(sweep: Sweep, { at }: ScenarioReport): string {
  return sweep === 'density' ? `${100 * (at ?? NaN)} %` : (at ?? NaN).toLocaleString('en-US');
}

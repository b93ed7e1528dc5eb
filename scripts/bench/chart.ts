// The benchmark as a chart: samples per second of every contender, one panel per task, on a logarithmic scale.
import * as echarts from 'echarts';
import type { CustomSeriesRenderItem, EChartsOption } from 'echarts';
import { COLOURS, FONT, stripes } from '../palette.ts';
import { CONTENDERS } from './contenders.ts';
import type { Group } from './contenders.ts';
import type { BenchReport, MeasuredResult, ScenarioReport } from './report.ts';
import { isSweep } from './scenarios.ts';
import { describeTask, measured, short } from './words.ts';

/** Colours and patterns; nothing depends on colour alone. */
const LOOK: Record<Group, { name: string; color: string; decal: object }> = {
  own: { name: 'backproof', color: COLOURS.blue, decal: { symbol: 'none' } },
  tfjs: { name: 'TensorFlow.js', color: COLOURS.orange, decal: stripes(Math.PI / 4, 0.35) },
  peers: {
    name: 'other JavaScript libraries',
    color: COLOURS.green,
    decal: { symbol: 'circle', symbolSize: 0.35, color: 'rgba(0,0,0,0.35)' },
  },
  python: { name: 'Python', color: COLOURS.purple, decal: stripes(-Math.PI / 4, 0.35) },
};

const [WIDTH, LEFT, RIGHT, TOP, ROW, PANEL_GAP] = [1100, 300, 120, 168, 30, 88];

export function benchChart(report: BenchReport): string {
  const tasks = report.scenarios.filter((s) => measured(s).length > 0 && !isSweep(s.family));
  const shown = tasks.length > 0 ? tasks : report.scenarios.filter((s) => measured(s).length > 0);
  let top = TOP;
  const panels = shown.map((scenario) => {
    const rows = [...measured(scenario)].sort((a, b) => a.samplesPerSecond.median - b.samplesPerSecond.median);
    const panel = { scenario, rows, top, height: rows.length * ROW };
    top += panel.height + PANEL_GAP;
    return panel;
  });
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: top - 20 });
  chart.setOption(optionOf(report, panels));
  return svgOf(chart, 'Training speed of every contender: the same figures as in bench.md');
}

/** @param said the text for screen readers */
export function svgOf(chart: echarts.EChartsType, said: string): string {
  const svg = chart.renderToSVGString().replace('<svg ', `<svg role="img" aria-label="${said}" `);
  chart.dispose();
  return `${svg}\n`;
}

interface Panel {
  readonly scenario: ScenarioReport;
  readonly rows: readonly MeasuredResult[];
  readonly top: number;
  readonly height: number;
}

function optionOf({ date, environment: e }: BenchReport, panels: readonly Panel[]): EChartsOption {
  const rates = panels.flatMap(({ rows }) => rows.flatMap((r) => [r.samplesPerSecond.min, r.samplesPerSecond.max]));
  const [min, max] = [
    10 ** Math.floor(Math.log10(Math.min(...rates))),
    10 ** Math.ceil(Math.log10(Math.max(...rates))),
  ];
  const groups = (Object.keys(LOOK) as Group[]).filter((g) =>
    panels.some(({ rows }) => rows.some((r) => groupOf(r) === g)),
  );
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, fontSize: 15, color: '#222222' },
    title: [
      {
        ...{ text: 'Training: samples per second (more is better, logarithmic scale)', left: 24, top: 18 },
        subtext: `${date}, ${e.cores} × ${e.cpu}, Node ${e.node}. Bar: median; line across its end: fastest and slowest round.`,
        textStyle: { fontSize: 22, color: '#111111' },
        subtextStyle: { fontSize: 15, color: '#444444' },
      },
      ...panels.map(({ scenario, top }) => ({
        ...{ text: `${scenario.name}: ${describeTask(scenario)}`, left: 24, top: top - 34 },
        textStyle: { fontSize: 17, color: '#111111' },
      })),
    ],
    legend: {
      ...{ left: 24, top: 82, itemWidth: 28, itemHeight: 16, textStyle: { fontSize: 15, color: '#222222' } },
      data: groups.map((g) => LOOK[g].name),
      selectedMode: false,
    },
    grid: panels.map(({ top, height }) => ({ left: LEFT, right: RIGHT, top, height })),
    xAxis: panels.map((_, i) => ({
      ...{ type: 'log', gridIndex: i, min, max },
      axisLabel: { fontSize: 14, color: '#444444', formatter: (x: number) => x.toLocaleString('en-US') },
      splitLine: { lineStyle: { color: '#dddddd' } },
    })),
    yAxis: panels.map(({ rows }, i) => ({
      ...{ type: 'category', gridIndex: i, data: rows.map(nameOf), axisTick: { show: false } },
      axisLabel: { fontSize: 15, color: '#222222', interval: 0, width: LEFT - 20, overflow: 'truncate' },
    })),
    series: panels.flatMap(({ rows }, i) => [...groups.map((g) => bars(rows, g, i)), whiskers(rows, i)]),
  };
}

/** One series per group for the legend; all at the same place, because each row belongs to one group. */
function bars(rows: readonly MeasuredResult[], group: Group, panel: number): object {
  const { name, color, decal } = LOOK[group];
  return {
    ...{ type: 'bar', silent: true, name, xAxisIndex: panel, yAxisIndex: panel, barWidth: ROW - 10, barGap: '-100%' },
    itemStyle: { color, decal, borderColor: '#333333', borderWidth: 1 },
    data: rows.map((r) => (groupOf(r) === group ? r.samplesPerSecond.median : '-')),
  };
}

/** The fastest and the slowest round, and the median as a number beside them. */
function whiskers(rows: readonly MeasuredResult[], panel: number): object {
  const renderItem: CustomSeriesRenderItem = (_params, api) => {
    const row = api.value(3) as number;
    const at = (value: number): number[] => api.coord([value, row]);
    const [[left, y], [right]] = [at(api.value(0) as number), at(api.value(1) as number)];
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      ...{ type: 'line' as const, shape: { x1, y1, x2, y2 } },
      style: { stroke: '#000000', lineWidth: 1.5 },
    });
    const text = {
      ...{ type: 'text' as const, x: right + 8, y: y - 7 },
      style: { text: short(api.value(2) as number), fontSize: 15, fontFamily: FONT, fill: '#222222' },
    };
    return {
      type: 'group',
      children: [line(left, y, right, y), line(left, y - 5, left, y + 5), line(right, y - 5, right, y + 5), text],
    };
  };
  return {
    ...{ type: 'custom', silent: true, xAxisIndex: panel, yAxisIndex: panel, renderItem, z: 5, clip: false },
    encode: { x: [0, 1, 2], y: 3 },
    data: rows.map(({ samplesPerSecond: { min, max, median } }, row) => [min, max, median, row]),
  };
}

function nameOf(r: MeasuredResult): string {
  return r.verdict === 'wrong' ? `WRONG LOSS: ${r.label}` : r.label;
}

function groupOf({ id }: MeasuredResult): Group {
  return CONTENDERS.find((c) => c.id === id)?.group ?? 'own';
}

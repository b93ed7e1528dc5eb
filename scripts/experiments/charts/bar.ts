// Horizontal bars, so that names have room: one bar per category and series.
import { INK, LINES, PATTERNS, SIZE, legend, render, textWidth, valueAxis } from './look.ts';
import type { Axis } from './look.ts';

export interface BarChart {
  /** From top to bottom. */
  readonly categories: readonly string[];
  /** One value per category; a value that is not finite has no bar. */
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly x: Axis;
  /** Formats the number at the end of a bar. */
  readonly label: (value: number) => string;
}

const [BAR, GAP] = [22, 18];

export function barChart({ categories, series, x, label }: BarChart): string {
  const { option, height: top } = legend(series.map(({ name }) => name));
  const left = Math.min(230, Math.max(...categories.map((name) => textWidth(name) + 10))) + 20;
  const right = Math.max(...series.flatMap(({ values }) => values.map((v) => textWidth(label(v))))) + 16;
  const height = categories.length * (series.length * BAR + GAP);
  return render(top + height + 76, {
    legend: option,
    grid: { left, right, top: top + 10, height },
    xAxis: { ...valueAxis(x), nameGap: 32 },
    yAxis: {
      ...{ type: 'category', inverse: true, data: [...categories], axisTick: { show: false } },
      axisLine: { lineStyle: { color: INK } },
      axisLabel: { fontSize: SIZE, color: INK, interval: 0, width: left - 16, overflow: 'break' },
    },
    series: series.map(({ name, values }, i) => ({
      ...{ type: 'bar', name, silent: true, barWidth: BAR - 4, barGap: '20%' },
      itemStyle: { color: LINES[i % LINES.length][0], decal: PATTERNS[i % PATTERNS.length], borderColor: INK },
      data: values.map((v) => (Number.isFinite(v) ? v : '-')),
      label: {
        ...{ show: true, position: 'right', fontSize: SIZE, color: INK },
        formatter: ({ dataIndex }: { dataIndex: number }) => label(values[dataIndex]),
      },
    })),
  });
}

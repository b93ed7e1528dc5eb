// Line charts over a numeric axis.
import { FONT } from '../../palette.ts';
import { INK, LINES, SIZE, legend, render, valueAxis } from './look.ts';
import type { Axis } from './look.ts';

export interface Series {
  readonly name: string;
  /** [x, y] with increasing x. A value that is not finite, or not above 0 on a logarithmic axis, leaves a gap. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LineChart {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Horizontal lines: chance, a threshold. */
  readonly marks?: readonly Mark[];
}

export interface Mark {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly name: string;
  /** The position of its name, chosen so that it covers no line. Default: end. */
  readonly nameAt?: 'start' | 'end';
}

const [LEFT, RIGHT, BOTTOM, PLOT] = [76, 24, 60, 260];
/** Up to this many points, each has a symbol. */
const ALL_SYMBOLS = 24;
const SOME_SYMBOLS = 8;

export function lineChart({ x, y, series, marks = [] }: LineChart): string {
  const { option, height } = legend(series.map(({ name }) => name));
  return render(height + PLOT + BOTTOM + 16, {
    legend: option,
    grid: { left: LEFT, right: RIGHT, top: height + 14, height: PLOT },
    xAxis: { ...valueAxis(x), nameGap: 32 },
    yAxis: { ...valueAxis(y), nameGap: 54 },
    series: series.map((s, i) => {
      const [color, symbol, type] = LINES[i % LINES.length];
      return {
        ...{ type: 'line', name: s.name, symbol, symbolSize: 9, connectNulls: false, clip: true },
        ...{ lineStyle: { color, type, width: 2.5 }, itemStyle: { color } },
        data: s.points.map(([px, py], at) => ({
          value: [drawable(px, x), drawable(py, y)],
          symbol: hasSymbol(at, s.points.length, i) ? symbol : 'none',
        })),
        ...(i === 0 && { markLine: markLine(marks) }),
      };
    }),
  });
}

function drawable(value: number, { scale }: Axis): number | '-' {
  return Number.isFinite(value) && (scale !== 'log' || value > 0) ? value : '-';
}

/** With many points, only some have a symbol, at different points per series. */
function hasSymbol(at: number, count: number, series: number): boolean {
  if (count <= ALL_SYMBOLS) return true;
  const every = Math.floor(count / SOME_SYMBOLS);
  return at % every === Math.floor(((series % 3) * every) / 3);
}

function markLine(marks: readonly Mark[]): object {
  const label = { fontSize: SIZE - 1, fontFamily: FONT, color: INK, formatter: '{b}' };
  return {
    ...{ silent: true, symbol: 'none', lineStyle: { color: INK, type: [3, 3], width: 1.2 } },
    data: marks.map(({ axis, at, name, nameAt = 'end' }) => ({
      ...{ name, [axis === 'x' ? 'xAxis' : 'yAxis']: at },
      label: { ...label, position: nameAt === 'end' ? 'insideEndTop' : 'insideStartTop' },
    })),
  };
}

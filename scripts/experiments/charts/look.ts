// The common look of the experiments' charts: font, colours, and how series are told apart.
//
// A page may replace three colours: ink (text, axes), faint (grid lines) and paper (background);
// see src/report/html/themed.ts. The default colours are readable on white, also inside a dark
// page.
import * as echarts from 'echarts';
import type { EChartsOption } from 'echarts';
import { FAINT, INK, PAPER } from '../../../src/report/html/themed.ts';
import { COLOURS, FONT, stripes } from '../../palette.ts';

export { INK, PAPER } from '../../../src/report/html/themed.ts';

export const WIDTH = 520;
export const SIZE = 15;

/**
 * Colour, symbol and dashes each tell the series apart. Colours readable on both white and black
 * come first.
 */
export const LINES = [
  [COLOURS.blue, 'circle', 'solid'],
  [COLOURS.vermilion, 'rect', [8, 4]],
  [COLOURS.green, 'triangle', [2, 4]],
  [COLOURS.purple, 'diamond', [12, 4, 2, 4]],
  [INK, 'pin', [4, 2]],
  [COLOURS.orange, 'arrow', [14, 6]],
  [COLOURS.sky, 'roundRect', [2, 8]],
] as const;

/** Patterns over the colours of bars, in the same order. */
export const PATTERNS: readonly object[] = [
  { symbol: 'none' },
  stripes(Math.PI / 4, 0.4),
  { symbol: 'circle', symbolSize: 0.35, color: 'rgba(0,0,0,0.4)' },
  stripes(-Math.PI / 4, 0.4),
  stripes(0, 0.4),
];

export interface Axis {
  readonly name: string;
  /** Default: linear. */
  readonly scale?: 'linear' | 'log';
  readonly min?: number;
  readonly max?: number;
  /** Formats the numbers at the axis. */
  readonly format?: (x: number) => string;
}

/** The approximate width of a text: most letters of Arial are narrower than 0.56 of their size. */
export function textWidth(text: string, size = SIZE): number {
  return text.length * size * 0.56;
}

const [ICON, BETWEEN] = [44, 16];

/** A legend above the chart, broken into lines that fit, and its height. */
export function legend(names: readonly string[]): { option: object; height: number } {
  if (names.length < 2) return { option: { show: false }, height: 8 };
  let [rows, x] = [1, 0];
  for (const name of names) {
    const width = ICON + 8 + textWidth(name) + BETWEEN;
    if (x > 0 && x + width > WIDTH - 20) [rows, x] = [rows + 1, 0];
    x += width;
  }
  return {
    option: {
      left: 8,
      top: 8,
      width: WIDTH - 16,
      itemWidth: ICON,
      itemHeight: 14,
      itemGap: 12,
      selectedMode: false,
      data: [...names],
      textStyle: { fontSize: SIZE, color: INK, fontFamily: FONT },
    },
    height: rows * 25 + 4,
  };
}

/** ECharts' options for a numeric axis. */
export function valueAxis({ name, scale = 'linear', min, max, format = (x) => plain(x, scale) }: Axis): object {
  return {
    type: scale === 'log' ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { lineStyle: { color: FAINT } },
    nameTextStyle: { fontSize: SIZE, color: INK },
    axisLabel: { fontSize: SIZE - 1, color: INK, hideOverlap: true, formatter: (x: number) => format(x) },
  };
}

/** 60,000 and 0.001; on a logarithmic axis 1e5 and 1e-4, to avoid many zeros. */
function plain(x: number, scale: 'linear' | 'log'): string {
  const size = Math.abs(x);
  const [few, many] = scale === 'log' ? [0.999e-3, 1e4] : [1e-6, 1e7];
  if (x !== 0 && (size < few || size >= many)) return Number(x.toPrecision(6)).toExponential().replace('e+', 'e');
  return x.toLocaleString('en-US', { maximumFractionDigits: 6 });
}

/** Renders a chart to SVG without a browser. */
export function render(height: number, option: object): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: PAPER,
      textStyle: { fontFamily: FONT, fontSize: SIZE, color: INK },
      ...option,
    } as EChartsOption);
    return chart.renderToSVGString();
  } finally {
    chart.dispose(); // otherwise its timers keep the process alive
  }
}

// A matrix as a table of shaded cells with their numbers: confusion of digits, values by two settings.
import { FONT } from '../../palette.ts';
import { INK, SIZE, WIDTH, render } from './look.ts';

export interface MatrixChart {
  /** Names of rows (from the top) and columns. */
  readonly rows: readonly string[];
  readonly cols: readonly string[];
  readonly rowTitle: string;
  readonly colTitle: string;
  /** values[row][col]; a cell that is not finite stays empty. */
  readonly values: readonly (readonly number[])[];
  /** From 0 (no shade) to 1; default: the value as a share of the largest. */
  readonly shade?: (value: number) => number;
  /** The text of the cell. */
  readonly label: (value: number) => string;
  /** The title above the matrix, if a figure has several. */
  readonly title?: string;
}

/** The strongest shade on which ink is readable, on white and on black paper. */
const STRONGEST = 0.72;
const [LEFT, CELL] = [84, 34];

export function matrixChart(chart: MatrixChart): string {
  const { rows, cols, values, label } = chart;
  const largest = Math.max(...values.flat().filter((v) => Number.isFinite(v)));
  const shade = chart.shade ?? ((v: number): number => (largest > 0 ? v / largest : 0));
  const top = chart.title === undefined ? 60 : 92;
  const name = { nameLocation: 'middle', nameTextStyle: { fontSize: SIZE, color: INK }, axisTick: { show: false } };
  const axisLabel = { fontSize: SIZE - 1, color: INK, interval: 0 };
  return render(top + rows.length * CELL + 16, {
    title: { text: chart.title ?? '', left: 'center', top: 8, textStyle: { fontSize: SIZE + 1, color: INK } },
    grid: { left: LEFT, right: 16, top, height: rows.length * CELL },
    xAxis: {
      ...{ type: 'category', position: 'top', data: [...cols], name: chart.colTitle, nameGap: 28, ...name, axisLabel },
      axisLine: { lineStyle: { color: INK } },
    },
    yAxis: {
      ...{ type: 'category', inverse: true, data: [...rows], name: chart.rowTitle, nameGap: 52, ...name, axisLabel },
      axisLine: { lineStyle: { color: INK } },
    },
    visualMap: {
      ...{ show: false, seriesIndex: 0, dimension: 2, min: 0, max: 1 },
      inRange: { color: ['rgba(0,114,178,0)', `rgba(0,114,178,${STRONGEST})`] },
    },
    series: [
      {
        ...{ type: 'heatmap', silent: true, emphasis: { disabled: true } },
        label: {
          ...{ show: true, fontSize: fontFor(values, label), fontFamily: FONT, color: INK },
          formatter: ({ value: [c, r] }: { value: number[] }) => label(values[r][c]),
        },
        data: values.flatMap((row, r) => row.flatMap((v, c) => (Number.isFinite(v) ? [[c, r, shade(v)]] : []))),
      },
    ],
  });
}

/** The largest font size that fits the longest number of a cell. */
function fontFor(values: MatrixChart['values'], label: MatrixChart['label']): number {
  const longest = Math.max(...values.flat().map((v) => label(v).length));
  const room = (WIDTH - LEFT - 16) / values[0].length - 6;
  return Math.max(9, Math.min(SIZE - 1, Math.floor(room / (longest * 0.58))));
}

// One chart: drawn by ECharts as SVG, with a text in its place for those who do not see it, and its numbers as a table.
import { LineChart, ScatterChart } from 'echarts/charts';
import type { LineSeriesOption, ScatterSeriesOption } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from 'echarts/components';
import type {
  GridComponentOption,
  LegendComponentOption,
  MarkLineComponentOption,
  TooltipComponentOption,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import type { ComposeOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Table } from './table.tsx';

use([LineChart, ScatterChart, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, SVGRenderer]);

export type Series = LineSeriesOption | ScatterSeriesOption;
export type ChartOption = ComposeOption<
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | MarkLineComponentOption
  | TooltipComponentOption
>;

// Colours are the style sheet's, by name: the charts follow dark, light and print without being drawn again.
const INK = 'var(--ink)';
const GRID = { lineStyle: { color: 'var(--line)' } };
/** By its name, not inherited: the library measures its texts beforehand. */
export const FONT = 'system-ui, sans-serif';
const TEXT = { color: INK, fontFamily: FONT, fontSize: 12 };

/** How an axis looks. */
export const AXIS = {
  axisLine: { lineStyle: { color: 'var(--muted)' } },
  axisTick: { lineStyle: { color: 'var(--muted)' } },
  axisLabel: TEXT,
  nameTextStyle: TEXT,
  splitLine: GRID,
} as const;

/** Candidate and reference are told apart by dash and symbol; colour only helps. */
export const LOOK = {
  candidate: { color: 'var(--candidate)', type: 'solid', symbol: 'circle' },
  reference: { color: 'var(--reference)', type: [6, 4], symbol: 'diamond' },
} as const;

const COMMON = {
  animation: false,
  textStyle: { fontFamily: FONT },
  legend: { textStyle: TEXT, top: 0, left: 0, itemWidth: 24, itemHeight: 11, inactiveColor: 'var(--muted)' },
  tooltip: {
    confine: true,
    backgroundColor: 'var(--card)',
    borderColor: 'var(--line)',
    textStyle: { color: INK, fontFamily: FONT },
  },
} as const;

interface Props {
  /** The page's own name for it. */
  readonly id: string;
  readonly option: ChartOption;
  readonly height: number;
  /** What it shows, with its main numbers. */
  readonly alternative: string;
  readonly caption: ComponentChildren;
  readonly table?: { readonly head: readonly string[]; readonly rows: () => readonly (readonly string[])[] };
}

export function Chart({ id, option, height, alternative, caption, table }: Props) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const chart = init(element, null, { renderer: 'svg', height });
    chart.setOption({
      ...COMMON,
      ...option,
      legend: { ...COMMON.legend, ...option.legend },
      tooltip: { ...COMMON.tooltip, ...option.tooltip },
    });
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [option, height]);
  return (
    <figure id={id}>
      <div class="chart" ref={place} style={{ height: `${height}px` }} role="img" aria-label={alternative} />
      <figcaption>{caption}</figcaption>
      {table !== undefined && <Numbers {...table} what={id} />}
    </figure>
  );
}

/** Made when it is opened: a chart may have thousands of points. */
function Numbers({ head, rows, what }: NonNullable<Props['table']> & { readonly what: string }) {
  const [opened, setOpened] = useState(false);
  return (
    <details onToggle={() => setOpened(true)}>
      <summary>The numbers as a table</summary>
      {opened && (
        <Table id={`${what}-numbers`} label={`numbers of ${what}`} head={head}>
          {rows().map((row) => (
            <tr>
              {row.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </Table>
      )}
    </details>
  );
}
